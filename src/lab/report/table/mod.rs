//! What a person reads: the ranking at a glance, what makes it doubtful, and the answer; with more detail the verdicts, the
//! stages and all the rest before the answer.

mod grid;
mod layout;
mod strategy;
mod sweep;

use std::iter::once;

use unicode_width::UnicodeWidthStr;

use super::answer::{answer, next};
use super::column::{
    CPU, CPU_MS, Column, DUPLICATES, FPS, FPS_CI, LOST, MEMORY, NAME, P50, P95, P99, POSSIBLE, SPEEDUP, SPEEDUP_MARGIN,
    WORKERS,
};
use super::number::{counted, three_digits};
use super::{Axis, Report, StrategyReport, words};
use crate::marks::{WINNER, WRONG};
use crate::text::plain_data;

pub(crate) use grid::{Grid, says_nothing};
pub use layout::Width;
use layout::{cut, shortened};

/// How much to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Of several strategies the ranking, what makes it doubtful, and the answer; of one its verdict and stages.
    Brief,
    /// Also every verdict, the conditions, every stage and queue, buffers, faults, and what measuring cost.
    Full,
}

/// The report as text, in lines that fit; the answer comes last.
pub fn to_table(report: &Report, detail: Detail, width: Width) -> String {
    let report = &plain_data(report);
    let table = match &report.sweep {
        Some(swept) => sweep::sweep(report, swept, detail == Detail::Full, width),
        None if report.is_live() => live(report, width),
        None => ranking(report, &RANKING, &RANKING_SPARE, width),
    };
    // More strategies than this need every line of a small terminal.
    const MANY: usize = 8;
    let close = detail == Detail::Brief && report.sweep.is_none() && report.strategies.len() > MANY;
    let gap = if close { "" } else { "\n" };
    let text = heading(report, detail, width) + gap + &table + &said(report, detail, width);
    // Points of a sweep are no rivals: their verdicts are for those who want all.
    let one = report.strategies.len() == 1;
    let text = text + &verdicts(report, detail, one, width) + &details(report, detail, one, width);
    let next = next(report).map_or(String::new(), |command| width.command(&format!("next: {command}")));
    text + "\n" + &lines(&answer(report), width) + &next
}

/// Sentences, each on lines of its own.
fn lines(sentences: &[String], width: Width) -> String {
    sentences.iter().map(|line| width.wrapped(line, 0)).collect()
}

/// What is to be known of the figures: all of it, or what a glance needs and one line of doubt.
fn said(report: &Report, detail: Detail, width: Width) -> String {
    if detail == Detail::Full {
        return lines(&words::basis(report), width);
    }
    lines(&words::brief(report), width) + &warning(&words::doubts(report), width)
}

/// As many reasons for doubt as fit on one line, and how many there are beside them.
fn warning(doubts: &[String], width: Width) -> String {
    let Some((first, others)) = doubts.split_first() else { return String::new() };
    let more = |left: usize| if left > 0 { format!("; {left} more (-v)") } else { String::new() };
    let (mut line, mut left) = (format!("warning: {first}"), others.len());
    for doubt in others {
        let longer = format!("{line}; {doubt}");
        if longer.width() + more(left - 1).width() > width.room() {
            break;
        }
        (line, left) = (longer, left - 1);
    }
    cut(&line, width.room() - more(left).width()) + &more(left) + "\n"
}

fn verdicts(report: &Report, detail: Detail, one: bool, width: Width) -> String {
    let full = detail == Detail::Full;
    if !(full && report.sweep.is_none() || one) {
        return String::new();
    }
    let verdict = |s: &StrategyReport| strategy::verdict(s, width) + &strategy::others(s, full, width);
    "\n".to_owned() + &report.strategies.iter().map(verdict).collect::<String>()
}

/// Every stage, if they are wanted, and with [`Detail::Full`] the rest of what was measured. What was tried out is
/// shown in any case.
fn details(report: &Report, detail: Detail, one: bool, width: Width) -> String {
    let (mut text, full) = (String::new(), detail == Detail::Full);
    for strategy in &report.strategies {
        if full || one {
            let inputs = strategy::inputs(strategy, width);
            text += &if inputs.is_empty() { inputs } else { format!("\n{inputs}") };
            text += &format!("\n{}", strategy::stages(strategy, width));
        }
        if full {
            text += &strategy::queues(strategy, width);
            text += &strategy::costs(strategy, width);
        }
        if full || strategy.what_if.iter().any(|prediction| prediction.measured.is_some()) {
            text += &strategy::what_if(strategy, width);
        } else if one {
            text += &strategy::most_helpful(strategy, width);
        }
    }
    text
}

