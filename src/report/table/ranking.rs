//! The ranking, and what it rests on.

use std::collections::BTreeSet;

use super::{plain_table, wrapped};
use crate::report::number::{percent, three_digits};
use crate::report::{Decision, NeighbourReport, Report};
use crate::statistics::SHOWN;

/// The strategy in the first place is marked with it.
const WINNER: &str = "▸";

/// The strategies, best first. With `color`, the winner stands out.
pub(super) fn ranking(report: &Report, color: bool) -> String {
    let sure = format!("{} sure", percent(SHOWN));
    let header = ["", "strategy", "workers", "FPS", &sure, "× seq", "", "of CPU", "p95 ms", "MB", "same pixels"];
    let mut table = plain_table(&header, 2);
    for strategy in &report.strategies {
        let fps = &strategy.fps;
        table.add_row([
            if strategy.place == Some(1) && report.strategies.len() > 1 { WINNER } else { " " }.to_owned(),
            strategy.name.clone(),
            strategy.workers.to_string(),
            three_digits(fps.median),
            strategy
                .fps_estimate
                .map_or("–".into(), |fps| format!("{}–{}", three_digits(fps.low), three_digits(fps.high))),
            strategy.speedup.map_or("–".into(), three_digits),
            strategy.speedup_estimate.map_or(String::new(), |ratio| match ratio.uncertainty() {
                // Two or three rounds can leave anything open.
                unsure if unsure > 1.0 => "±?".to_owned(),
                unsure => format!("±{}", three_digits(unsure * ratio.value)),
            }),
            percent(strategy.cpu_limit_share),
            three_digits(strategy.latency_ms.p95),
            format!("{:.0}", strategy.peak_memory_mb),
            strategy.sameness().to_owned(),
        ]);
    }
    let line = |line: &str| {
        let line = line.trim_end();
        if color && line.starts_with(WINNER) { format!("\x1b[1;32m{line}\x1b[0m\n") } else { format!("{line}\n") }
    };
    table.lines().map(|l| line(&l)).collect()
}

/// What the ranking rests on: who cannot be told apart, whether more rounds would tell, and what got in the way.
pub(super) fn decision(report: &Report) -> String {
    decision_lines(report).iter().map(|line| wrapped(line, 0)).collect()
}

/// The same, a line each.
pub(in crate::report) fn decision_lines(report: &Report) -> Vec<String> {
    let mut lines = Vec::new();
    let places: BTreeSet<usize> = report.strategies.iter().filter_map(|strategy| strategy.place).collect();
    for place in places {
        let level = report.strategies.iter().filter(|strategy| strategy.place == Some(place));
        let names: Vec<_> = level.map(|strategy| strategy.name.as_str()).collect();
        // What values of one axis have in common is told with the axis.
        if names.len() > 1 && report.sweep.is_none() {
            lines.push(format!("no difference: {}", names.join(", ")));
        }
    }
    if let Some(Decision { rounds, seconds, budget_s: Some(budget), open, .. }) = &report.decision {
        const NAMED: usize = 3;
        let more = if open.len() > NAMED { ", ..." } else { "" };
        let open: Vec<_> = open.iter().take(NAMED).map(|(a, b)| format!("{a} or {b}")).collect();
        lines.push(if open.is_empty() {
            format!("settled after {rounds} rounds in {seconds:.0} s")
        } else {
            let named =
                if report.sweep.is_some() { "more rounds would tell more".into() } else { open.join(", ") + more };
            format!("not settled after {rounds} rounds in {seconds:.0} s of {budget:.0} s (--budget): {named}")
        });
    }
    lines.extend(disturbance(report));
    lines
}

/// How much others got in the way, in one line; the result file says who was disturbed when.
fn disturbance(report: &Report) -> Option<String> {
    let runs = report.strategies.iter().flat_map(|strategy| &strategy.neighbours);
    let most = |share: fn(&NeighbourReport) -> f64| percent(runs.clone().map(share).fold(0.0, f64::max));
    let disturbed = report.disturbances.len();
    (disturbed > 0).then(|| {
        format!(
            "disturbed: {disturbed} of {} runs; other programs took up to {} of the machine, the hypervisor up to {}",
            runs.clone().count(),
            most(|run| run.others),
            most(|run| run.stolen)
        )
    })
}
