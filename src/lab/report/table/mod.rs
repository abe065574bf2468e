//! What a person reads: the ranking at a glance, then one verdict a strategy, then the details.

mod layout;
mod ranking;
mod strategy;
mod sweep;

use super::number::counted;
use super::{Axis, Report, words};

pub(crate) use layout::{plain_table, trimmed, wrapped};

/// How much to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Ranking and verdicts; for a single strategy its stages too.
    Brief,
    /// Also every stage and queue, buffers, faults, and what measuring cost.
    Full,
}

/// The report as text. With `color`, the winner stands out.
pub fn to_table(report: &Report, detail: Detail, color: bool) -> String {
    if let Some(swept) = &report.sweep {
        // Points are no rivals: their ranking and their verdicts are for who wants all.
        let text = heading(report) + "\n" + &sweep::sweep(report, swept, color) + &ranking::basis(report);
        return text + &details(report, detail, detail == Detail::Full);
    }
    let in_detail = detail == Detail::Full || report.strategies.len() == 1;
    let ranked = if report.is_live() { ranking::live(report) } else { ranking::ranking(report, color) };
    let mut text = heading(report) + "\n" + &ranked + &ranking::basis(report) + "\n";
    for strategy in &report.strategies {
        text += &strategy::verdict(strategy);
        if in_detail {
            text += &strategy::others(strategy);
        }
    }
    text + &details(report, detail, in_detail)
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
    format!(
        "{} · {size} · {} · {}\n{} · {}\n{} · OpenCV {} with {} · queue {queue} · {rounds}\n",
        input.name,
        words::frames(report),
        report.chain,
        machine.cpu,
        words::cores(machine),
        words::ends(report),
        opencv.version,
        counted(opencv.threads, "thread"),
    )
}
