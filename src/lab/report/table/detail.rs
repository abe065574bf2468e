//! The details of a strategy: its stages, its links, and what it all cost.

use super::layout::{plain_table, trimmed};
use crate::lab::report::live::balance;
use crate::lab::report::number::{percent, three_digits};
use crate::lab::report::{Rate, StrategyReport};
use crate::metrics::{PartReport, Run, StageReport, SteadyRate};

/// Whoever could do the fewest frames a second is marked with it.
const CEILING: &str = "◂ ceiling";

/// What each stage and each of its parts did with the time.
pub(super) fn stages(strategy: &StrategyReport) -> String {
    let header = [
        strategy.name(),
        "workers",
        "busy",
        "no core",
        "starved",
        "blocked",
        "lock",
        "CPU s",
        "ms p50",
        "ms p95",
        "could FPS",
        "",
    ];
    let mut table = plain_table(&header, 1);
    for stage in &strategy.run.stages {
        table.add_row(stage_row(stage, strategy.rates.iter().find(|rate| rate.name == stage.name)));
        stage.parts.iter().for_each(|part| _ = table.add_row(part_row(part, stage)));
    }
    // What binds several stages: one thread for all of them, and the cores.
    for rate in strategy.rates.iter().filter(|rate| strategy.run.stages.iter().all(|stage| stage.name != rate.name)) {
        let mut cells = vec![rate.name.clone()];
        cells.resize(header.len() - 2, String::new());
        cells.extend(could(Some(rate)));
        table.add_row(cells);
    }
    trimmed(&table)
}

fn stage_row(stage: &StageReport, rate: Option<&Rate>) -> [String; 12] {
    let [could, mark] = could(rate);
    [
        stage.name.clone(),
        stage.workers.to_string(),
        percent(stage.busy),
        percent(stage.queued),
        percent(stage.starved),
        percent(stage.blocked),
        percent(stage.locked),
        three_digits(stage.cpu_s),
        three_digits(stage.service_ms.p50),
        three_digits(stage.service_ms.p95),
        could,
        mark,
    ]
}

/// A part has no waits of its own.
fn part_row(part: &PartReport, stage: &StageReport) -> [String; 12] {
    let none = String::new;
    [
        format!("  {}", part.name),
        none(),
        percent(part.share * stage.busy),
        percent(part.queued * stage.busy),
        none(),
        none(),
        none(),
        three_digits(part.cpu_s),
        three_digits(part.service_ms.p50),
        three_digits(part.service_ms.p95),
        none(),
        none(),
    ]
}

/// The rate that could be done, and a mark if it is the ceiling.
fn could(rate: Option<&Rate>) -> [String; 2] {
    let could = rate.and_then(|rate| rate.could_fps).map_or("–".to_owned(), three_digits);
    let ceiling = rate.is_some_and(|rate| rate.ceiling);
    [could, if ceiling { CEILING } else { "" }.to_owned()]
}

/// How full the links were.
pub(super) fn links(strategy: &StrategyReport) -> String {
    if strategy.run.queues.is_empty() {
        return String::new();
    }
    let mut table = plain_table(&["link", "holds", "mean", "full", "empty"], 1);
    for link in &strategy.run.queues {
        table.add_row([
            link.name.clone(),
            link.capacity.to_string(),
            three_digits(link.mean_depth),
            percent(link.full),
            percent(link.empty),
        ]);
    }
    trimmed(&table)
}

/// What it cost beside time.
pub(super) fn costs(strategy: &StrategyReport) -> String {
    let Run { buffers, ledger, .. } = &strategy.run;
    let buffers = match buffers.made {
        0 => "no frame buffer made while frames ran".to_owned(),
        made => format!("{made} frame buffers made while frames ran, the last at frame {}", buffers.last_at_frame),
    };
    let (faults, cpu) = (three_digits(strategy.minor_faults_per_frame), three_digits(strategy.cpu_ms_per_frame));
    let steady = strategy.run.steady_faults.map_or("-".to_owned(), three_digits);
    let sandbox = strategy.run.sandbox.as_ref().map_or(String::new(), |words| format!("worker processes: {words}\n"));
    let switches = three_digits(strategy.context_switches_per_frame);
    let (startup, added) = (three_digits(strategy.startup_ms), three_digits(strategy.added_memory_mb));
    let SteadyRate { frames, seconds, first_left_out, last_left_out } = strategy.run.steady_rate;
    let rate = if frames > 0 {
        format!(
            "FPS is of {frames} frames in {} s, without the first {first_left_out} and the last {last_left_out}\n",
            three_digits(seconds)
        )
    } else {
        String::new()
    };
    format!(
        "{buffers}; {cpu} ms CPU a frame\n\
         {faults} page faults a frame, {steady} once all was in use; {switches} context switches a frame\n\
         started in {startup} ms; {added} MB more than before; measuring cost {}\n\
         {}; output {}\n{rate}{sandbox}",
        percent(strategy.run.meter_share),
        balance(ledger),
        strategy.run.hash.as_deref().unwrap_or("not hashed"),
    )
}
