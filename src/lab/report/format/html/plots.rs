//! The charts of a page: which figures of the report go into which chart, in which color and words; and the legend that says
//! which color is whose.

use super::chart::{Bar, Chart, Frame, Line, bars, lines};
use super::colors::{Look, look};
use super::course::{cumulated, depth_points, fps_points};
use crate::lab::report::column::confidence_interval;
use crate::lab::report::number::{percent, range, three_digits as digits};
use crate::lab::report::{Axis, Curve, Point, Report, StrategyReport, SweepReport};
use crate::metrics::{QueueTimeline, StageReport};

/// The parts of a stage's time; their colors have the same names.
const TIMES: [&str; 4] = ["busy", "starved", "blocked", "lock"];

/// FPS of every strategy, with its confidence interval.
pub(super) fn ranking(report: &Report) -> Chart {
    let interval = |s: &StrategyReport| s.fps_estimate.map_or((s.fps.median, s.fps.median), |fps| (fps.low, fps.high));
    let level = confidence_interval(report);
    let any_sure = report.strategies.iter().any(|s| s.fps_estimate.is_some());
    let bar = |s: &StrategyReport| {
        let (fps, (low, high)) = (s.fps.median, interval(s));
        let sure = s.fps_estimate.map_or(String::new(), |_| format!(", {level} {}", range(low, high)));
        Bar {
            label: if s.place.is_some() { s.name().to_owned() } else { format!("✗ {}", s.name()) },
            parts: vec![(fps, look(report, s).color)],
            tips: vec![format!("{}: {} FPS{sure}", s.name(), digits(fps))],
            error: any_sure.then(|| ((fps - low).max(0.0), (high - fps).max(0.0))),
            marker: None,
        }
    };
    bars(Frame { x: "FPS", ..Frame::default() }, report.strategies.iter().map(bar).collect())
}

/// FPS of every strategy in the course of its typical run; none if nobody kept a time line.
pub(super) fn fps(report: &Report) -> Option<Chart> {
    let line = |s: &StrategyReport| {
        let tip = |at, fps| format!("{}: {} FPS at {} s", s.name(), digits(fps), digits(at));
        Some(line_of(look(report, s), fps_points(s.run.timeline.as_ref()?, &s.run.steady_rate), tip))
    };
    let drawn = drawn(report, line)?;
    let words = "Frames per second of every strategy in the course of its typical run, without those that fill and drain \
                 the path";
    Some(lines(Frame { words: words.into(), x: "seconds", y: "FPS", ..Frame::default() }, drawn))
}

/// Which part of a strategy's frames was delivered within which time; none if nobody took it down.
pub(super) fn latency(report: &Report) -> Option<Chart> {
    let line = |s: &StrategyReport| {
        let tip = |ms, part| format!("{}: {} % within {} ms", s.name(), digits(part), digits(ms));
        Some(line_of(look(report, s), cumulated(s.run.latencies.as_ref()?), tip))
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

/// A line through these points, and what is shown over each of them.
fn line_of(Look { color, dashed }: Look, points: Vec<(f64, f64)>, tip: impl Fn(f64, f64) -> String) -> Line {
    let tips = points.iter().map(|(x, y)| tip(*x, *y)).collect();
    Line { color, dashed, tips, points }
}

/// A line for every strategy that has one.
fn drawn(report: &Report, line: impl Fn(&StrategyReport) -> Option<Line>) -> Option<Vec<Line>> {
    let lines = report.strategies.iter().filter_map(line);
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
        Bar { parts: parts.collect(), tips: tips.collect(), label: label.clone(), error: None, marker: None }
    };
    let frame = Frame { x: "% of the time", top: Some(100.0), ..Frame::default() };
    let measured = strategy.run.stages.iter().any(|stage| stage.busy > 0.0);
    measured.then(|| bars(frame, strategy.run.stages.iter().map(bar).collect()))
}

/// Whether a stage of a strategy waited for a lock.
pub(super) fn is_locked(strategy: &StrategyReport) -> bool {
    strategy.run.stages.iter().any(|stage| stage.locked > 0.0)
}

/// How full the queues of a strategy were in the course of its typical run, and which is which.
pub(super) fn depths(strategy: &StrategyReport) -> Option<(Chart, Vec<Legend>)> {
    let timeline = strategy.run.timeline.as_ref()?;
    let (own, of) = (Look::of(strategy.name()), timeline.queues.len());
    let line = |(at, queue): (usize, &QueueTimeline)| {
        let tip = |at, depth| format!("{}: {} frames at {} s", queue.name, digits(depth), digits(at));
        line_of(own.shade(at, of), depth_points(timeline.bucket_s, &queue.depth), tip)
    };
    let drawn: Vec<_> = timeline.queues.iter().enumerate().map(line).filter(|line| line.points.len() > 1).collect();
    let most = timeline.queues.iter().map(|queue| queue.capacity).max().unwrap_or(0) as f64;
    let words = format!("Frames waiting in the queues of {} in the course of its typical run", strategy.name());
    let frame = Frame { words, x: "seconds", y: "frames waiting", top: Some(most), ..Frame::default() };
    let legend = timeline.queues.iter().enumerate().map(|(at, queue)| Legend::new(&queue.name, own.shade(at, of)));
    (!drawn.is_empty()).then(|| (lines(frame, drawn), legend.collect()))
}

/// FPS by the value of a sweep, a line for each strategy; none of a single value.
pub(super) fn swept(report: &Report, sweep: &SweepReport) -> Option<Chart> {
    let line = |curve: &Curve| {
        let fps = |point: &Point| report.strategy(&point.name).map(|figures| figures.fps.median);
        let points: Vec<_> = curve.points.iter().filter_map(|point| Some((point, fps(point)?))).collect();
        let tips = points.iter().map(|(point, fps)| format!("{}: {} FPS", point.name, digits(*fps)));
        let Look { color, dashed } = Look::of(&curve.strategy);
        Line { color, dashed, tips: tips.collect(), points: points.iter().map(|(p, fps)| (p.amount, *fps)).collect() }
    };
    let drawn: Vec<_> = sweep.curves.iter().map(line).filter(|line| line.points.len() > 1).collect();
    let x = match sweep.axis {
        Axis::Workers => "workers",
        Axis::Queue => "frames a queue can hold",
        Axis::Size => "megapixels",
    };
    let frame = Frame { words: format!("FPS by {x}"), x, y: "FPS", dots: true, ..Frame::default() };
    (!drawn.is_empty()).then(|| lines(frame, drawn))
}

/// What a color stands for.
pub(crate) struct Legend {
    pub name: String,
    pub look: Look,
}

impl Legend {
    pub(crate) fn new(name: &str, look: Look) -> Self {
        Self { name: name.to_owned(), look }
    }

    /// Which strategy has which color.
    pub(super) fn of(report: &Report) -> Vec<Self> {
        report.strategies.iter().map(|s| Self::new(s.name(), look(report, s))).collect()
    }

    /// Which strategy of a sweep has which color.
    pub(super) fn of_curves(sweep: &SweepReport) -> Vec<Self> {
        sweep.curves.iter().map(|curve| Self::new(&curve.strategy, Look::of(&curve.strategy))).collect()
    }
}
