//! One step: the input so many times, at such a rate, with one strategy, until it can be said whether that is sustained.

use std::time::Duration;

use anyhow::{Context, Result};

use super::plan::{CapacityPlan, Wanted};
use super::result::Step;
use crate::lab::compare::{OtherInput, run_several};
use crate::metrics::Run;
use crate::pipeline::{Limits, Settings, Watch};
use crate::source::{Input, OpenOptions, Pace, SyntheticSpec};
use crate::strategy::Strategy;

/// Frames that a step is to see: with none of them lost, the share that is lost is then below 1 %.
const FRAMES: f64 = 400.0;
/// Runs of a step at most, if the first does not decide.
const RUNS: usize = 2;

/// How often an input is there, and how fast each comes; none for its own rate.
#[derive(Clone, Copy)]
pub(super) struct Load {
    pub inputs: usize,
    pub fps: Option<f64>,
}

impl Load {
    pub(super) fn of(plan: &CapacityPlan, number: usize) -> Self {
        match plan.axis {
            Wanted::Inputs(fps) => Self { inputs: number, fps },
            Wanted::Fps(inputs) => Self { inputs, fps: Some(number as f64) },
        }
    }
}

/// Makes a step, and returns its last run, too.
pub(super) fn step(
    plan: &CapacityPlan,
    strategy: &dyn Strategy,
    number: usize,
    rate: f64,
    watch: &Watch,
) -> Result<(Step, Run)> {
    let load = Load::of(plan, number);
    let (least, most) = plan.step;
    let wanted = FRAMES / (load.inputs as f64 * load.fps.unwrap_or(rate).max(0.1));
    let duration = Duration::from_secs_f64(wanted).clamp(least, most);
    let mut seen = Seen { number, ..Seen::default() };
    let mut last = None;
    for _ in 0..RUNS {
        let run = run_at(plan, strategy, load, duration, watch)?;
        seen.add(&run);
        last = Some(run);
        if seen.step(plan).decided {
            break;
        }
    }
    Ok((seen.step(plan), last.context("a step without a run")?))
}

fn run_at(plan: &CapacityPlan, strategy: &dyn Strategy, load: Load, duration: Duration, watch: &Watch) -> Result<Run> {
    let (input, open) = as_camera(plan, load.fps);
    let limits = Limits { frames: None, duration: Some(duration) };
    let settings = Settings { limits, open, memory: Some(plan.memory), ..plan.settings.clone() };
    let other = OtherInput { input: input.clone(), chain: plan.chain.clone(), open };
    let others = vec![other; load.inputs - 1];
    Ok(run_several(strategy, (&input, &plan.chain), &others, &settings, watch)?.1)
}

/// The input as it is replicated: one that waits to be read plays a camera, again and again.
pub(super) fn as_camera(plan: &CapacityPlan, fps: Option<f64>) -> (Input, OpenOptions) {
    let open = plan.settings.open;
    match &plan.input {
        Input::Synthetic(spec) => {
            let fps = fps.unwrap_or(if spec.fps > 0.0 { spec.fps } else { USUAL_FPS });
            (Input::Synthetic(SyntheticSpec { fps, frames: ENDLESS, ..*spec }), open)
        }
        // A recorded camera has times of its own.
        Input::Twin(_) => (plan.input.clone(), open),
        input => {
            let pace = fps.map_or(Pace::Own, Pace::Rate);
            (input.clone(), OpenOptions { as_camera: Some(pace), times: u32::MAX, ..open })
        }
    }
}

/// Frames a second of synthetic frames where nothing else is said.
pub(super) const USUAL_FPS: f64 = 30.0;
/// More frames than any step has.
const ENDLESS: u64 = u32::MAX as u64;

/// What the runs of a step saw.
#[derive(Default)]
struct Seen {
    number: usize,
    seconds: f64,
    came: u64,
    lost: u64,
    worst: f64,
    p95_ms: f64,
}

impl Seen {
    fn add(&mut self, run: &Run) {
        self.seconds += run.wall_s;
        // Of a single input the run has no other record.
        self.came += run.ledger.came();
        self.lost += run.ledger.lost();
        let shares = run.inputs.iter().map(|input| input.ledger.lost_share());
        self.worst = shares.fold(self.worst.max(run.ledger.lost_share()), f64::max);
        self.p95_ms = self.p95_ms.max(run.latency_ms.p95);
    }

    fn step(&self, plan: &CapacityPlan) -> Step {
        let (low, high) = wilson(self.lost, self.came);
        let share = self.lost as f64 / self.came.max(1) as f64;
        let late = self.p95_ms > plan.p95.as_secs_f64() * 1e3;
        let sustained = self.came > 0 && share <= plan.loss && !late;
        Step {
            number: self.number,
            seconds: self.seconds,
            came: self.came,
            lost: self.lost,
            lost_share: (low, high),
            worst_lost_share: self.worst,
            p95_ms: self.p95_ms,
            sustained,
            decided: late || high <= plan.loss || low > plan.loss,
        }
    }
}

/// Where a share of which `some` of `all` were seen may really be, at 95 % (Wilson 1927).
pub(super) fn wilson(some: u64, all: u64) -> (f64, f64) {
    const Z: f64 = 1.96;
    if all == 0 {
        return (0.0, 1.0);
    }
    let (n, p) = (all as f64, some as f64 / all as f64);
    let middle = p + Z * Z / (2.0 * n);
    let margin = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    (((middle - margin) / scale).max(0.0), ((middle + margin) / scale).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_the_tables() {
        let (low, high) = wilson(10, 100);
        assert!((low - 0.0552).abs() < 1e-3 && (high - 0.1744).abs() < 1e-3, "{low} {high}");
        assert!(wilson(0, FRAMES as u64).1 < 0.01, "a step without a loss is decided");
        assert_eq!(wilson(0, 0), (0.0, 1.0));
    }
}
