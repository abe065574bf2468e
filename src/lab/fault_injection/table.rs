//! The results of the trials as text: who survived what at a glance, or a table for each fault; the answer comes last.

use super::answer::answer;
use super::plan::find;
use super::report::{CrashReport, FaultTrial};
use crate::lab::report::{Detail, Grid, Width, counted, three_digits};
use crate::marks::{RIGHT, WRONG};
use crate::text::plain_data;

/// The result as text. With [`Detail::Full`] a table for each fault, with all that was measured.
pub fn to_table(report: &CrashReport, detail: Detail, width: Width) -> String {
    let report = &plain_data(report);
    let faults = names(report, |trial| &trial.fault);
    let tables = match detail {
        Detail::Brief => overview(report, &faults).text(width) + &width.wrapped(LEGEND, 0),
        Detail::Full => {
            let text = |(title, grid): (String, Grid)| width.wrapped(&title, 0) + &grid.text(width);
            let blocks = faults.iter().filter_map(|name| block(report, name));
            blocks.map(text).collect::<Vec<_>>().join("\n")
        }
    };
    format!("{}\n{tables}\n{}", width.flowing(&facts(report)), answer(report, width))
}

/// What the trials have in common by this part of them, in the order in which it first comes.
pub(super) fn names(report: &CrashReport, part: fn(&FaultTrial) -> &String) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for trial in &report.trials {
        if !names.contains(&part(trial).as_str()) {
            names.push(part(trial));
        }
    }
    names
}

/// What was run, and how.
pub(super) fn facts(report: &CrashReport) -> [String; 6] {
    let CrashReport { chain, frames, input, workers, queue, frame_timeout_s, seed, .. } = report;
    [
        format!("{frames} frames of {input}"),
        chain.clone(),
        counted(*workers, "worker"),
        format!("queue {queue}"),
        format!("frame timeout {frame_timeout_s} s"),
        format!("seed {seed}"),
    ]
}

/// What the cells of the overview mean.
pub(super) const LEGEND: &str = "✓  every frame that could be done was delivered; ✗ 59  so many frames were lost";

/// A row for each strategy, a column for each fault: whether it survived, or how many frames were lost.
pub(super) fn overview(report: &CrashReport, faults: &[&str]) -> Grid {
    let mut table = Grid::new([""].iter().chain(faults), 1);
    for strategy in names(report, |trial| &trial.strategy) {
        let of = |fault: &&str| report.trials.iter().find(|t| t.strategy == strategy && t.fault == **fault);
        let cell = |fault| match of(fault) {
            None => String::new(),
            Some(trial) if trial.survived => RIGHT.to_owned(),
            Some(trial) => format!("{WRONG} {}", trial.lost),
        };
        table.row([strategy.to_owned()].into_iter().chain(faults.iter().map(cell)));
    }
    table
}

/// What a fault is, and what it left of each strategy; none where it was not tried.
pub(super) fn block(report: &CrashReport, name: &str) -> Option<(String, Grid)> {
    let trials = || report.trials.iter().filter(|trial| trial.fault == name);
    let first = trials().next()?;
    let summary = find(name).map_or("", |fault| fault.summary);
    let place = if trials().any(|trial| trial.faults > 1) { "from" } else { "at" };
    let mut table = Grid::new(["", "lost", "order", "pixels", "pause ms", "exit", "what survives"], 1).left(6);
    for trial in trials() {
        let tick = |kept: bool| if kept { RIGHT } else { WRONG };
        table.row([
            trial.strategy.as_str(),
            &trial.lost.to_string(),
            tick(trial.in_order),
            tick(trial.same_pixels),
            &trial.recovery_ms.map_or("-".into(), three_digits),
            &trial.exit,
            &survivors(trial),
        ]);
    }
    Some((format!("{name}: {summary} ({place} frame {})", first.at), table))
}

/// What was delivered in spite of the fault.
fn survivors(trial: &FaultTrial) -> String {
    let FaultTrial { delivered, lost, missing, workers_replaced, left_behind, .. } = trial;
    let replaced = match (workers_replaced, trial.faults) {
        (_, 0) => "; nobody was there to kill".into(),
        (0, _) => String::new(),
        (_, 1) => format!("; {workers_replaced} replaced"),
        (_, faults) => format!("; {faults} killed, {workers_replaced} replaced"),
    };
    let left = if *left_behind > 0 { format!("; {left_behind} left behind") } else { String::new() };
    let what = match (*lost, trial.exit.as_str(), missing.as_slice()) {
        (0, "0", _) => "all".into(),
        (_, "0", [one]) if *lost == 1 => format!("all but {one}"),
        (_, "0", _) => format!("{delivered} frames"),
        (_, "hangs", _) => format!("the first {delivered}, then nothing"),
        _ => format!("the first {delivered}"),
    };
    what + &replaced + &left
}
