//! Works out how far the figures of a result can be compared: who disturbed which run, which rounds stand out and why,
//! and what makes the comparison unfair.

use super::{Confidence, Fairness, Outlier};
use crate::host::environment::Environment;
use crate::host::interference::Interference;
use crate::host::machine::Machine;
use crate::lab::report::number::{percent, three_digits};
use crate::lab::report::{SettingsReport, StrategyReport};
use crate::statistics::{median, outliers};

/// Other programs that used at least this part of the machine have disturbed a run.
const DISTURBED: f64 = 0.1;
/// And so has a hypervisor that gave this part to others, or a control group that stopped the program as long.
const STOLEN: f64 = 0.05;
/// A run that lost this part of the machine is no run to compare with others.
const NOT_COMPARABLE: f64 = 0.25;
/// With less than this part of the memory free, pages go to disk and come back.
const MEMORY_SHORT: f64 = 0.05;

/// What can be said about the fairness of these runs.
pub(in crate::lab::report) fn fairness(
    strategies: &[StrategyReport],
    settings: &SettingsReport,
    machine: &Machine,
    opencv_threads: i32,
    environment: Option<Environment>,
) -> Fairness {
    let lost = not_comparable(strategies);
    let mut unfair: Vec<String> = lost.iter().cloned().collect();
    unfair.extend(hidden_threads(strategies, settings, opencv_threads));
    unfair.extend(stopped(strategies, machine));
    unfair.extend(environment.iter().flat_map(|around| in_the_way(around, machine)));
    let confidence = match (lost, unfair.len(), disturbances(strategies).len()) {
        (Some(_), ..) => Confidence::Low,
        (None, 0, 0) => Confidence::Good,
        _ => Confidence::Lowered,
    };
    let outliers = strategies.iter().flat_map(standing_out).collect();
    let decode_threads = settings.decode_threads;
    Fairness { opencv_threads, decode_threads, environment, outliers, unfair, confidence }
}

/// Who was disturbed in which round, and by what.
pub(in crate::lab::report) fn disturbances(strategies: &[StrategyReport]) -> Vec<String> {
    let mut found = Vec::new();
    for strategy in strategies {
        for (round, interference) in (1..).zip(&strategy.interference) {
            // What a control group stops is what the program did itself.
            let causes = causes(&Interference { stopped: 0.0, ..*interference });
            if !causes.is_empty() {
                found.push(format!("{} in round {round}: {} of the machine", strategy.name(), causes.join(", ")));
            }
        }
    }
    found
}

fn causes(interference: &Interference) -> Vec<String> {
    let Interference { others, stolen, stopped } = *interference;
    let causes = [
        (others >= DISTURBED).then(|| format!("{} taken by other programs", percent(others))),
        (stolen >= STOLEN).then(|| format!("{} stolen by the hypervisor", percent(stolen))),
        (stopped >= STOLEN).then(|| format!("stopped by the CPU quota for {} of the time", percent(stopped))),
    ];
    causes.into_iter().flatten().collect()
}

/// The run that lost most of the machine to others, if that is too much for a comparison.
fn not_comparable(strategies: &[StrategyReport]) -> Option<String> {
    let runs = || strategies.iter().flat_map(|s| (1..).zip(&s.interference).map(move |(round, n)| (s, round, n)));
    let lost = |n: &Interference| n.others + n.stolen;
    let count = runs().filter(|(.., n)| lost(n) >= NOT_COMPARABLE).count();
    let (strategy, round, worst) = runs().max_by(|a, b| lost(a.2).total_cmp(&lost(b.2))).filter(|_| count > 0)?;
    let what = if worst.stolen > worst.others { "steal" } else { "taken by other programs" };
    let share = percent(worst.stolen.max(worst.others));
    let more = match count - 1 {
        0 => String::new(),
        1 => ", and another run".to_owned(),
        more => format!(", and {more} more runs"),
    };
    Some(format!("not comparable: {share} {what} in round {round} ({}){more}", strategy.name()))
}

/// Threads that a strategy did not ask for, and that others have to share the cores with.
fn hidden_threads(strategies: &[StrategyReport], settings: &SettingsReport, opencv: i32) -> Vec<String> {
    let mut found = Vec::new();
    if opencv > 1 && strategies.iter().any(|strategy| strategy.run.workers > 1) {
        found.push(format!("OpenCV has {opencv} threads of its own, which several workers share by luck"));
    }
    if settings.decode_threads > 1 && strategies.iter().any(|s| s.is_baseline()) {
        found.push(format!("the decoder has {} threads, so sequential is not one thread", settings.decode_threads));
    }
    found
}

/// How long the control group stopped the runs.
fn stopped(strategies: &[StrategyReport], machine: &Machine) -> Option<String> {
    let runs = strategies.iter().flat_map(|strategy| &strategy.interference);
    let most = runs.map(|run| run.stopped).fold(0.0, f64::max);
    let quota = machine.cpu_quota.map_or("its quota".to_owned(), |q| format!("its quota of {} cores", three_digits(q)));
    (most >= STOLEN)
        .then(|| format!("the control group stopped runs for up to {} of their time: {quota}", percent(most)))
}

fn in_the_way(around: &Environment, machine: &Machine) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(load) = around.load_before.filter(|load| *load >= machine.capacity()) {
        found.push(format!("the load was {} on {} cores before the start", three_digits(load), machine.cores));
    }
    if let Some(times) = around.overheated.filter(|times| *times > 0) {
        found.push(format!("a processor was slowed down {times} times because of heat"));
    }
    if machine.memory > 0 && (around.free_memory as f64) < MEMORY_SHORT * machine.memory as f64 {
        found.push(format!("only {} MB of memory were free", around.free_memory / 1_000_000));
    }
    let heavy: Vec<_> = around.programs.iter().filter(|program| program.share >= DISTURBED).collect();
    if !heavy.is_empty() {
        let names = heavy.iter().map(|program| format!("{} took {}", program.name, percent(program.share)));
        found.push(format!("{} of the machine", names.collect::<Vec<_>>().join(", ")));
    }
    found
}

/// The rounds of a strategy that stand out, and why.
fn standing_out(strategy: &StrategyReport) -> Vec<Outlier> {
    let (samples, usual) = (&strategy.fps.samples, median(&strategy.fps.samples));
    let outlier = |at: usize| {
        let off = samples[at] / usual - 1.0;
        // Who gets in the way does not make a run faster.
        let causes = strategy.interference.get(at).filter(|_| off < 0.0).map(causes).unwrap_or_default();
        let cause = (!causes.is_empty()).then(|| causes.join(", "));
        Outlier { strategy: strategy.name().to_owned(), round: at + 1, off, cause }
    };
    outliers(samples).into_iter().map(outlier).collect()
}
