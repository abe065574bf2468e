//! What changed between two results: figure by figure, with the doubt that the rounds leave, and gates that a change
//! may trip.
//!
//! It sees two reports and nothing else: no file, no strategy, no clock.

mod answer;
mod comparable;
mod gate;
mod interval;
mod table;

pub use comparable::why_not;
pub use gate::{Gate, GateError};
pub use table::to_table;

use crate::lab::report::{Report, StrategyReport};
use crate::text::for_shell;

/// A figure that two results are compared by.
#[derive(Debug)]
pub struct Metric {
    /// Its name in a gate.
    pub name: &'static str,
    /// Its name in a table, with its unit.
    pub title: &'static str,
    /// Its value.
    value: fn(&StrategyReport) -> f64,
    /// Whether more of it is better.
    more_is_better: bool,
    /// Its value in every round; empty where the result is from before that was kept.
    rounds: fn(&StrategyReport) -> &[f64],
}

/// Every figure, in the order they are listed.
pub const METRICS: &[Metric] = &[
    Metric { name: "fps", title: "FPS", more_is_better: true, value: |s| s.fps.median, rounds: |s| &s.fps.samples },
    Metric {
        name: "p95",
        title: "p95 ms",
        more_is_better: false,
        value: |s| s.run.latency_ms.p95,
        rounds: |s| &s.p95_samples,
    },
    Metric {
        name: "memory",
        title: "MB",
        more_is_better: false,
        value: |s| s.peak_memory_mb,
        rounds: |s| &s.memory_samples,
    },
    Metric {
        name: "cpu",
        title: "CPU ms",
        more_is_better: false,
        value: |s| s.cpu_ms_per_frame,
        rounds: |s| &s.cpu_samples,
    },
];

/// One figure of one strategy in both results.
#[derive(Clone, Debug)]
pub struct Change {
    /// The strategy.
    pub strategy: String,
    /// The figure.
    pub metric: &'static Metric,
    /// In the first result: the geometric mean of the rounds where there are several, as in the change.
    pub before: f64,
    /// In the second.
    pub after: f64,
    /// The second over the first, less 1; none where one of them was not measured.
    pub share: Option<f64>,
    /// Where the change is with 95 % confidence; none where there are not several rounds in both.
    pub interval: Option<[f64; 2]>,
}

impl Change {
    /// Whether the rounds scatter so much that there may be no change at all. Unknown without several rounds.
    pub fn is_none(&self) -> Option<bool> {
        self.interval.map(|[low, high]| low <= 0.0 && high >= 0.0)
    }

    /// Whether it is for the better; unknown where nothing changed or it was not measured.
    pub fn is_better(&self) -> Option<bool> {
        self.share.filter(|share| *share != 0.0).map(|share| (share > 0.0) == self.metric.more_is_better)
    }
}

/// What changed between two results.
#[derive(Clone, Debug)]
pub struct Diff {
    /// Strategy by strategy, in the order of the first result, figure by figure.
    pub changes: Vec<Change>,
    /// Strategies that only the first result has.
    pub only_before: Vec<String>,
    /// Strategies that only the second result has.
    pub only_after: Vec<String>,
    /// Settings that differ, in words.
    pub settings: Vec<String>,
    /// The command that measures the second again.
    pub again: String,
}

/// Compares two results.
pub fn diff(before: &Report, after: &Report) -> Diff {
    let only = |one: &Report, other: &Report| {
        let names = one.strategies.iter().map(StrategyReport::name);
        names.filter(|name| other.strategy(name).is_none()).map(str::to_owned).collect()
    };
    let mut changes = Vec::new();
    for old in &before.strategies {
        if let Some(new) = after.strategy(old.name()) {
            changes.extend(METRICS.iter().map(|metric| change(metric, old, new)));
        }
    }
    let settings = comparable::settings_that_differ(before, after);
    let [input, chain] = [&after.input.name, &after.chain].map(|word| for_shell(word));
    let again = format!("framerace compare {input} -f {chain}");
    Diff { changes, settings, again, only_before: only(before, after), only_after: only(after, before) }
}

fn change(metric: &'static Metric, before: &StrategyReport, after: &StrategyReport) -> Change {
    let strategy = before.name().to_owned();
    if let Some(welch) = interval::welch((metric.rounds)(before), (metric.rounds)(after)) {
        let interval::Ratio { before, after, interval } = welch;
        return Change { strategy, metric, before, after, share: Some(after / before - 1.0), interval: Some(interval) };
    }
    let (before, after) = ((metric.value)(before), (metric.value)(after));
    // What cannot be read is told as 0.
    let measured = [before, after].iter().all(|value| value.is_finite() && *value > 0.0);
    Change { strategy, metric, before, after, share: measured.then(|| after / before - 1.0), interval: None }
}
