//! One run: one pass of one strategy over one input, as plain numbers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::buffers::BufferReport;
use super::damage::Damage;
use super::input_run::InputRun;
use super::latency::{Distribution, Percentiles};
use super::ledger::LedgerReport;
use super::losses::LossReport;
use super::outages::Outages;
use super::queue::QueueReport;
use super::stage::{PartReport, StageReport};
use super::steady_rate::SteadyRate;
use super::timeline::Timeline;
use super::topology::Topology;
use super::trace::Trace;
use crate::host::interference::Interference;

/// How a run was set up: what its figures alone do not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunSetup {
    /// How its stages are connected.
    pub topology: Topology,
    /// Frames that can be under way at once: the buffers of the run.
    pub in_flight: usize,
    /// Frames a second that the source gives at most, if it is paced and says so.
    pub pace: Option<f64>,
    /// Whether frames come when they come, and not as fast as they are asked for.
    #[serde(default)]
    pub live: bool,
}

/// What one pass of one strategy did. A result holds the typical run of each strategy; a field that came later than
/// others has a default, so that results written before it stay readable.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Run {
    /// The strategy's name.
    #[serde(rename = "name")]
    pub strategy: String,
    /// Workers of its filter stage.
    pub workers: usize,
    /// How it was set up.
    #[serde(default)]
    pub setup: RunSetup,
    /// Seconds from the call to the first frame asked for, in which threads and processes start.
    #[serde(default)]
    pub startup_s: f64,
    /// Seconds from the first frame asked for to the last frame delivered.
    #[serde(default)]
    pub wall_s: f64,
    /// Frames of a live source that came after the first captured one, up to the last captured one, unread ones included.
    #[serde(default)]
    pub arrivals: u64,
    /// Seconds from the arrival of the first frame to that of the last one; 0 if the source is not live.
    #[serde(default)]
    pub arrivals_s: f64,
    /// The frames and the time that FPS is measured over.
    #[serde(default)]
    pub steady_rate: SteadyRate,
    /// Where every frame went.
    pub ledger: LedgerReport,
    /// CPU seconds of the whole process tree within `wall_s`.
    #[serde(default)]
    pub cpu_s: f64,
    /// The part of it in the kernel, as far as it counts that: in ticks of some milliseconds.
    #[serde(default)]
    pub system_s: f64,
    /// Page faults without disk of the whole process tree within `wall_s`.
    #[serde(default)]
    pub minor_faults: u64,
    /// Minor faults per frame after the warm-up, once every buffer and worker has been in use; none if the run was too short.
    #[serde(default, rename = "steady_faults_per_frame")]
    pub steady_faults: Option<f64>,
    /// Context switches of all threads of the process tree within `wall_s`, voluntary or not.
    #[serde(default)]
    pub context_switches: u64,
    /// What other programs took of the machine within `wall_s`.
    #[serde(default)]
    pub interference: Interference,
    /// Memory (PSS) before the run, in bytes.
    #[serde(default)]
    pub memory_at_start: u64,
    /// The most memory (PSS of the whole process tree) seen during the run, in bytes.
    #[serde(default)]
    pub peak_memory: u64,
    /// The same by what most tools show: the sum of the resident set sizes, in which what processes share counts for
    /// each of them.
    #[serde(default)]
    pub peak_resident: u64,
    /// Capture to delivery of a frame.
    pub latency_ms: Percentiles,
    /// The same as a histogram; none without clocks.
    #[serde(default)]
    pub latencies: Option<Distribution>,
    /// Frames and queues by the time of the run; none without clocks.
    #[serde(default)]
    pub timeline: Option<Timeline>,
    /// Hash over number, shape and pixels of every delivered frame in order, if the sink makes one.
    #[serde(rename = "output_hash")]
    pub hash: Option<String>,
    /// The stages in the order of the path.
    pub stages: Vec<StageReport>,
    /// The queues between them.
    #[serde(alias = "links")]
    pub queues: Vec<QueueReport>,
    /// Frame buffers made.
    pub buffers: BufferReport,
    /// Failures of worker processes and their consequences.
    #[serde(default)]
    pub losses: LossReport,
    /// Times in which the source was lost.
    #[serde(default)]
    pub outages: Outages,
    /// What was damaged in the input.
    #[serde(default)]
    pub damage: Damage,
    /// The lock that its filters stand in line for, if they have one in common.
    #[serde(default)]
    pub lock: Option<String>,
    /// What worker processes are kept from, in words; none where there are none.
    #[serde(default)]
    pub sandbox: Option<String>,
    /// What wrote the frames, with its hidden threads; none where they were only hashed.
    #[serde(default)]
    pub writer: Option<String>,
    /// What the user should know about it: frames that could not be decoded, for one.
    #[serde(default)]
    pub notes: Vec<String>,
    /// What each input had of it, where there are several: all other figures are those of all inputs together.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<InputRun>,
    /// Share of the CPU time that clocks cost when they stopped measuring details, 0 to 1; none if they never did. CPU
    /// figures and parts of stages are then those of the frames before.
    #[serde(default, alias = "clocks_too_dear")]
    pub clocks_too_expensive: Option<f64>,
    /// Estimated share of the CPU time that measuring itself took, 0 to 1.
    pub meter_share: f64,
    /// What every thread did with the first frames, if they were traced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<Trace>,
}

