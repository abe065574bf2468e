//! The results of the trials as text: a table for each fault, then how many faults each strategy survived.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::plan::find;
use super::report::{CrashReport, FaultTrial};
use crate::lab::report::{plain_table, three_digits, trimmed};

/// The result as text.
pub fn to_table(report: &CrashReport) -> String {
    let mut text = heading(report);
    let mut names: Vec<&str> = report.trials.iter().map(|trial| trial.fault.as_str()).collect();
    names.dedup();
    for name in names {
        let trials: Vec<_> = report.trials.iter().filter(|trial| trial.fault == name).collect();
        text += &block(name, &trials);
    }
    text + "\n" + &summary(report)
}

fn heading(report: &CrashReport) -> String {
    format!(
        "{} · {} frames of {}\n{} workers · queue {} · frame timeout {} s · seed {}\n",
        report.chain, report.frames, report.input, report.workers, report.queue, report.frame_timeout_s, report.seed
    )
}

fn block(name: &str, trials: &[&FaultTrial]) -> String {
    let Some(first) = trials.first() else { return String::new() };
    let summary = find(name).map_or("", |fault| fault.summary);
    let place = if trials.iter().any(|trial| trial.faults > 1) { "from" } else { "at" };
    let mut table = plain_table(&["", "lost", "order", "pixels", "pause ms", "exit", "what survives"], 1);
    for trial in trials {
        let tick = |kept: bool| if kept { "✓" } else { "✗" };
        table.add_row([
            trial.strategy.as_str(),
            &trial.lost.to_string(),
            tick(trial.in_order),
            tick(trial.same_pixels),
            &trial.recovery_ms.map_or("-".into(), three_digits),
            &trial.exit,
            &survivors(trial),
        ]);
    }
    if let Some(column) = table.column_mut(6) {
        column.set_cell_alignment(comfy_table::CellAlignment::Left);
    }
    format!("\n{name}: {summary} ({place} frame {})\n{}", first.at, trimmed(&table))
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
    let left = if *left_behind > 0 { format!("; {left_behind} LEFT BEHIND") } else { String::new() };
    let what = match (*lost, trial.exit.as_str(), missing.as_slice()) {
        (0, "0", _) => "all".into(),
        (_, "0", [one]) if *lost == 1 => format!("all but {one}"),
        (_, "0", _) => format!("{delivered} frames"),
        (_, "hangs", _) => format!("the first {delivered}, then nothing"),
        _ => format!("the first {delivered}"),
    };
    what + &replaced + &left
}

/// How many of the faults each strategy survived, the most first.
fn summary(report: &CrashReport) -> String {
    let mut names: Vec<&str> = Vec::new();
    for trial in &report.trials {
        if !names.contains(&trial.strategy.as_str()) {
            names.push(&trial.strategy);
        }
    }
    let mut scores: BTreeMap<(Reverse<usize>, usize), Vec<&str>> = BTreeMap::new();
    for name in names {
        let trials = report.trials.iter().filter(|trial| trial.strategy == name);
        let survived = trials.clone().filter(|trial| trial.survived).count();
        scores.entry((Reverse(survived), trials.count())).or_default().push(name);
    }
    let line = |((Reverse(survived), all), names): (_, Vec<&str>)| {
        format!("survived {survived} of {all}: {}\n", names.join(", "))
    };
    scores.into_iter().map(line).collect()
}
