//! A sweep as a person reads it: for each strategy its values as tables.

use super::grid::Grid;
use super::layout::Width;
use crate::lab::report::column::{confidence_interval, sweep_cells};
use crate::lab::report::number::{percent, three_digits};
use crate::lab::report::{Axis, BASELINE, Curve, Knee, Point, Report, Standing, StrategyReport, SweepReport};
use crate::marks::WINNER;

/// A table for each strategy. With `full` also all that they say, in sentences.
pub(super) fn sweep(report: &Report, sweep: &SweepReport, full: bool, width: Width) -> String {
    let curves = sweep.curves.iter().map(|one| {
        let words = one.words.iter().map(|sentence| width.wrapped(&format!("{sentence}."), 2));
        let words: String = if full { words.collect() } else { String::new() };
        curve(report, sweep.axis, one, width) + &words
    });
    let curves: Vec<_> = curves.collect();
    let baseline = report.strategy(BASELINE);
    let beside = baseline.filter(|_| sweep.curves.iter().all(|curve| curve.strategy != BASELINE));
    let beside = beside.map_or(String::new(), |s| format!("beside: sequential, {} FPS\n", three_digits(s.fps.median)));
    curves.join("\n") + &beside
}

fn curve(report: &Report, axis: Axis, curve: &Curve, width: Width) -> String {
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
    // CPU ms, MB, p95 ms, what a worker or a pixel achieves.
    const SPARE: [usize; 4] = [9, 8, 5, 7];
    let mut table = Grid::new(header, 1).may_lack(&SPARE);
    for point in &curve.points {
        if let Some(figures) = report.strategy(&point.name) {
            table.row(row(axis, curve, point, figures));
        }
    }
    format!("{}\n{}", curve.strategy, table.text(width))
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
    let mark = if enough { WINNER } else { " " }.to_owned();
    [mark, point.value.clone(), fps, interval, first, per, to_best, p95, memory, cpu]
}
