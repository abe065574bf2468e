//! What is told of a run on a source that does not wait: how fast frames came, how many new ones were delivered, what a
//! loop that counts its turns would claim, and how much more the strategy could do.

mod words;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::verdict::load;
use crate::metrics::{Drops, LedgerReport, Run, StageReport};

pub(super) use words::{beside_keeping_up, claims, keeping_up, keeps_up, live};

/// Figures of a run on a live source, in frames a second.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LiveFigures {
    /// Frames that came from the source, those that were not read in time among them, from the first to the last that was captured.
    pub source_fps: f64,
    /// Frames delivered, duplicates among them: what a program claims that counts how often its loop turned.
    pub claimed_fps: f64,
    /// New frames it could deliver by its service times, if they came fast enough; none where no clock was read.
    pub possible_fps: Option<f64>,
}

/// What the strategies did with frames of a live source that were read into memory first, as fast as they could.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Recorded {
    /// How many frames.
    pub frames: u64,
    /// Names and FPS, the fastest first.
    pub fps: Vec<(String, f64)>,
}

/// The figures of a run on so many processors; none of a source that waits.
pub(super) fn figures(run: &Run, capacity: f64) -> Option<LiveFigures> {
    let per_s = |frames: u64| if run.wall_s > 0.0 { frames as f64 / run.wall_s } else { 0.0 };
    // Between the first and the last one: the run goes on after that, and the source began before.
    let came = match run.arrivals_s {
        seconds if seconds > 0.0 => run.arrivals as f64 / seconds,
        _ => per_s(run.ledger.came()),
    };
    run.setup.live.then(|| LiveFigures {
        source_fps: came,
        claimed_fps: per_s(run.ledger.delivered),
        possible_fps: possible(run, capacity),
    })
}

/// The rate at which the first of its stages, or of the cores, would have no time left. While capture waits for a frame
/// it does nothing: only its CPU time counts.
fn possible(run: &Run, capacity: f64) -> Option<f64> {
    let (wall, new) = (run.wall_s, run.ledger.new_frames());
    if wall <= 0.0 || new == 0 {
        return None;
    }
    let seconds = |stage: &StageReport| match stage.name.as_str() {
        "capture" => stage.cpu_s,
        _ => load(stage) * wall,
    };
    // Of a frame that is dropped or repeated a stage has its work, too: what counts is what each does with one.
    let a_frame = |stage: &StageReport| seconds(stage) / stage.frames.max(1) as f64;
    let stages: f64 = match run.queues.is_empty() {
        true => run.stages.iter().map(a_frame).sum(),
        false => run.stages.iter().map(a_frame).fold(0.0, f64::max),
    };
    let busy = stages.max(run.cpu_s / capacity / new as f64);
    (busy > 0.0).then(|| 1.0 / busy)
}

/// Where every frame went, in a line: `90 captured = 30 delivered (0 of them duplicates) + 60 dropped + 0 failed`.
pub(super) fn balance(ledger: &LedgerReport) -> String {
    let LedgerReport { captured, repeated, delivered, duplicate, dropped, failed, .. } = ledger;
    let repeated = if *repeated > 0 { format!(" ({repeated} of them again)") } else { String::new() };
    format!(
        "{captured} captured{repeated} = {delivered} delivered ({duplicate} of them duplicates) + {dropped} dropped + \
         {failed} failed"
    )
}

/// Where frames were lost: `60 at capture-chain (drop-oldest), 3 not read in time`; none if none was.
pub(super) fn losses(ledger: &LedgerReport) -> Option<String> {
    let drops = |Drops { place, policy, frames }: &Drops| match policy.as_str() {
        "stop" => format!("{frames} {place} at the stop"),
        _ => format!("{frames} at {place} ({policy})"),
    };
    let unread = (ledger.unread > 0).then(|| format!("{} not read in time", ledger.unread));
    let all: Vec<_> = ledger.drops.iter().map(drops).chain(unread).collect();
    (!all.is_empty()).then(|| all.join(", "))
}
