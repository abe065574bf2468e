//! Where more stops to pay: the smallest value that is enough. It sees ratios with their intervals, and nothing else.
//!
//! No knee is named that the rounds do not support. A value is *tied* with the fastest when its interval lies within the
//! tolerance of it, or may be as fast and is known as finely as that; it is *slower* when its interval excludes the fastest; everything
//! else is *open*, and a knee below an open value is no knee.

use crate::lab::report::{Knee, Standing};
use crate::statistics::Estimate;

/// Differences of FPS that matter to nobody who chooses a number of workers or the depth of a queue.
pub const TOLERANCE: f64 = 0.02;

/// What the ratio of a value's FPS to the fastest one's says.
pub fn standing(to_best: Option<Estimate>, tolerance: f64) -> Standing {
    let Some(ratio) = to_best else { return Standing::Open };
    if ratio.low >= 1.0 - tolerance || (ratio.high >= 1.0 && ratio.uncertainty() <= tolerance) {
        Standing::Tied
    } else if ratio.high < 1.0 {
        Standing::Slower
    } else {
        Standing::Open
    }
}

/// The knee of values, the smallest first, each with what it is called.
pub fn knee(values: &[(String, Standing)]) -> Knee {
    let enough = values.iter().position(|(_, standing)| matches!(standing, Standing::Best | Standing::Tied));
    let (Some(enough), true) = (enough, values.len() > 1) else { return Knee::Unknown };
    let name = |at: usize| values[at].0.clone();
    let others_open = values.iter().filter(|(_, standing)| *standing == Standing::Open).count();
    if others_open == values.len() - 1 {
        return Knee::Unknown;
    }
    match values[..enough].iter().position(|(_, standing)| *standing == Standing::Open) {
        Some(open) => Knee::Between(name(open), name(enough)),
        None if values.iter().all(|(_, standing)| matches!(standing, Standing::Best | Standing::Tied)) => Knee::Flat,
        None if enough == values.len() - 1 => Knee::Beyond,
        None => Knee::At(name(enough)),
    }
}
