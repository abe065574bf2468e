//! Full cores: no strategy could be faster without less work, so what uses most CPU time limits.

use super::case::{Case, FULL, Finding, Kind, Measured, Pace};
use super::evidence;
use crate::lab::report::number::three_digits;

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    let Pace::Cores(most) = &case.pace else { return None };
    let measured = Measured { share: case.used, threshold: FULL };
    let could = if case.run.cpu_s > 0.0 { case.conditions.capacity / case.run.cpu_per_frame() } else { 0.0 };
    let evidence = format!("{}; the cores could do {} FPS", evidence::cores(case, most), three_digits(could));
    let advice = match case.name() {
        "encode" => {
            "a faster --preset, another --codec, or frames smaller (resize first): all cores are busy".to_owned()
        }
        "capture" => "an input that is cheaper to decode (smaller, or of another codec): all cores are busy".to_owned(),
        name => format!("make {name} cheaper or frames smaller (resize first): all cores are busy"),
    };
    Some(measured.limits(case.name(), Kind::CpuBound, evidence, advice))
}
