//! A sweep as a person reads it: for each strategy its values and what they say.

use super::layout::{highlighted, plain_table, wrapped};
use crate::lab::report::column::{confidence_interval, sweep_cells};
use crate::lab::report::number::{percent, three_digits};
use crate::lab::report::{Axis, BASELINE, Curve, Knee, Point, Report, Standing, StrategyReport, SweepReport};

/// The value that is enough is marked with it.
const KNEE: &str = "▸";

/// A table and its sentences for each strategy. With `color`, the knee stands out.
pub(super) fn sweep(report: &Report, sweep: &SweepReport, color: bool) -> String {
    let curves: Vec<_> = sweep.curves.iter().map(|one| curve(report, sweep.axis, one, color)).collect();
    let baseline = report.strategy(BASELINE);
    let beside = baseline.filter(|_| sweep.curves.iter().all(|curve| curve.strategy != BASELINE));
    let beside = beside.map_or(String::new(), |s| format!("beside: sequential, {} FPS\n", three_digits(s.fps.median)));
    curves.join("\n") + &beside
}

fn curve(report: &Report, axis: Axis, curve: &Curve, color: bool) -> String {
    let per = match axis {
        Axis::Workers => "efficiency",
        Axis::Queue => "switches",
        Axis::Size => "MP/s",
    };
    let header = [
        "",
        &axis.to_string(),
        "FPS",
        &confidence_interval(report),
        "× first",
        per,
        "to best",
        "p95 ms",
        "MB",
        "CPU ms",
    ];
    let mut table = plain_table(header, 1);
    for point in &curve.points {
        if let Some(figures) = report.strategy(&point.name) {
            table.add_row(row(axis, curve, point, figures));
        }
    }
    let words: String = curve.words.iter().map(|sentence| wrapped(&format!("{sentence}."), 2)).collect();
    format!("{}\n{}{words}", curve.strategy, highlighted(&table, KNEE, color))
}

fn row(axis: Axis, curve: &Curve, point: &Point, figures: &StrategyReport) -> [String; 10] {
    let enough = match &curve.knee {
        Knee::At(value) => *value == point.value,
        Knee::Flat => point.name == curve.points[0].name,
        _ => false,
    };
    let [fps, interval, first, p95, memory, cpu] = sweep_cells(point, figures);
    let per = match axis {
        Axis::Workers => point.efficiency.map_or("–".into(), percent),
        Axis::Queue => three_digits(figures.context_switches_per_frame),
        Axis::Size => three_digits(figures.fps.median * point.amount),
    };
    let to_best = match (point.standing, point.to_best) {
        (Standing::Best, _) => "best".to_owned(),
        (Standing::Tied, _) => "tied".to_owned(),
        (Standing::Slower, Some(ratio)) => format!("−{}", percent(1.0 - ratio.value)),
        (Standing::Open | Standing::Slower, _) => "?".to_owned(),
    };
    let mark = if enough { KNEE } else { " " }.to_owned();
    [mark, point.value.clone(), fps, interval, first, per, to_best, p95, memory, cpu]
}
