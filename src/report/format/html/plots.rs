//! The charts of a page: which figures of the report go into which chart, in which color and words.

use super::chart::{Bar, Chart, Frame, Line, bars, lines};
use super::strategy::Legend;
use crate::measure::{Distribution, Timeline};
use crate::report::number::{percent, three_digits};
use crate::report::{Report, StrategyReport};

/// Colors the style sheet has for things side by side (Okabe and Ito's, which color-blind people tell apart).
const COLORS: usize = 8;
/// Points of a line at most: more could not be told apart on a phone.
const POINTS: usize = 60;
/// A point of FPS over time stands for so many frames at least; of fewer, one more or less would be a jump.
const FRAMES: f64 = 8.0;

/// Parts of a stage's time: its name and the color's.
pub(super) const TIMES: [(&str, &str); 4] =
    [("busy", "busy"), ("starved", "starved"), ("blocked", "blocked"), ("lock", "lock")];

/// The color of the thing with this number.
fn color(number: usize) -> String {
    format!("var(--c{})", number % COLORS)
}

/// Which strategy has which color.
pub(super) fn legend(report: &Report) -> Vec<Legend> {
    let entry = |(number, s): (usize, &StrategyReport)| Legend {
        name: s.name.clone(),
        color: color(number),
        dashed: number >= COLORS,
    };
    report.strategies.iter().enumerate().map(entry).collect()
}

/// FPS of every strategy, with the interval it surely lies in.
pub(super) fn ranking(report: &Report) -> Chart {
    let bar = |(number, s): (usize, &StrategyReport)| {
        let fps = s.fps.median;
        let (low, high) = s.fps_estimate.map_or((fps, fps), |fps| (fps.low, fps.high));
        let sure = format!("{}: {} FPS, surely {} to {}", s.name, digits(fps), digits(low), digits(high));
        Bar {
            label: s.name.clone(),
            parts: vec![(fps, color(number))],
            tips: vec![if s.fps_estimate.is_some() { sure } else { format!("{}: {} FPS", s.name, digits(fps)) }],
            error: Some(((fps - low).max(0.0), (high - fps).max(0.0))),
        }
    };
    let bars_of: Vec<_> = report.strategies.iter().enumerate().map(bar).collect();
    let words = bars_of.iter().flat_map(|bar| &bar.tips).cloned().collect::<Vec<_>>().join("; ");
    bars(Frame { words, x: "FPS", ..Frame::default() }, bars_of)
}

/// FPS of every strategy in the course of its typical run; none if nobody kept a time line.
pub(super) fn fps(report: &Report) -> Option<Chart> {
    let line = |number: usize, s: &StrategyReport| {
        let points = fps_points(s.timeline.as_ref()?);
        let tips = points.iter().map(|(at, fps)| format!("{}: {} FPS at {} s", s.name, digits(*fps), digits(*at)));
        Some(Line { color: color(number), dashed: number >= COLORS, tips: tips.collect(), points })
    };
    let drawn = drawn(report, line)?;
    let words = "Frames per second of every strategy in the course of its typical run".into();
    Some(lines(Frame { words, x: "seconds", y: "FPS", ..Frame::default() }, drawn))
}

/// Which part of a strategy's frames was delivered within which time; none if nobody took it down.
pub(super) fn latency(report: &Report) -> Option<Chart> {
    let line = |number: usize, s: &StrategyReport| {
        let points = cumulated(s.latencies.as_ref()?);
        let tips = points.iter().map(|(ms, part)| format!("{}: {} % within {} ms", s.name, digits(*part), digits(*ms)));
        Some(Line { color: color(number), dashed: number >= COLORS, tips: tips.collect(), points })
    };
    let drawn = drawn(report, line)?;
    let words = "Share of the frames of every strategy by the time from capture to delivery".into();
    let ends = drawn.iter().flat_map(|line| &line.points).map(|point| point.0);
    let log_x = Some((ends.clone().fold(f64::INFINITY, f64::min), ends.fold(0.0, f64::max)));
    let frame = Frame { words, x: "ms from capture to delivery", y: "% of frames", top: Some(100.0), log_x };
    Some(lines(frame, drawn))
}

