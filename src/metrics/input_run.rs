//! What one of several inputs of a run had of it. CPU time and memory are those of the whole run, because no input has its
//! own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::damage::Damage;
use super::latency::Percentiles;
use super::ledger::LedgerReport;
use super::outages::Outages;
use super::queue::QueueReport;
use super::run::Run;
use super::stage::StageReport;
use super::steady_rate::SteadyRate;

/// One of several inputs of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InputRun {
    /// The input, as it was given.
    pub input: String,
    /// What was done to each of its frames.
    pub chain: String,
    /// Frames a second that it gives at most, if it is paced and says so.
    pub pace: Option<f64>,
    /// Whether its frames come when they come, and not as fast as they are asked for.
    pub live: bool,
    /// Seconds from its first frame asked for to its last frame delivered.
    pub wall_s: f64,
    /// The frames and the time that its FPS is measured over.
    pub steady_rate: SteadyRate,
    /// Where its frames went.
    pub ledger: LedgerReport,
    /// Capture to delivery of its frames.
    pub latency_ms: Percentiles,
    /// Hash over number, shape and pixels of each of its delivered frames in order, if the sink makes one.
    #[serde(rename = "output_hash")]
    pub hash: Option<String>,
    /// The stages of its path. Workers that are shared with other inputs were busy so long for this one.
    pub stages: Vec<StageReport>,
    /// The queues between them.
    pub queues: Vec<QueueReport>,
    /// Times in which it was lost.
    pub outages: Outages,
    /// What was damaged in it.
    pub damage: Damage,
}

impl InputRun {
    /// Its part of a run that was measured as if there were no other.
    pub(super) fn of(input: &str, chain: &str, run: &Run) -> Self {
        Self {
            input: input.to_owned(),
            chain: chain.to_owned(),
            pace: run.setup.pace,
            live: run.setup.live,
            wall_s: run.wall_s,
            steady_rate: run.steady_rate,
            ledger: run.ledger.clone(),
            latency_ms: run.latency_ms,
            hash: run.hash.clone(),
            stages: run.stages.clone(),
            queues: run.queues.clone(),
            outages: run.outages,
            damage: run.damage,
        }
    }

    /// Delivered new frames a second; 0 when nothing was delivered.
    pub fn fps(&self) -> f64 {
        self.steady_rate.fps()
    }

    /// The share of its frames that were delivered, 0 to 1, in those that came; 0 if none came.
    pub fn delivered_share(&self) -> f64 {
        self.ledger.new_frames() as f64 / self.ledger.came().max(1) as f64
    }
}

impl Run {
    /// How evenly the inputs were served: the least over the most, 0 to 1. Of live inputs the share of their frames that were
    /// delivered is compared, because their rates may differ; of others the FPS. None of a single input.
    pub fn evenness(&self) -> Option<f64> {
        let live = self.inputs.iter().all(|input| input.live);
        let served = |input: &InputRun| if live { input.delivered_share() } else { input.fps() };
        let least = self.inputs.iter().map(served).reduce(f64::min)?;
        let most = self.inputs.iter().map(served).reduce(f64::max)?;
        (self.inputs.len() > 1).then(|| if most > 0.0 { least / most } else { 1.0 })
    }
}
