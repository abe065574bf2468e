//! What a result rests on: input, machine and settings, as a page lists them.

use crate::host::machine::OpenCvFacts;
use crate::lab::report::answer;
use crate::lab::report::number::{counted, three_digits, tied};
use crate::lab::report::words::{basis, cores, ends, frames};
use crate::lab::report::{Axis, Confidence, Report};

/// What was done to what, in a line.
pub(super) fn subtitle(report: &Report) -> String {
    format!("{}x{} · {} · {}", report.input.width, report.input.height, frames(report), report.chain)
}

/// The first sentence of the answer, as a headline.
pub(super) fn headline(report: &Report) -> String {
    let first = answer::answer(report).into_iter().next().unwrap_or_default();
    first.strip_suffix('.').map_or(first.clone(), str::to_owned)
}

/// The answer without its headline, a sentence each: the words that the terminal ends with.
pub(super) fn answer(report: &Report) -> Vec<String> {
    answer::answer(report).into_iter().skip(1).collect()
}

/// The command to go on with; none where no strategy is the first.
pub(super) fn next(report: &Report) -> Option<String> {
    answer::next(report)
}

/// What a sweep of this axis answers.
pub(super) fn question(axis: &Axis) -> &'static str {
    match axis {
        Axis::Workers => "How many workers are enough?",
        Axis::Queue => "How long a queue is enough?",
        Axis::Size => "What does a larger frame cost?",
    }
}

/// How far the figures can be trusted; none where nobody asked.
pub(super) fn confidence(report: &Report) -> Option<Confidence> {
    report.fairness.as_ref().map(|fairness| fairness.confidence)
}

/// What the ranking rests on, a line each. The confidence stands before it.
pub(super) fn sureness(report: &Report) -> Vec<String> {
    let strategies = &report.strategies;
    let mut lines = basis(report);
    lines.push(match report.settings.rounds {
        1 => "one round: it says nothing about chance".into(),
        rounds => format!("{rounds} rounds, each of every strategy once, in shuffled order"),
    });
    if strategies.len() > 1 && strategies.iter().all(|s| s.same_pixels == Some(true)) {
        lines.push("same pixels: every strategy delivered the very frames of sequential, in order".into());
    }
    let said = confidence(report).map_or(String::new(), |confidence| format!("; confidence {confidence}"));
    lines.iter().map(|line| tied(line.strip_suffix(&said).unwrap_or(line))).collect()
}

/// The circumstances, one after the other.
pub(super) fn facts(report: &Report) -> Vec<(&'static str, String)> {
    let (input, machine, opencv, settings) = (&report.input, &report.machine, &report.opencv, &report.settings);
    let rate = input.fps.map_or(String::new(), |fps| format!(", {} FPS", three_digits(fps)));
    vec![
        ("Input", format!("{}, {}x{} {}{rate}", input.name, input.width, input.height, input.pixels)),
        ("Chain", report.chain.clone()),
        ("Reader", ends(report)),
        ("Processor", format!("{}, {}", machine.cpu, cores(machine))),
        ("Memory", format!("{} GB", three_digits(machine.memory as f64 / 1e9))),
        ("System", machine.kernel.clone()),
        ("OpenCV", opencv_words(opencv)),
        ("Workers", settings.workers.to_string()),
        ("Queue", format!("{} a queue", counted(settings.queue, "frame"))),
        ("Rounds", format!("{}, seed {}", settings.rounds, settings.seed)),
        ("Warm-up", counted(settings.warmup, "frame")),
        ("framerace", format!("{}, form {} of the result", report.framerace, report.schema)),
    ]
}

/// The version, the threads of its own loops and what it was built with.
fn opencv_words(opencv: &OpenCvFacts) -> String {
    let build = opencv.build_words().map_or(String::new(), |words| format!("; {words}"));
    format!("{} with {} ({}){build}", opencv.version, counted(opencv.threads, "thread"), opencv.parallel)
}