/// A line for every strategy that has one.
fn drawn(report: &Report, line: impl Fn(usize, &StrategyReport) -> Option<Line>) -> Option<Vec<Line>> {
    let lines = report.strategies.iter().enumerate().filter_map(|(number, s)| line(number, s));
    let lines: Vec<_> = lines.filter(|line| line.points.len() > 1).collect();
    (!lines.is_empty()).then_some(lines)
}

/// What the stages of a strategy did with their time.
pub(super) fn stages(strategy: &StrategyReport) -> Option<Chart> {
    let bar = |stage: &crate::measure::StageReport| {
        let label = if stage.workers > 1 { format!("{} × {}", stage.name, stage.workers) } else { stage.name.clone() };
        let shares = [stage.busy, stage.starved, stage.blocked, stage.locked];
        let parts = shares.iter().zip(TIMES).map(|(share, (_, color))| (share * 100.0, format!("var(--{color})")));
        let tips = shares.iter().zip(TIMES).map(|(share, (name, _))| format!("{label}: {name} {}", percent(*share)));
        Bar { parts: parts.collect(), tips: tips.collect(), label: label.clone(), error: None }
    };
    let bars_of: Vec<_> = strategy.stages.iter().map(bar).collect();
    let words = bars_of.iter().flat_map(|bar| &bar.tips).cloned().collect::<Vec<_>>().join("; ");
    let frame = Frame { words, x: "% of the time", top: Some(100.0), ..Frame::default() };
    (!bars_of.is_empty()).then(|| bars(frame, bars_of))
}

/// How full the links of a strategy were in the course of its typical run, and which is which.
pub(super) fn depths(strategy: &StrategyReport) -> Option<(Chart, Vec<Legend>)> {
    let timeline = strategy.timeline.as_ref()?;
    let points = |depth: &[f64]| {
        let step = depth.len().div_ceil(POINTS).max(1);
        let mean = |(number, part): (usize, &[f64])| {
            let at = (number * step) as f64 + part.len() as f64 / 2.0;
            (at * timeline.bucket_s, part.iter().sum::<f64>() / part.len() as f64)
        };
        depth.chunks(step).enumerate().map(mean).collect::<Vec<_>>()
    };
    let mut drawn = Vec::new();
    for (number, link) in timeline.links.iter().enumerate() {
        let points = points(&link.depth);
        let tips =
            points.iter().map(|(at, depth)| format!("{}: {} frames at {} s", link.name, digits(*depth), digits(*at)));
        drawn.push(Line { color: color(number), dashed: number >= COLORS, tips: tips.collect(), points });
    }
    drawn.retain(|line| line.points.len() > 1);
    let most = timeline.links.iter().map(|link| link.capacity).max().unwrap_or(0) as f64;
    let words = format!("Frames waiting in the links of {} in the course of its typical run", strategy.name);
    let frame = Frame { words, x: "seconds", y: "frames waiting", top: Some(most), ..Frame::default() };
    let legend = timeline.links.iter().enumerate().map(|(number, link)| Legend {
        name: link.name.clone(),
        color: color(number),
        dashed: number >= COLORS,
    });
    (!drawn.is_empty()).then(|| (lines(frame, drawn), legend.collect()))
}

/// The middle of each stretch of time, and the FPS in it.
fn fps_points(timeline: &Timeline) -> Vec<(f64, f64)> {
    let Timeline { bucket_s, wall_s, delivered, .. } = timeline;
    let frames: u64 = delivered.iter().sum();
    let of_frames = (FRAMES * delivered.len() as f64 / (frames.max(1)) as f64).ceil() as usize;
    let step = of_frames.max(delivered.len().div_ceil(POINTS)).max(1);
    let point = |(number, part): (usize, &[u64])| {
        let begin = (number * step) as f64 * bucket_s;
        let length = (wall_s - begin).min(step as f64 * bucket_s);
        (begin + length / 2.0, part.iter().sum::<u64>() as f64 / length)
    };
    // A last stretch that is shorter than the others would jump for no reason.
    let whole = delivered.len() / step * step;
    let full = (whole as f64 * bucket_s <= wall_s + bucket_s / 1e3) || whole == 0;
    let whole = if full { whole } else { whole - step };
    delivered[..whole].chunks(step).enumerate().map(point).collect()
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

fn digits(value: f64) -> String {
    three_digits(value)
}
