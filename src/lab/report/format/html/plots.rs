//! The charts of a page: which figures of the report go into which chart, in which color and words; and the legend that says
//! which color is whose.

use super::chart::{Bar, Chart, Frame, Line, bars, lines};
use crate::lab::report::number::{percent, three_digits as digits};
use crate::lab::report::{Report, StrategyReport};
use crate::metrics::{Distribution, QueueTimeline, StageReport, Timeline};

/// Points of a line at most: more could not be told apart on a phone.
const POINTS: usize = 60;
/// A point of FPS over time stands for so many frames at least; of fewer, one more or less would be a jump.
const FRAMES: f64 = 8.0;

/// The parts of a stage's time; their colors have the same names.
const TIMES: [&str; 4] = ["busy", "starved", "blocked", "lock"];

/// FPS of every strategy, with the interval it surely lies in.
pub(super) fn ranking(report: &Report) -> Chart {
    let surely = |s: &StrategyReport| s.fps_estimate.map_or((s.fps.median, s.fps.median), |fps| (fps.low, fps.high));
    let any_sure = report.strategies.iter().any(|s| s.fps_estimate.is_some());
    let bar = |(number, s): (usize, &StrategyReport)| {
        let (fps, (low, high)) = (s.fps.median, surely(s));
        let sure = s.fps_estimate.map_or(String::new(), |_| format!(", surely {} to {}", digits(low), digits(high)));
        Bar {
            label: if s.place.is_some() { s.name().to_owned() } else { format!("✗ {}", s.name()) },
            parts: vec![(fps, color(number))],
            tips: vec![format!("{}: {} FPS{sure}", s.name(), digits(fps))],
            error: any_sure.then(|| ((fps - low).max(0.0), (high - fps).max(0.0))),
        }
    };
    bars(Frame { x: "FPS", ..Frame::default() }, report.strategies.iter().enumerate().map(bar).collect())
}

/// FPS of every strategy in the course of its typical run; none if nobody kept a time line.
pub(super) fn fps(report: &Report) -> Option<Chart> {
    let line = |number: usize, s: &StrategyReport| {
        let tip = |at, fps| format!("{}: {} FPS at {} s", s.name(), digits(fps), digits(at));
        Some(line_of(number, fps_points(s.run.timeline.as_ref()?), tip))
    };
    let drawn = drawn(report, line)?;
    let words = "Frames per second of every strategy in the course of its typical run".into();
    Some(lines(Frame { words, x: "seconds", y: "FPS", ..Frame::default() }, drawn))
}

/// Which part of a strategy's frames was delivered within which time; none if nobody took it down.
pub(super) fn latency(report: &Report) -> Option<Chart> {
    let line = |number: usize, s: &StrategyReport| {
        let tip = |ms, part| format!("{}: {} % within {} ms", s.name(), digits(part), digits(ms));
        Some(line_of(number, cumulated(s.run.latencies.as_ref()?), tip))
    };
    let drawn = drawn(report, line)?;
    let words = "Share of the frames of every strategy by the time from capture to delivery".into();
    let ends = drawn.iter().flat_map(|line| &line.points).map(|point| point.0);
    let log_x = Some((ends.clone().fold(f64::INFINITY, f64::min), ends.fold(0.0, f64::max)));
    let frame = Frame {
        words,
        x: "ms from capture to delivery",
        y: "% of frames",
        top: Some(100.0),
        log_x,
        ..Frame::default()
    };
    Some(lines(frame, drawn))
}

/// The line of the thing with this number, and what is shown over each of its points.
fn line_of(number: usize, points: Vec<(f64, f64)>, tip: impl Fn(f64, f64) -> String) -> Line {
    let tips = points.iter().map(|(x, y)| tip(*x, *y)).collect();
    Line { color: color(number), dashed: is_dashed(number), tips, points }
}

/// A line for every strategy that has one.
fn drawn(report: &Report, line: impl Fn(usize, &StrategyReport) -> Option<Line>) -> Option<Vec<Line>> {
    let lines = report.strategies.iter().enumerate().filter_map(|(number, s)| line(number, s));
    let lines: Vec<_> = lines.filter(|line| line.points.len() > 1).collect();
    (!lines.is_empty()).then_some(lines)
}

