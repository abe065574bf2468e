//! The answer of the crash lab in a few lines: who survives every fault, what the others do not survive, and the command to
//! go on with.

use std::collections::BTreeMap;

use super::report::{CrashReport, FaultTrial};
use crate::lab::report::{Width, listed};
use crate::marks::WRONG;
use crate::text::for_shell;

/// The answer, in lines that fit.
pub(super) fn answer(report: &CrashReport, width: Width) -> String {
    let text: String = sentences(report).iter().map(|line| width.wrapped(line, 0)).collect();
    text + &width.command(&format!("next: {}", next(report)))
}

/// The answer, a sentence each.
pub(super) fn sentences(report: &CrashReport) -> Vec<String> {
    let strategies = strategies(report);
    let (whole, others): (Vec<_>, Vec<_>) = strategies.into_iter().partition(|(_, lost)| lost.is_empty());
    let faults = |trials: &[&FaultTrial]| trials.iter().map(|trial| trial.fault.clone()).collect::<Vec<_>>();
    let mut alike: BTreeMap<Vec<String>, Vec<&str>> = BTreeMap::new();
    others.iter().for_each(|(name, lost)| alike.entry(faults(lost)).or_default().push(name));
    let whole: Vec<&str> = whole.iter().map(|(name, _)| *name).collect();
    let mut lines = vec![survivors(&whole, report)];
    // The most robust first.
    let mut alike: Vec<_> = alike.into_iter().collect();
    alike.sort_by_key(|(lost, _)| lost.len());
    lines.extend(alike.iter().map(|(lost, names)| format!("{} lost frames in {}.", listed(names), listed(lost))));
    let broken: Vec<_> = report.trials.iter().filter(|trial| !trial.kept_promise).collect();
    let broken: Vec<_> = broken.iter().map(|trial| format!("{} ({})", trial.strategy, trial.fault)).collect();
    if !broken.is_empty() {
        lines.push(format!("{WRONG} a promise was broken by {}", broken.join(", ")));
    }
    lines
}

/// The strategies, each with the trials in which it lost frames.
fn strategies(report: &CrashReport) -> Vec<(&str, Vec<&FaultTrial>)> {
    let mut strategies: Vec<(&str, Vec<&FaultTrial>)> = Vec::new();
    for trial in &report.trials {
        if strategies.iter().all(|(name, _)| *name != trial.strategy) {
            let lost = |other: &&FaultTrial| other.strategy == trial.strategy && !other.survived;
            strategies.push((&trial.strategy, report.trials.iter().filter(lost).collect()));
        }
    }
    strategies
}

fn survivors(whole: &[&str], report: &CrashReport) -> String {
    let mut faults: Vec<&str> = report.trials.iter().map(|trial| trial.fault.as_str()).collect();
    faults.sort_unstable();
    faults.dedup();
    let all = match faults.as_slice() {
        [one] => format!("the fault {one}"),
        [_, _] => "both faults".to_owned(),
        faults => format!("all {} faults", faults.len()),
    };
    match whole {
        [] => format!("No strategy survives {all}."),
        [one] => format!("Only {one} survives {all}: it delivered every frame that could be done."),
        several => format!("{} survive {all}: they delivered every frame that could be done.", listed(several)),
    }
}

/// The work with the first that survives, or the details of what was lost.
pub(super) fn next(report: &CrashReport) -> String {
    let survivor = strategies(report).into_iter().find(|(_, lost)| lost.is_empty()).map(|(name, _)| name);
    let work = format!("{} -f {}", for_shell(&report.input), for_shell(&report.chain));
    match survivor {
        Some(survivor) => format!("framerace run {work} -s {survivor} -w {} -o out.mp4", report.workers),
        None => format!("framerace crash-lab {work} -s processes"),
    }
}
