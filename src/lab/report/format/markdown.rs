//! What a person shares: the ranking as a table for GitHub, the verdicts, and what it takes to do it again.

use anyhow::Result;

use super::{Format, Report};
use crate::lab::report::column::{
    CPU, Column, FPS, FPS_CI, LIVE, MEMORY, MEMORY_CI, P95, P95_CI, SAME_PIXELS, SPEEDUP, SPEEDUP_MARGIN, WORKERS,
};
use crate::lab::report::command_line::command_line;
use crate::lab::report::number::{counted, range};
use crate::lab::report::{StrategyReport, inputs, words};
use crate::text;

/// GitHub's Markdown.
pub(super) const MARKDOWN: Format =
    Format { name: "markdown", summary: "the ranking and the verdicts as Markdown", shows_spans: false, render };

fn render(report: &Report) -> Result<String> {
    let verdicts: String = report.strategies.iter().map(verdict).collect();
    let curves = report.sweep.iter().flat_map(|sweep| &sweep.curves);
    let swept: String = curves.map(|curve| item(&curve.strategy, &(curve.words.join(". ") + "."))).collect();
    let left_out: String = report.left_out.iter().map(|l| item(&l.name, &format!("left out, {}", l.reason))).collect();
    let notes: String = report.notes.iter().map(|note| format!("- {}\n", plain(note))).collect();
    let inputs: String = report.strategies.iter().map(of_inputs).collect();
    let basis: String = words::basis(report).iter().map(|line| format!("{}  \n", plain(line))).collect();
    Ok(format!(
        "{}\n{basis}\n{swept}{verdicts}{left_out}{notes}\n{inputs}{}\n\n{}",
        ranking(report),
        facts(report),
        command(report)
    ))
}

/// What the ranking shows of a strategy after its name. Results from before there were estimates have their extremes.
const RANKING: [Column; 11] = [
    WORKERS,
    FPS,
    Column {
        cell: |s| s.fps_estimate.map_or_else(|| range(s.fps.min, s.fps.max), |at| range(at.low, at.high)),
        ..FPS_CI
    },
    SPEEDUP,
    SPEEDUP_MARGIN,
    CPU,
    P95,
    P95_CI,
    MEMORY,
    MEMORY_CI,
    SAME_PIXELS,
];

/// The strategies, best first.
fn ranking(report: &Report) -> String {
    let live = report.is_live();
    let columns: &[Column] = if live { &LIVE[1..] } else { &RANKING };
    let right = "--:|".repeat(columns.len() - 1);
    // An empty head is a single blank.
    let heads =
        columns.iter().map(|column| column.title(report)).collect::<Vec<_>>().join(" | ").replace("|  |", "| |");
    let last = if live { "--:" } else { ":-:" };
    let mut text = format!("| | strategy | {heads} |\n|--:|:--|{right}{last}|\n");
    for strategy in &report.strategies {
        let name = plain(strategy.name());
        text += &match strategy.place {
            Some(1) => format!("| 1 | **{name}** |"),
            Some(place) => format!("| {place} | {name} |"),
            None => format!("|  | {name} |"),
        };
        text.extend(columns.iter().map(|column| format!(" {} |", plain(&(column.cell)(strategy)))));
        text.push('\n');
    }
    text
}

/// A row for each of several inputs of a strategy, and what they say together.
fn of_inputs(strategy: &StrategyReport) -> String {
    if strategy.run.inputs.is_empty() {
        return String::new();
    }
    let figures = "--:|".repeat(inputs::HEADS.len() - 1);
    let mut text = format!("| {} | {} |\n|:--|{figures}:--|\n", plain(strategy.name()), inputs::HEADS.join(" | "));
    for input in &strategy.run.inputs {
        let cells = inputs::cells(input).map(|cell| plain(&cell)).join(" | ");
        text += &format!("| {} | {cells} |\n", code(&input.input));
    }
    let words: String = inputs::words(strategy).iter().map(|line| format!("{}  \n", plain(line))).collect();
    format!("{text}\n{words}\n")
}

fn verdict(strategy: &StrategyReport) -> String {
    let verdict = &strategy.verdict;
    item(strategy.name(), &format!("{}: {}; next: {}", verdict.limit(), verdict.evidence, verdict.advice))
}

fn item(name: &str, text: &str) -> String {
    format!("- **{}**: {}\n", plain(name), plain(text))
}

/// The machine, OpenCV, the reader and the settings, in one line.
fn facts(report: &Report) -> String {
    let (input, machine, opencv, settings) = (&report.input, &report.machine, &report.opencv, &report.settings);
    let facts = plain(&format!(
        "{}x{} {} · {} · {} · {} · OpenCV {} with {} · {} · {} · queue {} · {} · framerace {}",
        input.width,
        input.height,
        input.pixels,
        machine.cpu,
        words::cores(machine),
        machine.kernel,
        opencv.name(),
        counted(opencv.threads, "thread"),
        words::ends(report),
        counted(settings.workers, "worker"),
        settings.queue,
        counted(settings.rounds, "round"),
        report.framerace,
    ));
    format!("{} · {} · {facts}", code(&input.name), code(&report.chain))
}

/// Text as it is: `synthetic:64x48@0x5` must not call for a user named 0x5.
fn code(text: &str) -> String {
    if text.is_empty() || text.contains('`') || text::plain(text) != text { plain(text) } else { format!("`{text}`") }
}

/// The command line, to be pasted into a shell.
fn command(report: &Report) -> String {
    let line = command_line(report);
    // A fence is longer than anything within that looks like one.
    let longest = line.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(3.max(longest + 1));
    format!("{fence}sh\n{line}\n{fence}\n")
}

/// Text that means nothing to Markdown, in one line.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text::plain(text).chars() {
        match c {
            '\\' | '`' | '*' | '_' | '|' | '[' | ']' | '<' | '>' | '#' | '~' => plain.extend(['\\', c]),
            '&' => plain.push_str("&amp;"),
            c => plain.push(c),
        }
    }
    plain
}
