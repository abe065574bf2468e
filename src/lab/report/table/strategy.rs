//! What a table says of one strategy: its verdict, its stages and queues, what it all cost, and what changes would give.

use std::iter::once;

use super::layout::{plain_table, trimmed, wrapped};
use crate::lab::report::StrategyReport;
use crate::lab::report::column::{StageRow, could, queue_row, stage_rows};
use crate::lab::report::live::{balance, losses};
use crate::lab::report::number::{confidence, percent, signed, three_digits};
use crate::metrics::{Run, SteadyRate};
use crate::predict::{Prediction, Scenario};
use crate::statistics::Estimate;

/// The verdict on a strategy, and where its frames went if not all of them arrived.
pub(super) fn verdict(strategy: &StrategyReport) -> String {
    let verdict = &strategy.verdict;
    let mut text = format!("{}: {}\n", strategy.name(), verdict.limit());
    text += &wrapped(&verdict.evidence, 4);
    text += &wrapped(&format!("next: {}", verdict.advice), 4);
    let ledger = &strategy.run.ledger;
    if ledger.dropped + ledger.failed + ledger.duplicate > 0 {
        text += &wrapped(&format!("frames: {}", balance(ledger)), 4);
    }
    if let Some(lost) = losses(ledger) {
        text += &wrapped(&format!("lost: {lost}"), 4);
    }
    text
}

/// What was found beside the verdict, a line each.
pub(super) fn others(strategy: &StrategyReport) -> String {
    let others = strategy.findings.iter().skip(1);
    others.map(|finding| wrapped(&format!("also {}", finding.verdict.in_a_line()), 4)).collect()
}

/// Whoever could do the fewest frames a second is marked with it.
const CEILING: &str = "◂ ceiling";

/// What each stage and each of its parts did with the time.
pub(super) fn stages(strategy: &StrategyReport) -> String {
    let times = ["busy", "no core", "starved", "blocked", "lock", "CPU s", "ms p50", "ms p95", "could FPS", ""];
    let mut table = plain_table([strategy.name(), "workers"].into_iter().chain(times), 1);
    let mut add = |name: &str, cells: Vec<String>, is_ceiling: bool| {
        let mark = if is_ceiling { CEILING } else { "" };
        table.add_row(once(name.to_owned()).chain(cells).chain(once(mark.to_owned())));
    };
    for StageRow { name, cells, is_ceiling } in stage_rows(strategy, "  ") {
        add(&name, cells, is_ceiling);
    }
    // What binds several stages: one thread for all of them, and the cores.
    for rate in strategy.rates.iter().filter(|rate| strategy.run.stages.iter().all(|stage| stage.name != rate.name)) {
        let mut cells = vec![String::new(); times.len() - 1];
        cells.push(could(Some(rate)));
        add(&rate.name, cells, rate.ceiling);
    }
    trimmed(&table)
}

pub(super) fn queues(strategy: &StrategyReport) -> String {
    if strategy.run.queues.is_empty() {
        return String::new();
    }
    let mut table = plain_table(["queue", "holds", "mean", "full", "empty"], 1);
    strategy.run.queues.iter().for_each(|queue| _ = table.add_row(queue_row(queue)));
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

pub(super) fn what_if(strategy: &StrategyReport) -> String {
    let (cores, others): (Vec<_>, Vec<_>) =
        strategy.what_if.iter().partition(|prediction| matches!(prediction.scenario, Scenario::Cores(_)));
    if others.is_empty() {
        return String::new();
    }
    let proven = others.iter().any(|prediction| prediction.measured.is_some());
    let title = format!("what if: {}", strategy.name());
    let interval = strategy.what_if.iter().find_map(|prediction| prediction.measured).map_or(String::new(), confidence);
    let header = [&title, "FPS", "predicted", "measured", &interval];
    let mut table = plain_table(&header[..if proven { 5 } else { 3 }], 1);
    for Prediction { scenario, fps, gain, measured } in others {
        let mut row = vec![scenario.to_string(), three_digits(*fps), signed(*gain)];
        if proven {
            row.push(measured.map_or("–".into(), |m| signed(m.value)));
            row.push(measured.map_or(String::new(), |Estimate { low, high, .. }| {
                // Three rounds can leave anything open.
                if high > 10.0 * low { "?".into() } else { format!("{} to {}", signed(low), signed(high)) }
            }));
        }
        table.add_row(row);
    }
    let by_cores = |prediction: &&Prediction| match prediction.scenario {
        Scenario::Cores(cores) => Some(format!("{cores}: {}", three_digits(prediction.fps))),
        _ => None,
    };
    let cores: Vec<_> = cores.iter().filter_map(by_cores).collect();
    "\n".to_owned() + &trimmed(&table) + &wrapped(&format!("FPS by cores (predicted): {}", cores.join(", ")), 0)
}
