//! The columns of tables of strategies, each written once with what stands above it: table, Markdown and page choose
//! from them; and the cells of the tables of stages and queues, which table and page have in common. Units are those of the
//! heads.

use super::live::losses;
use super::number::{percent, three_digits};
use super::rates::Rate;
use super::words::{interval, margin};
use super::{Point, Report, StrategyReport};
use crate::metrics::QueueReport;

/// A column of a table of strategies.
#[derive(Clone, Copy)]
pub(super) struct Column {
    /// What stands above it.
    pub head: &'static str,
    /// The cell of a strategy.
    pub cell: fn(&StrategyReport) -> String,
}

/// The head above an interval, which is shown with its level.
const CI: &str = "CI";

impl Column {
    const fn new(head: &'static str, cell: fn(&StrategyReport) -> String) -> Self {
        Self { head, cell }
    }

    /// The same cells under another head.
    pub(super) const fn named(self, head: &'static str) -> Self {
        Self { head, ..self }
    }

    /// What stands above it in this report, as it is shown: `97 % CI`.
    pub(super) fn title(&self, report: &Report) -> String {
        if self.head == CI { confidence_interval(report) } else { self.head.to_owned() }
    }
}

/// What stands above the intervals of medians: `97 % CI`, `75 % CI (3 rounds)` where rounds are too few for more.
pub(super) fn confidence_interval(report: &Report) -> String {
    const USUAL: f64 = 0.95;
    let level = report.strategies.iter().filter_map(|s| Some(s.fps_estimate?.level)).reduce(f64::min);
    level.map_or(CI.to_owned(), |level| match report.settings.rounds {
        rounds if level < USUAL => format!("{} {CI} ({rounds} rounds)", percent(level)),
        _ => format!("{} {CI}", percent(level)),
    })
}

pub(super) const NAME: Column = Column::new("strategy", |s| s.name().to_owned());
pub(super) const WORKERS: Column = Column::new("workers", |s| s.run.workers.to_string());
pub(super) const FPS: Column = Column::new("FPS", |s| three_digits(s.fps.median));
pub(super) const FPS_CI: Column = Column::new(CI, |s| interval(s.fps_estimate));
/// FPS over that of the baseline.
pub(super) const SPEEDUP: Column = Column::new("× seq", |s| s.speedup.map_or("–".into(), three_digits));
pub(super) const SPEEDUP_MARGIN: Column = Column::new("", |s| margin(s.speedup_estimate));
/// How much of what the cores could do was done.
pub(super) const CPU: Column = Column::new("CPU ceiling", |s| percent(s.cpu_limit_share));
pub(super) const CPU_MS: Column = Column::new("CPU ms", |s| three_digits(s.cpu_ms_per_frame));
pub(super) const P50: Column = Column::new("p50 ms", |s| three_digits(s.run.latency_ms.p50));
pub(super) const P95: Column = Column::new("p95 ms", |s| three_digits(s.run.latency_ms.p95));
pub(super) const P95_CI: Column = Column::new(CI, |s| interval(s.p95_estimate));
pub(super) const P99: Column = Column::new("p99 ms", |s| three_digits(s.run.latency_ms.p99));
pub(super) const MEMORY: Column = Column::new("MB", |s| format!("{:.0}", s.peak_memory_mb));
pub(super) const MEMORY_CI: Column = Column::new(CI, |s| interval(s.memory_estimate));
pub(super) const DUPLICATES: Column = Column::new("duplicates", |s| s.run.ledger.duplicate.to_string());
pub(super) const DROPPED: Column = Column::new("dropped", |s| s.run.ledger.dropped.to_string());
pub(super) const UNREAD: Column = Column::new("not read in time", |s| s.run.ledger.unread.to_string());
/// The share of the frames that came and were not delivered.
pub(super) const LOST: Column = Column::new("lost", |s| percent(s.run.ledger.lost_share()));
pub(super) const POSSIBLE: Column =
    Column::new("possible FPS", |s| s.live.and_then(|live| live.possible_fps).map_or("–".into(), three_digits));
