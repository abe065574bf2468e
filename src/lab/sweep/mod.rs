//! The sweep: one axis, the values on it, each raced against the others; then where more stops to pay.
//!
//! ```text
//! "queue=1,2,4" ─parse─▶ Sweep ─candidates─▶ compare::race ─▶ report ─▶ curve: standing · knee · law · words
//! ```
//!
//! A value is a candidate in an ordinary race: rounds interleave and shuffle all of them, every one has to make the
//! same pixels, and ratios are taken round by round. This module decides who runs with what and reads the result; it is
//! kept from running anything itself, and from how a strategy is joined.

mod axis;
mod candidates;
mod curve;
mod fit;
mod knee;
mod words;

use anyhow::{Result, bail};

use crate::lab::compare::{Comparison, Plan, Rounds, race};
use crate::lab::report::{Report, SweepReport};
use crate::pipeline::Watch;

pub use axis::{Sweep, SweepError, Value};
pub use fit::{laws, pixel_cost};
pub use knee::{TOLERANCE, knee, standing};

/// Races every value of the sweep with every strategy of the plan. `sequential`, if the plan has it, is the baseline
/// and runs once a round, except where frames change their size.
///
/// # Errors
/// When the sweep cannot be done with this plan, or as [`race`].
pub fn run(
    sweep: &Sweep,
    plan: &Plan,
    watch: &Watch,
    on_step: &mut dyn FnMut(crate::pipeline::Step),
) -> Result<Comparison> {
    let (candidates, mut left_out) = candidates::candidates(sweep, plan)?;
    if candidates.iter().all(|candidate| candidate.label == candidate.strategy.name()) {
        match left_out.first() {
            Some((name, why)) => bail!("there is nothing to sweep: {name}: {why}"),
            None => bail!("sequential has no {} to sweep; try -s threads", sweep.axis),
        }
    }
    let mut comparison = race(plan, candidates, watch, on_step)?;
    left_out.append(&mut comparison.left_out);
    Ok(Comparison { left_out, ..comparison })
}

/// What the sweep says, from the report of its race.
pub fn summarize(sweep: &Sweep, plan: &Plan, report: &Report) -> SweepReport {
    let precision = if let Rounds::Settle { precision, .. } = plan.rounds { precision } else { 0.0 };
    let tolerance = TOLERANCE.max(precision);
    let curves = plan.strategies.iter().filter_map(|strategy| curve::curve(sweep, strategy.name(), report, tolerance));
    let mut curves: Vec<_> = curves.collect();
    for curve in &mut curves {
        curve.words = words::words(sweep.axis, curve, report, &plan.input, tolerance);
    }
    SweepReport { axis: sweep.axis, tolerance, curves }
}
