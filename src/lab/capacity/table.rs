//! The capacity as a person reads it: what each strategy sustains, what limits it, and the steps that say so.

use super::result::{Capacity, Step, Sustained};
use crate::lab::report::{Detail, Grid, Width, counted, percent, three_digits};
use crate::text::{for_shell, plain_data};

/// The capacity as text; the answer comes last. With [`Detail::Full`] also every step.
pub fn to_table(capacity: &Capacity, detail: Detail, width: Width) -> String {
    let capacity = &plain_data(capacity);
    let mut text = width.flowing(&facts(capacity)) + "\n" + &overview(capacity).text(width);
    if detail == Detail::Full {
        text += &format!("\n{}", steps(capacity).text(width));
    }
    text += "\n";
    text.extend(sentences(capacity).iter().map(|line| width.sentence(line)));
    text + &width.command(&format!("next: {}", next(capacity)))
}

/// What was asked, and where.
pub(super) fn facts(capacity: &Capacity) -> [String; 6] {
    [
        capacity.input.clone(),
        format!("{}x{}", capacity.width, capacity.height),
        capacity.chain.clone(),
        format!("at most {} lost, p95 at most {} ms", percent(capacity.loss), three_digits(capacity.p95_ms)),
        capacity.machine.cpu.clone(),
        counted(capacity.machine.cores, "core"),
    ]
}

/// A row for each strategy.
pub(super) fn overview(capacity: &Capacity) -> Grid {
    let head = if capacity.inputs.is_some() { "FPS" } else { "inputs" };
    let heads = ["strategy", head, "predicted", "CPU", "MB", "p95 ms", "limited by"];
    let mut table = Grid::new(heads, 1).left(6).may_lack(&[4, 5, 3]);
    for one in &capacity.sustained {
        let at = one.steps.iter().rev().find(|step| step.number == one.most);
        let sure = if one.confirmed { "" } else { "?" };
        let more = if one.bound.is_some() { "≥ " } else { "" };
        table.row([
            one.strategy.clone(),
            format!("{more}{}{sure}", one.most),
            one.predicted.map_or("–".into(), three_digits),
            percent(one.cpu_share),
            three_digits(one.memory_mb),
            at.map_or("–".into(), |step| three_digits(step.p95_ms)),
            limit(one),
        ]);
    }
    table
}

fn limit(one: &Sustained) -> String {
    let limit = || one.limit.as_ref().map_or(String::new(), |verdict| format!("{} ({})", verdict.stage, verdict.kind));
    one.bound.clone().unwrap_or_else(limit)
}

/// A row for each step.
pub(super) fn steps(capacity: &Capacity) -> Grid {
    let head = if capacity.inputs.is_some() { "FPS" } else { "inputs" };
    let heads = ["strategy", head, "seconds", "came", "lost", "95 % CI", "worst input", "p95 ms", "sustained"];
    let mut table = Grid::new(heads, 1).may_lack(&[2, 6, 3]);
    for one in &capacity.sustained {
        for step in &one.steps {
            table.row(step_row(one, step));
        }
    }
    table
}

fn step_row(one: &Sustained, step: &Step) -> [String; 9] {
    let (low, high) = step.lost_share;
    let said = if step.sustained { "yes" } else { "no" };
    [
        one.strategy.clone(),
        step.number.to_string(),
        three_digits(step.seconds),
        step.came.to_string(),
        step.lost.to_string(),
        format!("{}–{}", percent(low), percent(high)),
        percent(step.worst_lost_share),
        three_digits(step.p95_ms),
        if step.decided { said.to_owned() } else { format!("{said}?") },
    ]
}

/// The answer, a sentence each.
pub(super) fn sentences(capacity: &Capacity) -> Vec<String> {
    let Some(best) = capacity.sustained.first() else { return vec!["No strategy could do this.".into()] };
    let names: Vec<_> =
        capacity.sustained.iter().filter(|one| one.most == best.most).map(|one| one.strategy.as_str()).collect();
    let what = match (capacity.inputs, capacity.fps) {
        (Some(inputs), _) => format!("{} FPS each of {}", best.most, counted(inputs, "such input")),
        (None, fps) => {
            format!("{} at {} FPS", counted(best.most, "such input"), three_digits(fps.unwrap_or_default()))
        }
    };
    let sustains = if names.len() == 1 { "sustains" } else { "sustain" };
    let least = if best.bound.is_some() { "at least " } else { "" };
    let first = format!("{} {sustains} {least}{what}.", names.join(", "));
    let limit = best.limit.as_ref().filter(|_| best.bound.is_none());
    let limit =
        limit.map(|verdict| format!("At one more {} limits ({}): {}.", verdict.stage, verdict.kind, verdict.advice));
    std::iter::once(first).chain(limit).collect()
}

/// The command to go on with: the best strategy at what it sustains.
pub(super) fn next(capacity: &Capacity) -> String {
    let best = capacity.sustained.first();
    let strategy = best.map_or("threads", |one| one.strategy.as_str());
    let count = capacity.inputs.or(best.map(|one| one.most)).unwrap_or(1).clamp(1, 8);
    // Again with twice as much time to say it.
    format!(
        "framerace capacity {} -f {} -s {strategy} {} --step 10",
        for_shell(&capacity.input),
        for_shell(&capacity.chain),
        match capacity.inputs {
            Some(_) => format!("--inputs {count}"),
            None => format!("--fps {}", three_digits(capacity.fps.unwrap_or_default())),
        }
    )
}