pub(super) const SAME_PIXELS: Column = Column::new("same pixels", |s| match s.same_pixels {
    Some(true) => "✓".into(),
    Some(false) => "✗ differ".into(),
    None => "–".into(),
});

/// The strategies on a live source, where there is room: all get frames at one pace, so other figures tell them apart.
pub(super) const LIVE: [Column; 15] = [
    NAME,
    WORKERS,
    Column::new("camera FPS", |s| s.live.map_or("–".into(), |live| three_digits(live.source_fps))),
    FPS.named("new FPS"),
    Column::new("claimed FPS", |s| s.live.map_or("–".into(), |live| three_digits(live.claimed_fps))),
    POSSIBLE,
    P50,
    P95,
    P99,
    CPU,
    LOST,
    DUPLICATES,
    DROPPED,
    UNREAD,
    Column::new("lost where", |s| losses(&s.run.ledger).unwrap_or_else(|| "–".into())),
];

/// These columns in words.
pub(super) const LIVE_EXPLAINED: &str = "Camera FPS: frames that came. New FPS: those delivered, each once. \
     Claimed: what a loop says that counts its turns. Possible: what the service times allow, if frames came faster \
     (headroom). ms: from a frame's arrival to its delivery. Lost: the share of the frames that came and were not \
     delivered. Not read in time: lost before they could be captured.";

/// The cells of a value of a sweep that every form has: FPS, its interval, × first, p95, memory, CPU a frame.
pub(super) fn sweep_cells(point: &Point, figures: &StrategyReport) -> [String; 6] {
    let first = point.gain.map_or("–".into(), |gain| three_digits(gain.value));
    let [fps, interval, p95, memory, cpu] = [FPS, FPS_CI, P95, MEMORY, CPU_MS].map(|column| (column.cell)(figures));
    [fps, interval, first, p95, memory, cpu]
}

pub(super) struct StageRow {
    pub name: String,
    /// Workers, busy, no core, starved, blocked, lock, CPU s, ms p50, ms p95, could FPS.
    pub cells: Vec<String>,
    /// Whether nobody could do fewer frames a second.
    pub is_ceiling: bool,
}

/// A row for each stage in the order of the path, each followed by its parts, whose names follow `indent`.
pub(super) fn stage_rows(strategy: &StrategyReport, indent: &str) -> Vec<StageRow> {
    let mut rows = Vec::new();
    for stage in &strategy.run.stages {
        let rate = strategy.rates.iter().find(|rate| rate.name == stage.name);
        let shares = [stage.busy, stage.cpu_wait, stage.starved, stage.blocked, stage.locked].map(percent);
        let times = [stage.cpu_s, stage.service_ms.p50, stage.service_ms.p95].map(three_digits);
        let cells = [&[stage.workers.to_string()], &shares[..], &times, &[could(rate)]].concat();
        rows.push(StageRow { name: stage.name.clone(), cells, is_ceiling: rate.is_some_and(|rate| rate.ceiling) });
        for part in &stage.parts {
            let [busy, no_core] = [part.share, part.cpu_wait].map(|share| percent(share * stage.busy));
            let [cpu, p50, p95] = [part.cpu_s, part.service_ms.p50, part.service_ms.p95].map(three_digits);
            let none = String::new;
            // It has no workers and no waits of its own.
            let cells = vec![none(), busy, no_core, none(), none(), none(), cpu, p50, p95, none()];
            rows.push(StageRow { name: format!("{indent}{}", part.name), cells, is_ceiling: false });
        }
    }
    rows
}

pub(super) fn could(rate: Option<&Rate>) -> String {
    rate.and_then(|rate| rate.could_fps).map_or("–".into(), three_digits)
}

/// How full a queue was: name, frames it holds, mean depth, full, empty.
pub(super) fn queue_row(queue: &QueueReport) -> [String; 5] {
    let [full, empty] = [queue.full, queue.empty].map(percent);
    [queue.name.clone(), queue.capacity.to_string(), three_digits(queue.mean_depth), full, empty]
}
