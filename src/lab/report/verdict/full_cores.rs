//! Full cores: no strategy could be faster without less work, so what uses most CPU time limits.

use super::case::Case;
use super::finding::{Finding, Measured};
use super::kind::Kind;
use super::pace::{FULL, Load, Pace};
use crate::lab::report::number::{percent, three_digits};
use crate::metrics::{PartReport, StageReport};

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    let Pace::Cores(most) = &case.pace else { return None };
    let measured = Measured { share: case.used, threshold: FULL };
    let could = if case.run.cpu_s > 0.0 { case.conditions.capacity / case.run.cpu_per_frame() } else { 0.0 };
    let evidence = format!("{}; the cores could do {} FPS", cores(case, most), three_digits(could));
    let cheaper = format!("make {} cheaper or frames smaller (resize first): all cores are busy", case.name());
    let advice = if case.name() == "encode" {
        "a faster --preset, another --codec, or frames smaller (resize first): all cores are busy".to_owned()
    } else {
        cheaper
    };
    Some(measured.limits(case.name(), Kind::CpuBound, evidence, advice))
}

/// `98 % of 2 cores used, 75 % of that in chain, of which edges is 92 %`.
pub(super) fn cores(case: &Case<'_>, most: &Load<'_>) -> String {
    format!(
        "{} of {} cores used, {} of that in {}{}",
        percent(case.used.min(1.0)),
        three_digits(case.conditions.capacity).trim_end_matches(".00"),
        percent(case.share_of_cpu(most.stage.cpu_s).min(1.0)),
        most.stage.name,
        largest_part(most.stage),
    )
}

/// The part that uses most CPU time, which need not be the one that takes longest.
fn largest_part(stage: &StageReport) -> String {
    let all: f64 = stage.parts.iter().map(|part| part.cpu_s).sum();
    let by_cpu = |a: &&PartReport, b: &&PartReport| a.cpu_s.total_cmp(&b.cpu_s);
    let most = stage.parts.iter().max_by(by_cpu).filter(|_| stage.parts.len() > 1 && all > 0.0);
    most.map_or(String::new(), |part| format!(", of which {} is {}", part.name, percent(part.cpu_s / all)))
}
