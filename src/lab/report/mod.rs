//! The report: what a race gave, as plain data, and the forms it is shown in.
//!
//! It sees numbers only. Nothing here knows how a strategy is joined or what OpenCV is.

mod fairness;
mod format;
mod live;
mod number;
mod rates;
mod rounds;
mod summary;
mod sweep;
mod table;
mod verdict;
mod words;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::host::interference::Interference;
use crate::host::machine::{Machine, OpenCvFacts};
use crate::metrics::{
    BufferReport, Distribution, LedgerReport, LossReport, Outages, Percentiles, QueueReport, StageReport, SteadyRate,
    Timeline, Trace,
};
use crate::predict::Prediction;
use crate::statistics::Estimate;

pub use fairness::{Confidence, Fairness, Outlier};
pub use format::{FORMATS, Format, from_json, schema, to_json};
pub(crate) use format::{chart, embedded, json, schema_of, tied};
pub use live::{LiveFigures, Recorded};
pub(crate) use number::{percent, three_digits};
pub use rates::Rate;
pub use rounds::{Decision, LeftOut, Spread};
pub use summary::{Circumstances, summarize};
pub use sweep::{Axis, Curve, Knee, Law, PixelCost, Point, Standing, SweepReport};
pub use table::{Detail, to_table};
pub(crate) use table::{plain_table, trimmed, wrapped};
pub use verdict::{CHECKS, Check, Conditions, Finding, Kind, Verdict, findings, judge};

/// The version of the result file's form. It grows when a field changes its meaning or goes.
pub const SCHEMA: u32 = 1;

/// A result: one file from which everything shown can be made again. A field that came later than others has a
/// default, so that files written before it stay readable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "framerace result")]
pub struct Report {
    /// Version of this form.
    pub schema: u32,
    /// Version of framerace.
    pub framerace: String,
    /// The command line, as it was given.
    pub command: Vec<String>,
    /// The machine.
    pub machine: Machine,
    /// OpenCV and its own threads.
    pub opencv: OpenCvFacts,
    /// What was run on.
    pub input: InputReport,
    /// What was done to each frame.
    pub chain: String,
    /// How it was run.
    pub settings: SettingsReport,
    /// The strategies, best first; those that are not ranked last.
    pub strategies: Vec<StrategyReport>,
    /// How the comparison came to its end; none of a single run.
    #[serde(default)]
    pub decision: Option<Decision>,
    /// What a race on recorded frames of a live source gave; none where there was none.
    #[serde(default)]
    pub recorded: Option<Recorded>,
    /// What a sweep of one axis says; the values on it are among the strategies.
    #[serde(default)]
    pub sweep: Option<SweepReport>,
    /// What makes figures of this result hard to compare, in words.
    #[serde(default)]
    pub disturbances: Vec<String>,
    /// How far the figures can be compared; none in results from before that was asked.
    #[serde(default)]
    pub fairness: Option<Fairness>,
    /// Strategies that could not take part.
    pub left_out: Vec<LeftOut>,
    /// What the user should know: frames that could not be decoded, for one.
    pub notes: Vec<String>,
}

/// The input of a result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InputReport {
    /// As it was given.
    pub name: String,
    /// Pixels in a row.
    pub width: i32,
    /// Rows.
    pub height: i32,
    /// `gray8` or `bgr8`.
    pub pixels: String,
    /// Frames a second on its own time line, if it says so.
    pub fps: Option<f64>,
    /// Frames it says it has, over all times it was played.
    pub frames: Option<u64>,
    /// What read it, with its hidden threads.
    pub reader: String,
}

/// The settings of a result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SettingsReport {
    /// Workers asked for.
    pub workers: usize,
    /// Frames a link can hold.
    pub queue: usize,
    /// What happens when a link is full; none in results from before there was a choice.
    #[serde(default)]
    pub overflow: Option<String>,
    /// Rounds, each strategy once in each.
    pub rounds: usize,
    /// Frames of the warm-up of each strategy.
    pub warmup: u64,
    /// Seed of the order within the rounds.
    pub seed: u64,
    /// Times a file was played.
    pub times: u32,
    /// Decoder threads asked for.
    pub decode_threads: usize,
    /// Seconds a worker process may take for a frame before it counts as hung.
    #[serde(default)]
    pub frame_timeout_s: f64,
    /// Whether a frame that no worker process survives ends the run.
    #[serde(default)]
    pub strict: bool,
    /// Why strategy, workers and decoder threads were chosen, if they were to be found out.
    #[serde(default)]
    pub auto: Option<String>,
    /// Whether clocks were read.
    pub meters: bool,
    /// What wrote frames, with its hidden threads; none if nothing did.
    #[serde(default)]
    pub writer: Option<String>,
}

