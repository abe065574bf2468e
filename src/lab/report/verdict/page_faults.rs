//! Page faults: memory that is used for the first time has to be found, zeroed and mapped by the kernel, page by page.

use super::case::{Case, Finding, Kind, Measured};
use crate::lab::report::number::{percent, three_digits};

/// What a page fault costs, in seconds of CPU time: 1.25 µs on the virtual machine where `framerace price` was tried,
/// and less without a hypervisor. The time in the kernel bounds the estimate, so a price too high cannot mislead.
const PRICE_S: f64 = 1.25e-6;
/// From this share of all CPU time on, fresh memory is worth a word: a strategy that uses its buffers again spends
/// below a hundredth.
const WORTH: f64 = 0.05;
/// From this share on it limits a run that computes: a third more frames for the same CPU time without it.
const MAIN: f64 = 0.25;

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    let run = case.run;
    // The first use of every buffer is over by then, and nobody can help that.
    let faults = run.steady_faults?;
    let seconds = (faults * run.ledger.new_frames() as f64 * PRICE_S).min(run.system_s);
    let share = case.share_of_cpu(seconds);
    let limits = share >= MAIN && case.is_computing();
    let measured = Measured { share, threshold: if limits { MAIN } else { WORTH } };
    if !measured.is_found() {
        return None;
    }
    let evidence = format!(
        "{} page faults a frame take about {} of the CPU time; {} of it was spent in the kernel",
        three_digits(faults),
        percent(share),
        percent(case.share_of_cpu(run.system_s)),
    );
    let advice = "make buffers once and use them again, or take smaller frames";
    let found = if limits { Measured::limits } else { Measured::costs };
    Some(found(measured, case.name(), Kind::PageFaults, evidence, advice))
}
