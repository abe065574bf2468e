//! What a table says of one strategy: its verdict, its stages and queues, what it all cost, and what changes would give.

use std::iter::once;

use super::grid::Grid;
use super::layout::Width;
use crate::lab::report::StrategyReport;
use crate::lab::report::column::{StageRow, could, queue_row, stage_rows};
use crate::lab::report::inputs::{HEADS, cells, words};
use crate::lab::report::live::{balance, losses};
use crate::lab::report::number::{confidence, listed, percent, signed, three_digits};
use crate::metrics::{Run, SteadyRate};
use crate::predict::{Prediction, Scenario};
use crate::statistics::Estimate;

/// The verdict on a strategy, and where its frames went if not all of them arrived.
pub(super) fn verdict(strategy: &StrategyReport, width: Width) -> String {
    let verdict = &strategy.verdict;
    let mut text = format!("{}: {}\n", strategy.name(), verdict.limit());
    text += &width.wrapped(&verdict.evidence, 4);
    text += &width.wrapped(&format!("next: {}", verdict.advice), 4);
    let ledger = &strategy.run.ledger;
    if ledger.dropped + ledger.failed + ledger.duplicate > 0 {
        text += &width.wrapped(&format!("frames: {}", balance(ledger)), 4);
    }
    if let Some(lost) = losses(ledger) {
        text += &width.wrapped(&format!("lost: {lost}"), 4);
    }
    text
}

/// What was found beside the verdict, a line each; with less detail no more than what it is.
pub(super) fn others(strategy: &StrategyReport, full: bool, width: Width) -> String {
    let others = strategy.findings.iter().skip(1);
    if full {
        return others.map(|finding| width.wrapped(&format!("also {}", finding.verdict.in_a_line()), 4)).collect();
    }
    let kinds: Vec<_> = others.map(|finding| format!("{} ({})", finding.verdict.kind, finding.verdict.stage)).collect();
    if kinds.is_empty() { String::new() } else { width.wrapped(&format!("also {}; -v says more", listed(&kinds)), 4) }
}

/// Whoever could do the fewest frames a second is marked with it.
const CEILING: &str = "◂ ceiling";