fn heading(report: &Report, detail: Detail, width: Width) -> String {
    let (input, opencv, machine) = (&report.input, &report.opencv, &report.machine);
    let rounds = match report.settings.rounds {
        1 => "1 round".to_owned(),
        n => format!("{n} rounds, interleaved"),
    };
    let swept = report.sweep.as_ref().map(|sweep| sweep.axis);
    let size = match swept {
        Some(Axis::Size) => "sizes as below".to_owned(),
        _ => match report.strategies.first().map_or(0, |strategy| strategy.run.inputs.len()) {
            0 => format!("{}x{}", input.width, input.height),
            several => format!("{several} inputs"),
        },
    };
    let queue = match swept {
        Some(Axis::Queue) => "as below".to_owned(),
        _ => report.settings.queue.to_string(),
    };
    let (cores, queue) = (words::cores(machine), format!("queue {queue}"));
    let threads = format!("OpenCV {} with {}", opencv.name(), counted(opencv.threads, "thread"));
    if detail == Detail::Full {
        let first = [format!("{} · {size}", input.name), words::frames(report), report.chain.clone()];
        let second = [machine.cpu.clone(), cores, words::ends(report), threads, queue, rounds];
        return width.flowing(&first) + &width.flowing(&second);
    }
    // What has a line for itself is not broken: names may be long.
    let first = format!("{size} · {} · {}", words::frames(report), report.chain);
    beside(&input.name, &first, width) + &beside(&machine.cpu, &format!("{cores} · {queue} · {rounds}"), width)
}

/// A name and facts on one line. A long name is shortened, as far as it can still be known.
fn beside(name: &str, facts: &str, width: Width) -> String {
    const KNOWN_BY: usize = 20;
    const BETWEEN: &str = " · ";
    let room = width.room().saturating_sub(facts.width() + BETWEEN.width()).max(KNOWN_BY);
    cut(&format!("{}{BETWEEN}{facts}", shortened(name, room)), width.room()) + "\n"
}

const RANKING: [Column; 12] = [NAME, WORKERS, FPS, FPS_CI, SPEEDUP, SPEEDUP_MARGIN, CPU, CPU_MS, P50, P95, P99, MEMORY];
/// The least needed first.
const RANKING_SPARE: [Column; 9] = [P99, P50, CPU_MS, WORKERS, SPEEDUP_MARGIN, MEMORY, CPU, SPEEDUP, FPS_CI];

/// On a live source all get the frames at one pace, so what tells them apart is what they lose, how long a frame takes,
/// and how much more they could do.
const LIVE: [Column; 11] = [
    NAME,
    WORKERS,
    FPS.named("new FPS"),
    LOST,
    DUPLICATES.named("dup"),
    P50,
    P95.named("p95"),
    P99.named("p99"),
    CPU,
    CPU_MS,
    POSSIBLE.named("possible"),
];
/// The least needed first.
const LIVE_SPARE: [Column; 5] = [CPU_MS, WORKERS, DUPLICATES.named("dup"), P99.named("p99"), P95.named("p95")];

/// The strategies in these columns, best first.
fn ranking(report: &Report, columns: &[Column], spare: &[Column], width: Width) -> String {
    let several = report.strategies.len() > 1;
    let mark = |s: &StrategyReport| match s.place {
        Some(1) if several => WINNER,
        _ if s.same_pixels == Some(false) => WRONG,
        _ => " ",
    };
    // One strategy alone is compared with none.
    let columns: Vec<_> = columns.iter().filter(|column| several || column.head != SPEEDUP.head).collect();
    // A long head would widen its column more than any figure does.
    let heads = columns.iter().map(|column| column.title(report).replace(" (", "\n("));
    let column = |spare: &Column| columns.iter().position(|column| column.head == spare.head).map(|at| at + 1);
    let spare: Vec<_> = spare.iter().filter_map(column).collect();
    let mut table = Grid::new(once(String::new()).chain(heads), 2).may_lack(&spare);
    for strategy in &report.strategies {
        let cells = columns.iter().map(|column| (column.cell)(strategy));
        table.row(once(mark(strategy).to_owned()).chain(cells));
    }
    table.text(width)
}

/// The strategies on a live source, best first.
fn live(report: &Report, width: Width) -> String {
    let source = report.strategies.iter().filter_map(|strategy| Some(strategy.live?.source_fps));
    let came =
        source.reduce(f64::max).map_or(String::new(), |fps| format!("{} frames a second came\n", three_digits(fps)));
    came + &ranking(report, &LIVE, &LIVE_SPARE, width)
}
