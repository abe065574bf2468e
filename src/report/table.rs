//! What a person reads: the ranking at a glance, then one verdict a strategy.

use std::collections::BTreeSet;

use comfy_table::{CellAlignment, Table, presets};

use super::number::{percent, three_digits};
use super::{Decision, LedgerReport, NeighbourReport, Report, StageReport, StrategyReport};

/// How much to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Ranking and verdicts; for a single strategy its stages too.
    Brief,
    /// Also every stage and link, buffers, faults, and what measuring cost.
    Full,
}

/// The report as text. With `color`, the winner stands out.
pub fn to_table(report: &Report, detail: Detail, color: bool) -> String {
    let mut text = heading(report) + "\n" + &ranking(report, color) + &decision(report) + "\n";
    for strategy in &report.strategies {
        text += &verdict(strategy);
    }
    if detail == Detail::Full || report.strategies.len() == 1 {
        for strategy in &report.strategies {
            text += &("\n".to_owned() + &stages(strategy));
            if detail == Detail::Full {
                text += &links(strategy);
                text += &costs(strategy);
            }
        }
    }
    text
}

/// What the ranking rests on: who cannot be told apart, whether more rounds would tell, and what got in the way.
fn decision(report: &Report) -> String {
    let mut lines = Vec::new();
    let places: BTreeSet<usize> = report.strategies.iter().filter_map(|strategy| strategy.place).collect();
    for place in places {
        let level = report.strategies.iter().filter(|strategy| strategy.place == Some(place));
        let names: Vec<_> = level.map(|strategy| strategy.name.as_str()).collect();
        if names.len() > 1 {
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
            format!(
                "not settled after {rounds} rounds in {seconds:.0} s of {budget:.0} s (--budget): {}{more}",
                open.join(", ")
            )
        });
    }
    lines.extend(disturbance(report));
    lines.iter().map(|line| wrapped(line, 0)).collect()
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

fn heading(report: &Report) -> String {
    let (input, opencv, machine) = (&report.input, &report.opencv, &report.machine);
    let frames = report.strategies.first().map_or(0, |s| s.frames);
    let threads = |n: i64| if n == 1 { "1 thread".to_owned() } else { format!("{n} threads") };
    let rounds = match report.settings.rounds {
        1 => "1 round".to_owned(),
        n => format!("{n} rounds, interleaved"),
    };
    let cut = report.decision.as_ref().and_then(|decision| decision.frames_a_run);
    let frames = cut.map_or(format!("{frames} frames"), |cut| format!("the first {cut} frames"));
    let cores = match machine.cpu_quota {
        Some(quota) => format!("{} cores, quota {}", machine.cores, three_digits(quota)),
        None => format!("{} cores", machine.cores),
    };
    format!(
        "{} · {}x{} · {frames} · {}\n{} · {cores}\n{} · OpenCV {} with {} · queue {} · {rounds}\n",
        input.name,
        input.width,
        input.height,
        report.chain,
        machine.cpu,
        input.reader,
        opencv.version,
        threads(i64::from(opencv.threads)),
        report.settings.queue,
    )
}

/// A table without lines, whose first `left` columns are words and whose others are figures.
pub(crate) fn plain_table(header: &[&str], left: usize) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header.iter().copied());
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((if at == 0 { 0 } else { 1 }, 1));
        column.set_cell_alignment(if at < left { CellAlignment::Left } else { CellAlignment::Right });
    }
    table
}

fn ranking(report: &Report, color: bool) -> String {
    let header = ["", "strategy", "workers", "FPS", "97 % sure", "× seq", "", "of CPU", "p95 ms", "MB", "same pixels"];
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
            match strategy.same_pixels {
                Some(true) => "✓".into(),
                Some(false) => "✗ differ".into(),
                None => "–".to_owned(),
            },
        ]);
    }
    let line = |line: &str| {
        let line = line.trim_end();
        if color && line.starts_with(WINNER) { format!("\x1b[1;32m{line}\x1b[0m\n") } else { format!("{line}\n") }
    };
    table.lines().map(|l| line(&l)).collect()
}