/// What each stage and each of its parts did with the time.
pub(super) fn stages(strategy: &StrategyReport, width: Width) -> String {
    let times = ["busy", "CPU wait", "starved", "blocked", "lock", "CPU s", "ms p50", "ms p95", "could FPS", ""];
    // By their place in the row: lock, CPU s, ms p50, workers, waiting for a CPU.
    const SPARE: [usize; 6] = [6, 7, 8, 3, 1, 9];
    let mut table = Grid::new([strategy.name(), "workers"].into_iter().chain(times), 1).left(11).may_lack(&SPARE);
    let mut add = |name: &str, cells: Vec<String>, is_ceiling: bool| {
        let mark = if is_ceiling { CEILING } else { "" };
        table.row(once(name.to_owned()).chain(cells).chain(once(mark.to_owned())));
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
    table.text(width)
}

/// A row for each of several inputs, and what they say together.
pub(super) fn inputs(strategy: &StrategyReport, width: Width) -> String {
    if strategy.run.inputs.is_empty() {
        return String::new();
    }
    // By their place in the row: size, p50, p99, where frames were lost, p95.
    const SPARE: [usize; 5] = [8, 5, 7, 9, 6];
    let heads = once(strategy.name()).chain(HEADS);
    let mut table = Grid::new(heads, 1).left(HEADS.len()).may_lack(&SPARE);
    for input in &strategy.run.inputs {
        table.row(once(input.input.clone()).chain(cells(input)));
    }
    let words = words(strategy);
    table.text(width) + &words.iter().map(|line| width.wrapped(line, 4)).collect::<String>()
}

pub(super) fn queues(strategy: &StrategyReport, width: Width) -> String {
    if strategy.run.queues.is_empty() {
        return String::new();
    }
    let mut table = Grid::new(["queue", "capacity", "mean depth", "full", "empty"], 1);
    strategy.run.queues.iter().for_each(|queue| table.row(queue_row(queue)));
    table.text(width)
}

/// What it cost beside time.
pub(super) fn costs(strategy: &StrategyReport, width: Width) -> String {
    let Run { buffers, ledger, .. } = &strategy.run;
    let buffers = match buffers.made {
        0 => "no frame buffer made while frames ran".to_owned(),
        made => format!("{made} frame buffers made while frames ran, the last at frame {}", buffers.last_at_frame),
    };
    let (faults, cpu) = (three_digits(strategy.minor_faults_per_frame), three_digits(strategy.cpu_ms_per_frame));
    let steady = strategy.run.steady_faults.map_or("-".to_owned(), three_digits);
    let sandbox = strategy.run.sandbox.as_ref().map_or(String::new(), |words| format!("worker processes: {words}"));
    let switches = three_digits(strategy.context_switches_per_frame);
    let (startup, added) = (three_digits(strategy.startup_ms), three_digits(strategy.added_memory_mb));
    let SteadyRate { frames, seconds, first_left_out, last_left_out } = strategy.run.steady_rate;
    let rate = if frames > 0 {
        format!(
            "FPS is of {frames} frames in {} s, without the first {first_left_out} and the last {last_left_out}",
            three_digits(seconds)
        )
    } else {
        String::new()
    };
    let lines = [
        format!("{buffers}; {cpu} ms CPU a frame"),
        format!("{faults} page faults a frame, {steady} once all was in use; {switches} context switches a frame"),
        format!(
            "started in {startup} ms; {added} MB more than before; measuring cost {}",
            percent(strategy.run.meter_share)
        ),
        format!("{}; output {}", balance(ledger), strategy.run.hash.as_deref().unwrap_or("not hashed")),
        rate,
        sandbox,
    ];
    lines.iter().filter(|line| !line.is_empty()).map(|line| width.wrapped(line, 0)).collect()
}

/// The changes that would help most, in a line: what to try first.
pub(super) fn most_helpful(strategy: &StrategyReport, width: Width) -> String {
    /// So many are worth a line...
    const NAMED: usize = 3;
    /// ...that give more than this part.
    const WORTH: f64 = 0.02;
    let worth = |prediction: &&Prediction| {
        prediction.gain > 1.0 + WORTH && !matches!(prediction.scenario, Scenario::Cores(_) | Scenario::Without(_))
    };
    let mut best: Vec<_> = strategy.what_if.iter().filter(worth).collect();
    best.sort_by(|a, b| b.gain.total_cmp(&a.gain));
    let mut named: Vec<_> = best.iter().take(NAMED).map(|p| format!("{} {}", p.scenario, signed(p.gain))).collect();
    let Some(first) = named.first_mut() else { return String::new() };
    *first = format!("what if (predicted): {first}");
    "\n".to_owned() + &width.flowing(&named)
}

pub(super) fn what_if(strategy: &StrategyReport, width: Width) -> String {
    let (cores, others): (Vec<_>, Vec<_>) =
        strategy.what_if.iter().partition(|prediction| matches!(prediction.scenario, Scenario::Cores(_)));
    if others.is_empty() {
        return String::new();
    }
    let proven = others.iter().any(|prediction| prediction.measured.is_some());
    let title = format!("what if: {}", strategy.name());
    let interval = strategy.what_if.iter().find_map(|prediction| prediction.measured).map_or(String::new(), confidence);
    let header = [&title, "FPS", "predicted", "measured", &interval];
    let mut table = Grid::new(&header[..if proven { 5 } else { 3 }], 1);
    for Prediction { scenario, fps, gain, measured } in others {
        let mut row = vec![scenario.to_string(), three_digits(*fps), signed(*gain)];
        if proven {
            row.push(measured.map_or("–".into(), |m| signed(m.value)));
            row.push(measured.map_or(String::new(), |Estimate { low, high, .. }| {
                // Three rounds can leave anything open.
                if high > 10.0 * low { "?".into() } else { format!("{} to {}", signed(low), signed(high)) }
            }));
        }
        table.row(row);
    }
    let by_cores = |prediction: &&Prediction| match prediction.scenario {
        Scenario::Cores(cores) => Some(format!("{cores}: {}", three_digits(prediction.fps))),
        _ => None,
    };
    let cores: Vec<_> = cores.iter().filter_map(by_cores).collect();
    "\n".to_owned() + &table.text(width) + &width.wrapped(&format!("FPS by cores (predicted): {}", cores.join(", ")), 0)
}
