//! Scenarios: what could be other than it was, and what the simulation predicts of each.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::model::Line;
use super::simulate::{fitted, rate};
use crate::metrics::{Run, stage_name};
use crate::statistics::Estimate;

/// How much less time a stage takes that is made faster.
pub const FASTER: f64 = 0.2;
/// Numbers of cores that are looked at.
pub const CORES: &[usize] = &[1, 2, 4, 8, 16, 32, 64];

/// Something that could be other than it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scenario {
    /// So many workers.
    Workers(usize),
    /// So many frames in each queue.
    Queue(usize),
    /// This stage or filter takes a fifth less time.
    Faster(#[serde(deserialize_with = "stage_name::of_any_version")] String),
    /// This stage or filter takes no time.
    Without(#[serde(deserialize_with = "stage_name::of_any_version")] String),
    /// So many cores, and as many workers where a strategy lets us choose.
    Cores(usize),
}

/// What a scenario would give.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Prediction {
    /// The scenario.
    pub scenario: Scenario,
    /// Frames a second with it, as the simulation has it.
    pub fps: f64,
    /// The same over what was measured without it.
    pub gain: f64,
    /// What an experiment gave, over what was measured without the scenario in the same rounds; none where no experiment
    /// was made.
    #[serde(default)]
    pub measured: Option<Estimate>,
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workers(workers) => write!(f, "-w {workers}"),
            Self::Queue(queue) => write!(f, "-q {queue}"),
            Self::Faster(name) => write!(f, "{name} {:.0} % faster", FASTER * 100.0),
            Self::Without(name) => write!(f, "if {name} were free"),
            Self::Cores(1) => f.write_str("1 core"),
            Self::Cores(cores) => write!(f, "{cores} cores"),
        }
    }
}

/// What each scenario would give for a run on a machine with `cores` cores; nothing if nothing was timed.
pub fn predict(run: &Run, cores: f64) -> Vec<Prediction> {
    let Some(line) = Line::of(run, cores) else { return Vec::new() };
    let line = fitted(line, run.fps());
    let usual = rate(&line);
    let scenarios = scenarios(&line);
    let prediction = |scenario: Scenario| {
        let gain = rate(&under(&line, &scenario)) / usual;
        Prediction { fps: run.fps() * gain, gain, measured: None, scenario }
    };
    // Infinitely fast is nothing a user could have.
    scenarios.into_iter().map(prediction).filter(|prediction| prediction.gain.is_finite()).collect()
}

/// The scenarios for a line.
fn scenarios(line: &Line) -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    if let Some(workers) = line.workers() {
        scenarios.extend((workers > 1).then(|| Scenario::Workers(workers - 1)));
        scenarios.push(Scenario::Workers(workers + 1));
    }
    scenarios.extend(line.queue().map(|queue| Scenario::Queue(2 * queue)));
    let names = line.names();
    scenarios.extend(names.iter().cloned().map(Scenario::Faster));
    scenarios.extend(names.into_iter().map(Scenario::Without));
    scenarios.extend(CORES.iter().copied().map(Scenario::Cores));
    scenarios
}

/// The line under a scenario.
fn under(line: &Line, scenario: &Scenario) -> Line {
    let mut line = line.clone();
    match scenario {
        Scenario::Workers(workers) => line.set_workers(*workers),
        Scenario::Queue(queue) => line.set_queue(*queue),
        Scenario::Faster(name) => line.steps_mut(name).for_each(|step| step.seconds *= 1.0 - FASTER),
        Scenario::Without(name) => line.steps_mut(name).for_each(|step| step.seconds = 0.0),
        Scenario::Cores(cores) => {
            line.cores = *cores as f64;
            line.set_workers(*cores);
        }
    }
    line
}