const WINNER: &str = "▸";

fn verdict(strategy: &StrategyReport) -> String {
    let verdict = &strategy.verdict;
    let limit = if verdict.stage == "balanced" {
        "balanced".to_owned()
    } else {
        format!("{} limits it ({})", verdict.stage, verdict.kind)
    };
    let mut text = format!("{}: {limit}\n", strategy.name);
    text += &wrapped(&verdict.evidence, 4);
    text += &wrapped(&format!("next: {}", verdict.advice), 4);
    let ledger = &strategy.ledger;
    if ledger.dropped + ledger.failed + ledger.duplicate > 0 {
        text += &format!(
            "    frames: {} captured = {} delivered ({} of them duplicates) + {} dropped + {} failed\n",
            ledger.captured, ledger.delivered, ledger.duplicate, ledger.dropped, ledger.failed
        );
    }
    text
}

/// Text in lines that fit beside an indent on a usual terminal.
fn wrapped(text: &str, indent: usize) -> String {
    const WIDTH: usize = 79;
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            // A number stays with its sign.
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH || word.starts_with('%') => {
                *line += &format!(" {word}");
            }
            _ => lines.push(" ".repeat(indent) + word),
        }
    }
    lines.join("\n") + "\n"
}

fn stages(strategy: &StrategyReport) -> String {
    let header = [
        strategy.name.as_str(),
        "workers",
        "busy",
        "no core",
        "starved",
        "blocked",
        "lock",
        "CPU s",
        "ms p50",
        "ms p95",
    ];
    let mut table = plain_table(&header, 1);
    let row = |stage: &StageReport| {
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
        ]
    };
    for stage in &strategy.stages {
        table.add_row(row(stage));
        for part in &stage.parts {
            table.add_row([
                format!("  {}", part.name),
                String::new(),
                percent(part.share * stage.busy),
                String::new(),
                String::new(),
                String::new(),
                String::new(),
                three_digits(part.cpu_s),
                three_digits(part.service_ms.p50),
                three_digits(part.service_ms.p95),
            ]);
        }
    }
    trimmed(&table)
}

fn links(strategy: &StrategyReport) -> String {
    if strategy.links.is_empty() {
        return String::new();
    }
    let mut table = plain_table(&["link", "holds", "mean", "full", "empty"], 1);
    for link in &strategy.links {
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

fn costs(strategy: &StrategyReport) -> String {
    let StrategyReport { buffers, ledger, .. } = strategy;
    let buffers = match buffers.made {
        0 => "no frame buffer made while frames ran".to_owned(),
        made => format!("{made} frame buffers made while frames ran, the last at frame {}", buffers.last_at_frame),
    };
    let (faults, cpu) = (three_digits(strategy.minor_faults_per_frame), three_digits(strategy.cpu_ms_per_frame));
    let steady = strategy.steady_faults_per_frame.map_or("-".to_owned(), three_digits);
    let sandbox = strategy.sandbox.as_ref().map_or(String::new(), |words| format!("worker processes: {words}\n"));
    let switches = three_digits(strategy.context_switches_per_frame);
    let (startup, added) = (three_digits(strategy.startup_ms), three_digits(strategy.added_memory_mb));
    let LedgerReport { captured, delivered, dropped, failed, .. } = ledger;
    format!(
        "{buffers}; {cpu} ms CPU a frame\n\
         {faults} page faults a frame, {steady} once all was in use; {switches} context switches a frame\n\
         started in {startup} ms; {added} MB more than before; measuring cost {}\n\
         {captured} captured = {delivered} delivered + {dropped} dropped + {failed} failed; output {}\n{sandbox}",
        percent(strategy.meter_share),
        strategy.output_hash.as_deref().unwrap_or("not hashed"),
    )
}

/// A table as text, without the blanks that columns leave at the end of a line.
pub(crate) fn trimmed(table: &Table) -> String {
    table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}
