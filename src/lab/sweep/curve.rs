//! The curve of one strategy: its points, taken from the report of the race, what each is against the fastest, the
//! knee, and the law that fits. It is kept from words.

use super::candidates::label;
use super::{Sweep, Value, knee, laws, pixel_cost, standing};
use crate::lab::report::{Axis, Curve, Knee, Point, Report, Standing, StrategyReport};
use crate::statistics::{SHOWN, ratio};

/// What a strategy made of a sweep; none where it took no part. A point that was left out, or is not ranked because it
/// lost or changed frames, is not on the curve.
pub(super) fn curve(sweep: &Sweep, strategy: &str, report: &Report, tolerance: f64) -> Option<Curve> {
    let reached = |value: &Value| {
        let name = label(strategy, sweep.axis, *value);
        let mut found = report.strategies.iter().filter(|s| s.place.is_some());
        found.find(|s| s.name() == name).map(|s| (*value, s))
    };
    let reached: Vec<(Value, &StrategyReport)> = sweep.values.iter().filter_map(reached).collect();
    let first = reached.first()?;
    // Of frames of several sizes the fastest is that with the most pixels a second.
    let speed = |(value, s): &(Value, &StrategyReport)| s.fps.median * weight(sweep.axis, *value);
    let best = reached.iter().enumerate().max_by(|a, b| speed(a.1).total_cmp(&speed(b.1)).then(b.0.cmp(&a.0)))?.0;
    let against = |point: &(Value, &StrategyReport), other: &(Value, &StrategyReport)| {
        let speeds = |(value, s): &(Value, &StrategyReport)| -> Vec<f64> {
            s.fps.samples.iter().map(|fps| fps * weight(sweep.axis, *value)).collect()
        };
        ratio(&speeds(point), &speeds(other), SHOWN)
    };
    let point = |(at, one): (usize, &(Value, &StrategyReport))| {
        let (value, s) = one;
        let to_best = against(one, &reached[best]);
        let times = value.amount() / first.0.amount();
        let gain = ratio(&s.fps.samples, &first.1.fps.samples, SHOWN);
        Point {
            value: value.to_string(),
            amount: value.amount(),
            name: s.name().to_owned(),
            gain,
            efficiency: gain.and_then(|gain| match sweep.axis {
                Axis::Workers => Some(gain.value / times),
                Axis::Queue => None,
                Axis::Size => Some(gain.value * times),
            }),
            to_best,
            standing: if at == best { Standing::Best } else { standing(to_best, tolerance) },
            limited_by: match s.verdict.stage.as_str() {
                "balanced" => "nothing alone".to_owned(),
                stage => format!("{stage}, {}", s.verdict.kind),
            },
        }
    };
    let points: Vec<Point> = reached.iter().enumerate().map(point).collect();
    let standings: Vec<_> = points.iter().map(|point| (point.value.clone(), point.standing)).collect();
    // A law of what cannot be told apart would be one of chance.
    let told = standings.iter().any(|(_, standing)| matches!(standing, Standing::Tied | Standing::Slower));
    let by_amount = |of: fn(&StrategyReport) -> f64| -> Vec<(f64, f64)> {
        reached.iter().map(|(value, s)| (value.amount(), of(s))).collect()
    };
    Some(Curve {
        strategy: strategy.to_owned(),
        knee: if sweep.axis == Axis::Size { Knee::Unknown } else { knee(&standings) },
        laws: if sweep.axis == Axis::Workers && told { laws(&by_amount(|s| s.fps.median)) } else { Vec::new() },
        pixels: (sweep.axis == Axis::Size).then(|| pixel_cost(&by_amount(|s| 1e3 / s.fps.median))).flatten(),
        points,
        words: Vec::new(),
    })
}

/// What a frame counts for: its pixels where they differ.
fn weight(axis: Axis, value: Value) -> f64 {
    if axis == Axis::Size { value.amount() } else { 1.0 }
}
