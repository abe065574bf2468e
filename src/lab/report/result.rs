//! The result: one file from which everything shown can be made again. Plain data; it knows neither how it was
//! measured nor how it is shown.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fairness::Fairness;
use super::live::Recorded;
use super::result_file::ResultFile;
use super::strategy::StrategyReport;
use super::sweep::SweepReport;
use crate::host::machine::{Machine, OpenCvFacts};

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

impl ResultFile for Report {
    /// 2: each strategy holds its typical run as it was measured (`wall_s`, `cpu_s`, `joined`, ...).
    const SCHEMA: u32 = 3;
    const COMMANDS: &'static str = "compare or run";
    const OWN_FIELD: &'static str = "settings";
}

impl Report {
    /// The strategy of this name, if it took part.
    pub fn strategy(&self, name: &str) -> Option<&StrategyReport> {
        self.strategies.iter().find(|strategy| strategy.name() == name)
    }

    /// Whether the input was live.
    pub fn is_live(&self) -> bool {
        self.strategies.iter().any(|strategy| strategy.live.is_some())
    }
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
    /// Frames a queue can hold.
    pub queue: usize,
    /// What happens when a queue is full; none in results from before there was a choice.
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

/// How a comparison came to its end.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Decision {
    /// Rounds that were run.
    pub rounds: usize,
    /// Seconds they took.
    pub seconds: f64,
    /// Seconds they might have taken; none if their number was given.
    pub budget_s: Option<f64>,
    /// Differences smaller than this part did not have to be settled.
    pub precision: Option<f64>,
    /// Neighbours in the order that the budget was too short to tell apart.
    pub open: Vec<(String, String)>,
    /// Frames of each run, if a long input was cut so that several rounds fit into the budget.
    pub frames_a_run: Option<u64>,
}

/// A strategy that could not take part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOut {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
}
