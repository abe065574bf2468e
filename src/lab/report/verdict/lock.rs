//! A lock: workers stand in line to compute one at a time.

use super::case::{Case, FULL, Finding, Kind, Measured, Pace};
use super::evidence;

/// A stage that spends at least this part of its time in line is held up by the lock: half as much again would be
/// done without.
const HELD_UP: f64 = 0.25;
/// Where the lock is always held, a shorter line will do: many workers that mostly wait for something else.
const IN_LINE: f64 = 0.05;

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    let Pace::Slowest(slowest, _) = &case.pace else { return None };
    let stage = slowest.stage;
    let occupied = stage.busy + stage.locked;
    let share = if occupied > 0.0 { stage.locked / occupied } else { 0.0 };
    // Who computes holds the lock, with or without a CPU.
    let without_core = stage.cpu_wait * stage.workers as f64;
    let held = if case.run.wall_s > 0.0 { stage.cpu_s / case.run.wall_s + without_core } else { 0.0 };
    let measured = Measured { share, threshold: if held >= FULL { IN_LINE } else { HELD_UP } };
    measured.is_found().then(|| {
        let words = evidence::of_slowest(case, slowest);
        let (words, advice) = match &case.run.lock {
            Some(lock) => (
                format!("waiting for {lock}: {:.0} %; {words}", 100.0 * share),
                "processes; each has an interpreter with a lock of its own",
            ),
            None => (words, "threads or processes; they need no common lock"),
        };
        measured.limits(slowest.by_cpu().name(), Kind::Lock, words, advice)
    })
}
