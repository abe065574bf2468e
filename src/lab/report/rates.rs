//! Asked against could: the rate each stage was asked for beside the rate it could do, and the lowest of these, which
//! is the ceiling of the run.
//!
//! A stage could do one frame per service time and worker. The service time is without the time its threads were
//! ready but had no core, which is not the stage's doing, and with the time in line for a lock, which is. What a wait
//! for a core hides, the line of the cores shows: as many frames a second as their time lasts for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::verdict::load;
use crate::metrics::{Run, stage_name};

/// One line of "asked against could".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rate {
    /// The stage; `together` where one thread does all stages; `cores` for the CPU time there is.
    #[serde(deserialize_with = "stage_name::of_any_version")]
    pub name: String,
    /// Frames a second that reached it.
    pub asked_fps: f64,
    /// Frames a second it could do; none if it took no time that could be seen.
    pub could_fps: Option<f64>,
    /// Whether it could do the least of all.
    pub ceiling: bool,
}

/// The rates of a run on so many processors: its stages in the order of the path, then what binds several of them.
/// Empty if no clock was read.
pub(super) fn rates(run: &Run, capacity: f64) -> Vec<Rate> {
    let per_s = |count: f64| if run.wall_s > 0.0 { count / run.wall_s } else { 0.0 };
    let rate = |name: &str, asked_fps: f64, load: f64| Rate {
        name: name.to_owned(),
        asked_fps,
        could_fps: Some(asked_fps / load).filter(|could| could.is_finite() && *could > 0.0),
        ceiling: false,
    };
    let mut rates: Vec<_> =
        run.stages.iter().map(|stage| rate(&stage.name, per_s(stage.frames as f64), load(stage))).collect();
    if rates.iter().all(|rate| rate.could_fps.is_none()) {
        return Vec::new();
    }
    if run.queues.is_empty() {
        rates.push(rate("together", run.fps(), run.stages.iter().map(load).sum()));
    }
    rates.push(rate("cores", run.fps(), per_s(run.cpu_s) / capacity));
    let least = rates.iter().filter_map(|rate| rate.could_fps).fold(f64::INFINITY, f64::min);
    if let Some(ceiling) = rates.iter_mut().rfind(|rate| rate.could_fps == Some(least)) {
        ceiling.ceiling = true;
    }
    rates
}