/// What the stages of a strategy did with their time; none if no clock was read.
pub(super) fn stages(strategy: &StrategyReport) -> Option<Chart> {
    let bar = |stage: &StageReport| {
        let label = if stage.workers > 1 { format!("{} × {}", stage.name, stage.workers) } else { stage.name.clone() };
        let shares = [stage.busy, stage.starved, stage.blocked, stage.locked];
        // A worker waits for the run to begin, too, so a little more than all may come together.
        let all = shares.iter().sum::<f64>().max(1.0);
        let parts = shares.iter().zip(TIMES).map(|(share, time)| (share / all * 100.0, format!("var(--{time})")));
        let tips = shares.iter().zip(TIMES).map(|(share, time)| format!("{label}: {time} {}", percent(*share)));
        Bar { parts: parts.collect(), tips: tips.collect(), label: label.clone(), error: None }
    };
    let frame = Frame { x: "% of the time", top: Some(100.0), ..Frame::default() };
    let measured = strategy.run.stages.iter().any(|stage| stage.busy > 0.0);
    measured.then(|| bars(frame, strategy.run.stages.iter().map(bar).collect()))
}

/// How full the queues of a strategy were in the course of its typical run, and which is which.
pub(super) fn depths(strategy: &StrategyReport) -> Option<(Chart, Vec<Legend>)> {
    let timeline = strategy.run.timeline.as_ref()?;
    let line = |(number, queue): (usize, &QueueTimeline)| {
        let tip = |at, depth| format!("{}: {} frames at {} s", queue.name, digits(depth), digits(at));
        line_of(number, depth_points(timeline.bucket_s, &queue.depth), tip)
    };
    let drawn: Vec<_> = timeline.queues.iter().enumerate().map(line).filter(|line| line.points.len() > 1).collect();
    let most = timeline.queues.iter().map(|queue| queue.capacity).max().unwrap_or(0) as f64;
    let words = format!("Frames waiting in the queues of {} in the course of its typical run", strategy.name());
    let frame = Frame { words, x: "seconds", y: "frames waiting", top: Some(most), ..Frame::default() };
    let names = timeline.queues.iter().map(|queue| queue.name.as_str());
    (!drawn.is_empty()).then(|| (lines(frame, drawn), Legend::of(names)))
}

/// The middle of each stretch of time, and how many frames waited in it.
fn depth_points(bucket_s: f64, depth: &[f64]) -> Vec<(f64, f64)> {
    let step = depth.len().div_ceil(POINTS).max(1);
    let point = |(number, part): (usize, &[f64])| {
        let middle = (number * step) as f64 + part.len() as f64 / 2.0;
        (middle * bucket_s, part.iter().sum::<f64>() / part.len() as f64)
    };
    depth.chunks(step).enumerate().map(point).collect()
}

/// The middle of each stretch of time, and the FPS in it.
fn fps_points(timeline: &Timeline) -> Vec<(f64, f64)> {
    let Timeline { bucket_s, wall_s, delivered, .. } = timeline;
    let frames_a_bucket = delivered.iter().sum::<u64>().max(1) as f64 / delivered.len().max(1) as f64;
    let step = ((FRAMES / frames_a_bucket).ceil() as usize).max(delivered.len().div_ceil(POINTS)).max(1);
    let whole = step as f64 * bucket_s;
    let point = |(number, part): (usize, &[u64])| {
        let begin = number as f64 * whole;
        let length = (wall_s - begin).min(whole);
        let fps = part.iter().sum::<u64>() as f64 / length;
        // A last stretch much shorter than the others would jump for no reason.
        (length >= whole / 2.0).then_some((begin + length / 2.0, fps))
    };
    delivered.chunks(step).enumerate().filter_map(point).collect()
}

/// Up to which time how many percent.
fn cumulated(distribution: &Distribution) -> Vec<(f64, f64)> {
    let Distribution { edges_ms, counts } = distribution;
    let all = counts.iter().sum::<u64>().max(1) as f64;
    let mut below = 0;
    let ends = edges_ms.iter().skip(1).zip(counts).map(|(end, count)| {
        below += count;
        (*end, below as f64 * 100.0 / all)
    });
    edges_ms.first().map(|begin| (*begin, 0.0)).into_iter().chain(ends).collect()
}

/// Colors the style sheet has for things side by side (Okabe and Ito's, which color-blind people tell apart).
const COLORS: usize = 8;

/// What a color stands for.
pub(super) struct Legend {
    pub name: String,
    pub color: String,
    pub dashed: bool,
}

impl Legend {
    /// Which of these has which color.
    pub(super) fn of<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Self> {
        let entry = |(number, name): (usize, &str)| Self {
            name: name.to_owned(),
            color: color(number),
            dashed: is_dashed(number),
        };
        names.enumerate().map(entry).collect()
    }
}

/// The color of the thing with this number.
fn color(number: usize) -> String {
    format!("var(--c{})", number % COLORS)
}

/// Whether the thing with this number is drawn dashed, because another one already has its color.
fn is_dashed(number: usize) -> bool {
    number >= COLORS
}
