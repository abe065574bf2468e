//! What a page says of a sweep: for each strategy its sentences, and its values as a table.

use crate::lab::report::number::three_digits;
use crate::lab::report::words::interval;
use crate::lab::report::{Curve, Report, SweepReport};

/// A sweep.
pub(super) struct SweepView {
    pub axis: String,
    pub curves: Vec<CurveView>,
}

/// One strategy's values.
pub(super) struct CurveView {
    pub strategy: String,
    pub words: Vec<String>,
    /// The value; FPS, where it surely is, × first, p95, memory, CPU a frame.
    pub rows: Vec<(String, Vec<String>)>,
}

impl SweepView {
    pub(super) fn of(report: &Report) -> Option<Self> {
        let SweepReport { axis, curves, .. } = report.sweep.as_ref()?;
        Some(Self { axis: axis.to_string(), curves: curves.iter().map(|one| curve(report, one)).collect() })
    }
}

fn curve(report: &Report, curve: &Curve) -> CurveView {
    let row = |point: &crate::lab::report::Point| {
        let figures = report.strategy(&point.name)?;
        let cells = [
            three_digits(figures.fps.median),
            interval(figures.fps_estimate),
            point.gain.map_or("–".into(), |gain| three_digits(gain.value)),
            three_digits(figures.run.latency_ms.p95),
            format!("{:.0}", figures.peak_memory_mb),
            three_digits(figures.cpu_ms_per_frame),
        ];
        Some((point.value.clone(), cells.into()))
    };
    CurveView {
        strategy: curve.strategy.clone(),
        words: curve.words.clone(),
        rows: curve.points.iter().filter_map(row).collect(),
    }
}
