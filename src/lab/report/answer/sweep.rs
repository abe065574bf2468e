//! The answer of a sweep: which value is enough, and the command to go on with.

use crate::lab::report::command_line::{run, run_with, sweep};
use crate::lab::report::{Axis, Curve, Knee, Point, Report, SweepReport};

/// What is enough, and what limits it, a sentence each. Of several strategies, what is enough of each.
pub(super) fn answer(swept: &SweepReport) -> Vec<String> {
    match &swept.curves[..] {
        [one] => one.words.first().into_iter().chain(one.words.last()).map(|sentence| format!("{sentence}.")).collect(),
        several => {
            let of = |curve: &Curve| Some(format!("{}: {}.", curve.strategy, curve.words.first()?));
            several.iter().filter_map(of).collect()
        }
    }
}

/// The command to go on with: the work with the value that is enough, or the sweep that would tell it.
pub(super) fn next(report: &Report, swept: &SweepReport) -> Option<String> {
    let fps = |curve: &Curve| {
        let point = enough(curve).or(curve.points.last());
        point.and_then(|point| report.strategy(&point.name)).map_or(0.0, |figures| figures.fps.median)
    };
    let curve = swept.curves.iter().max_by(|a, b| fps(a).total_cmp(&fps(b)))?;
    let (strategy, axis, workers) = (curve.strategy.as_str(), swept.axis, report.settings.workers);
    Some(match (&curve.knee, axis, enough(curve)) {
        (Knee::At(_) | Knee::Flat, Axis::Workers, Some(point)) => run_with(report, strategy, point.amount as usize),
        (Knee::At(_) | Knee::Flat, Axis::Queue, Some(point)) => {
            format!("{} -q {}", run_with(report, strategy, workers), point.value)
        }
        (_, Axis::Size, _) => format!("{} --prove", run(report, strategy, workers)),
        (Knee::Beyond, _, _) => {
            let last = curve.points.last()?.amount as usize;
            sweep(report, strategy, axis, &format!("{last},{},{}", 2 * last, 4 * last))
        }
        (Knee::Between(low, high), _, _) => {
            format!("{} --budget 180", sweep(report, strategy, axis, &format!("{low}..{high}")))
        }
        _ => {
            let values: Vec<_> = curve.points.iter().map(|point| point.value.as_str()).collect();
            format!("{} --budget 180", sweep(report, strategy, axis, &values.join(",")))
        }
    })
}

/// The value that is enough, if one is called so.
fn enough(curve: &Curve) -> Option<&Point> {
    match &curve.knee {
        Knee::At(value) => curve.points.iter().find(|point| point.value == *value),
        Knee::Flat => curve.points.first(),
        _ => None,
    }
}
