//! Lost workers: while another starts in a dead worker's place, a part of the team is missing.

use super::case::{Case, Finding, Kind, Measured};
use crate::lab::report::number::{percent, three_digits};
use crate::metrics::LossReport;

/// From this part of all workers' time without a worker in their place on, lost workers are the limit: a worker in
/// ten is more than two strategies usually differ by.
const LOST: f64 = 0.1;

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    let LossReport { workers, recovery_ms, .. } = &case.run.losses;
    let all = case.run.wall_s * case.run.workers as f64;
    let missing = if all > 0.0 { *workers as f64 * recovery_ms.mean / 1e3 / all } else { 0.0 };
    let measured = Measured { share: missing, threshold: LOST };
    measured.is_found().then(|| {
        let evidence = format!(
            "{workers} worker processes were lost; for {} of their time workers were missing, {} ms each time",
            percent(missing),
            three_digits(recovery_ms.mean)
        );
        let advice = "find out why they die: the notes say how and at which frame";
        measured.limits("chain", Kind::LostWorkers, evidence, advice)
    })
}
