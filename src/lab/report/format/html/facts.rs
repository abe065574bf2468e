//! What a result rests on: input, machine and settings, as a page lists them.

use crate::lab::report::Report;
use crate::lab::report::number::{counted, three_digits, tied};
use crate::lab::report::words::{basis, cores, ends, frames};

/// What was done to what, in a line.
pub(super) fn subtitle(report: &Report) -> String {
    format!("{}x{} · {} · {}", report.input.width, report.input.height, frames(report), report.chain)
}

/// What the ranking rests on, a line each.
pub(super) fn sureness(report: &Report) -> Vec<String> {
    let strategies = &report.strategies;
    let mut lines = basis(report);
    lines.push(match report.settings.rounds {
        1 => "one round: how sure its figures are, nothing can say".into(),
        rounds => format!("{rounds} rounds, each of every strategy once, in shuffled order"),
    });
    if strategies.len() > 1 && strategies.iter().all(|s| s.same_pixels == Some(true)) {
        lines.push("same pixels: every strategy delivered the very frames of sequential, in order".into());
    }
    lines.iter().map(|line| tied(line)).collect()
}

/// The circumstances, one after the other.
pub(super) fn facts(report: &Report) -> Vec<(&'static str, String)> {
    let (input, machine, opencv, settings) = (&report.input, &report.machine, &report.opencv, &report.settings);
    let rate = input.fps.map_or(String::new(), |fps| format!(", {} frames a second", three_digits(fps)));
    vec![
        ("Input", format!("{}, {}x{} {}{rate}", input.name, input.width, input.height, input.pixels)),
        ("Chain", report.chain.clone()),
        ("Reader", ends(report)),
        ("Processor", format!("{}, {}", machine.cpu, cores(machine))),
        ("Memory", format!("{} GB", three_digits(machine.memory as f64 / 1e9))),
        ("System", machine.kernel.clone()),
        ("OpenCV", format!("{} with {} ({})", opencv.version, counted(opencv.threads, "thread"), opencv.parallel)),
        ("Workers", settings.workers.to_string()),
        ("Queue", format!("{} a queue", counted(settings.queue, "frame"))),
        ("Rounds", format!("{}, seed {}", settings.rounds, settings.seed)),
        ("Warm-up", counted(settings.warmup, "frame")),
        ("framerace", format!("{}, form {} of the result", report.framerace, report.schema)),
    ]
}
