//! What a person reads: the ranking at a glance, then one verdict a strategy, then the details.

mod layout;
mod strategy;
mod sweep;

use std::iter::once;

use super::answer::{answer, next};
use super::column::{
    CPU, Column, DUPLICATES, FPS, FPS_CI, LOST, MEMORY, NAME, P50, P95, P99, POSSIBLE, SPEEDUP, SPEEDUP_MARGIN, WORKERS,
};
use super::number::{counted, three_digits};
use super::{Axis, Report, StrategyReport, words};
use crate::text::plain_data;
use layout::{flowing, highlighted};

pub(crate) use layout::{command, plain_table, trimmed, wrapped};

/// How much to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Of several strategies the ranking, what makes it doubtful, and the answer; of one its verdict and stages.
    Brief,
    /// Also every verdict, the conditions, every stage and queue, buffers, faults, and what measuring cost.
    Full,
}

/// The report as text; the answer comes last. With `color`, the winner stands out.
pub fn to_table(report: &Report, detail: Detail, color: bool) -> String {
    let report = &plain_data(report);
    if let Some(swept) = &report.sweep {
        // Points are no rivals: their ranking and their verdicts are for who wants all.
        let text = heading(report) + "\n" + &sweep::sweep(report, swept, color) + &lines(&words::basis(report));
        return text + &details(report, detail, detail == Detail::Full);
    }
    let ranked = if report.is_live() { live(report, color) } else { ranking(report, &RANKING, color) };
    let text = heading(report) + "\n" + &ranked;
    let answer = "\n".to_owned() + &lines(&answer(report)) + &next(report).map_or(String::new(), |line| command(&line));
    if detail == Detail::Brief && report.strategies.len() > 1 {
        return text + &lines(&words::brief(report)) + &details(report, detail, false) + &answer;
    }
    let mut text = text + &lines(&words::basis(report)) + "\n";
    for strategy in &report.strategies {
        text += &strategy::verdict(strategy);
        text += &strategy::others(strategy);
    }
    text + &details(report, detail, true) + &answer
}

/// Sentences, each on lines of its own.
fn lines(sentences: &[String]) -> String {
    sentences.iter().map(|line| wrapped(line, 0)).collect()
}

/// Every stage, if they are wanted, and with [`Detail::Full`] the rest of what was measured. What was tried out is
/// shown in any case.
fn details(report: &Report, detail: Detail, wanted: bool) -> String {
    let mut text = String::new();
    for strategy in &report.strategies {
        if wanted {
            text += &format!("\n{}", strategy::stages(strategy));
        }
        if detail == Detail::Full {
            text += &strategy::queues(strategy);
            text += &strategy::costs(strategy);
        }
        if wanted || strategy.what_if.iter().any(|prediction| prediction.measured.is_some()) {
            text += &strategy::what_if(strategy);
        }
    }
    text
}

fn heading(report: &Report) -> String {
    let (input, opencv, machine) = (&report.input, &report.opencv, &report.machine);
    let rounds = match report.settings.rounds {
        1 => "1 round".to_owned(),
        n => format!("{n} rounds, interleaved"),
    };
    let swept = report.sweep.as_ref().map(|sweep| sweep.axis);
    let size = match swept {
        Some(Axis::Size) => "sizes as below".to_owned(),
        _ => format!("{}x{}", input.width, input.height),
    };
    let queue = match swept {
        Some(Axis::Queue) => "as below".to_owned(),
        _ => report.settings.queue.to_string(),
    };
    let (what, cores) = (format!("{} · {size}", input.name), words::cores(machine));
    let threads = format!("OpenCV {} with {}", opencv.version, counted(opencv.threads, "thread"));
    let first = [what, words::frames(report), report.chain.clone()];
    let second = [machine.cpu.clone(), cores, words::ends(report), threads, format!("queue {queue}"), rounds];
    flowing(&first) + &flowing(&second)
}

/// The strategy in the first place is marked with it.
const WINNER: &str = "▸";
/// A strategy that made other pixels than the baseline is marked with it.
const DIFFERS: &str = "✗";

const RANKING: [Column; 9] = [NAME, WORKERS, FPS, FPS_CI, SPEEDUP, SPEEDUP_MARGIN, CPU, P95, MEMORY];

/// On a live source all get the frames at one pace, so what tells them apart is what they lose, how long a frame takes,
/// and how much more they could do.
const LIVE: [Column; 9] = [
    NAME,
    FPS.named("new FPS"),
    LOST,
    DUPLICATES.named("dup"),
    P50,
    P95.named("p95"),
    P99.named("p99"),
    CPU,
    POSSIBLE.named("possible"),
];

/// The strategies in these columns, best first. With `color`, the winner stands out.
fn ranking(report: &Report, columns: &[Column], color: bool) -> String {
    let several = report.strategies.len() > 1;
    let mark = |s: &StrategyReport| match s.place {
        Some(1) if several => WINNER,
        _ if s.same_pixels == Some(false) => DIFFERS,
        _ => " ",
    };
    // A long head would widen its column more than any figure does.
    let heads = columns.iter().map(|column| column.title(report).replace(" (", "\n("));
    let mut table = plain_table(once(String::new()).chain(heads), 2);
    for strategy in &report.strategies {
        let cells = columns.iter().map(|column| (column.cell)(strategy));
        table.add_row(once(mark(strategy).to_owned()).chain(cells));
    }
    highlighted(&table, WINNER, color)
}

/// The strategies on a live source, best first.
fn live(report: &Report, color: bool) -> String {
    let source = report.strategies.iter().filter_map(|strategy| Some(strategy.live?.source_fps));
    let came =
        source.reduce(f64::max).map_or(String::new(), |fps| format!("{} frames a second came\n", three_digits(fps)));
    came + &ranking(report, &LIVE, color)
}