/// One strategy in a result. Figures that are not said to be over all rounds are those of the round whose FPS is the
/// median.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StrategyReport {
    /// Its name.
    pub name: String,
    /// Workers of its filter stage.
    pub workers: usize,
    /// Its place, from 1, shared by those between whom there is no difference; none if it is not ranked, because it
    /// dropped or changed frames.
    pub place: Option<usize>,
    /// Frames delivered.
    pub frames: u64,
    /// Delivered new frames a second, over all rounds.
    pub fps: Spread,
    /// Median FPS and where it may really be (bootstrap over the rounds); none of a single round.
    #[serde(default)]
    pub fps_estimate: Option<Estimate>,
    /// What FPS is taken over: the run without its first and last frames.
    #[serde(default)]
    pub steady_rate: SteadyRate,
    /// FPS over that of `sequential`: the median over the rounds of the ratio within the round.
    pub speedup: Option<f64>,
    /// The same as a trimmed mean, and where it may really be; none of a single round.
    #[serde(default)]
    pub speedup_estimate: Option<Estimate>,
    /// The 95th percentile of the latency in every round, in milliseconds.
    #[serde(default)]
    pub p95_samples: Vec<f64>,
    /// The most memory in every round, in millions of bytes.
    #[serde(default)]
    pub memory_samples: Vec<f64>,
    /// CPU milliseconds a frame in every round.
    #[serde(default)]
    pub cpu_samples: Vec<f64>,
    /// Median of the rounds' 95th percentile of the latency in milliseconds, and where it may really be.
    #[serde(default)]
    pub p95_estimate: Option<Estimate>,
    /// Median of the rounds' most memory in millions of bytes, and where it may really be.
    #[serde(default)]
    pub memory_estimate: Option<Estimate>,
    /// Round by round, what else kept the machine busy.
    #[serde(default)]
    pub neighbours: Vec<Interference>,
    /// CPU seconds over cores × seconds of the whole run, 0 to 1: how much of what the cores could do at this price a
    /// frame was done.
    pub cpu_limit_share: f64,
    /// CPU milliseconds a frame of the whole process tree.
    pub cpu_ms_per_frame: f64,
    /// Capture to delivery.
    pub latency_ms: Percentiles,
    /// The same as counts; none without clocks.
    #[serde(default)]
    pub latencies: Option<Distribution>,
    /// Frames and links by the time of the run; none without clocks.
    #[serde(default)]
    pub timeline: Option<Timeline>,
    /// The most memory (PSS) of the whole process tree, in millions of bytes.
    pub peak_memory_mb: f64,
    /// How much of that came on top of what the process had before, in millions of bytes.
    pub added_memory_mb: f64,
    /// Milliseconds from the order to run to the first frame asked for.
    pub startup_ms: f64,
    /// Hash over number, shape and pixels of all frames in order.
    pub output_hash: Option<String>,
    /// Whether every round delivered the very frames of `sequential`; none if that was not compared.
    pub same_pixels: Option<bool>,
    /// Where every frame went.
    pub ledger: LedgerReport,
    /// Its stages in the order of the path.
    pub stages: Vec<StageReport>,
    /// The links between them.
    pub links: Vec<QueueReport>,
    /// Frame buffers made.
    pub buffers: BufferReport,
    /// Page faults without disk a frame, of the whole process tree.
    pub minor_faults_per_frame: f64,
    /// The same once every buffer and worker had been in use; none if the run was too short to tell.
    #[serde(default)]
    pub steady_faults_per_frame: Option<f64>,
    /// What was lost with worker processes, and what was done about it.
    #[serde(default)]
    pub losses: LossReport,
    /// Times in which the source was lost.
    #[serde(default)]
    pub outages: Outages,
    /// What worker processes were kept from, in words; none where there were none.
    #[serde(default)]
    pub sandbox: Option<String>,
    /// How often a thread of the process tree gave up its core, or had to, a frame.
    #[serde(default)]
    pub context_switches_per_frame: f64,
    /// Share of the CPU time that clocks cost when they were told to look less closely, 0 to 1; none if they never
    /// were. CPU figures and parts of stages are then those of the first frames.
    #[serde(default)]
    pub clocks_too_dear: Option<f64>,
    /// Estimated share of the CPU time that measuring itself took, 0 to 1.
    pub meter_share: f64,
    /// What changes would give, and what they gave where that was tried.
    #[serde(default)]
    pub what_if: Vec<Prediction>,
    /// The rate each stage was asked for beside the rate it could do; empty where no clock was read.
    #[serde(default)]
    pub rates: Vec<Rate>,
    /// What a live source adds: the pace it came at, what is claimed and what is possible; none of sources that wait.
    #[serde(default)]
    pub live: Option<LiveFigures>,
    /// What every thread did with the first frames of the first round, if that was traced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<Trace>,
    /// What limits it: the first of its findings.
    pub verdict: Verdict,
    /// All that was found, what limits before what only costs.
    #[serde(default)]
    pub findings: Vec<Finding>,
}

impl StrategyReport {
    /// Whether it made the pixels of `sequential`, as people read it.
    fn sameness(&self) -> &'static str {
        match self.same_pixels {
            Some(true) => "✓",
            Some(false) => "✗ differ",
            None => "–",
        }
    }
}
