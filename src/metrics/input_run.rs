//! What one of several inputs of a run had of it. CPU time and memory are those of the whole run, because no input has its
//! own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::damage::Damage;
use super::latency::Percentiles;
use super::ledger::LedgerReport;
use super::outages::Outages;
use super::queue::QueueReport;
use super::stage::StageReport;
use super::steady_rate::SteadyRate;

/// One of several inputs of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InputRun {
    /// The input, as it was given.
    pub input: String,
    /// What was done to each of its frames.
    pub chain: String,
    /// Pixels in a row of a captured frame.
    pub width: i32,
    /// Rows of it.
    pub height: i32,
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
    /// Delivered new frames a second; 0 when nothing was delivered.
    pub fn fps(&self) -> f64 {
        self.steady_rate.fps()
    }

    /// The share of its frames that were delivered, 0 to 1, in those that came; 0 if none came.
    pub fn delivered_share(&self) -> f64 {
        self.ledger.new_frames() as f64 / self.ledger.came().max(1) as f64
    }
}