impl Run {
    /// Delivered new frames a second while every stage had work, see [`SteadyRate`]; 0 when nothing was delivered.
    pub fn fps(&self) -> f64 {
        self.steady_rate.fps()
    }

    /// How evenly the inputs were served: the least over the most, 0 to 1. Of live inputs the share of their frames that were
    /// delivered is compared, because their rates may differ; of others the FPS. None of a single input.
    pub fn evenness(&self) -> Option<f64> {
        let live = self.inputs.iter().all(|input| input.live);
        let served = |input: &InputRun| if live { input.delivered_share() } else { input.fps() };
        let least = self.inputs.iter().map(served).reduce(f64::min)?;
        let most = self.inputs.iter().map(served).reduce(f64::max)?;
        (self.inputs.len() > 1).then(|| if most > 0.0 { least / most } else { 1.0 })
    }

    /// The stage of this name, if the strategy has it.
    pub fn stage(&self, name: &str) -> Option<&StageReport> {
        self.stages.iter().find(|stage| stage.name == name)
    }

    /// The part of this name, of whichever stage.
    pub fn part(&self, name: &str) -> Option<&PartReport> {
        self.stages.iter().flat_map(|stage| &stage.parts).find(|part| part.name == name)
    }

    /// Why nothing was delivered though there were frames, in words that follow the name of the input.
    pub fn why_nothing(&self) -> Option<String> {
        let given_up = self.losses.poison.first().map(|first| {
            let frames = self.ledger.failed;
            format!("had {frames} frames, and workers were lost over every one: {first}")
        });
        given_up.or_else(|| self.damage.is_any().then(|| format!("is damaged: {}", self.damage)))
    }

    /// CPU seconds a delivered new frame; 0 when nothing was delivered.
    pub fn cpu_per_frame(&self) -> f64 {
        match self.ledger.new_frames() {
            0 => 0.0,
            frames => self.cpu_s / frames as f64,
        }
    }

    /// Share of the CPU time of `cores` that this run used, from its first frame to its last, 0 to 1. With the same CPU time
    /// for each frame, no strategy could be faster by more than the factor 1 ÷ this.
    pub fn cpu_limit_share(&self, cores: f64) -> f64 {
        let all = self.wall_s * cores;
        // A run of a few milliseconds may seem to use more, because its clocks are not read at one instant.
        if all > 0.0 { (self.cpu_s / all).min(1.0) } else { 0.0 }
    }
}
