//! What a search for the capacity of this machine found, as plain data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::host::machine::{Machine, OpenCvFacts};
use crate::lab::report::{ResultFile, Verdict};

/// How many inputs this machine sustains, or how many frames a second of so many inputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "framerace capacity")]
pub struct Capacity {
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
    /// The input that was there several times.
    pub input: String,
    /// Pixels in a row.
    pub width: i32,
    /// Rows.
    pub height: i32,
    /// What was done to each frame.
    pub chain: String,
    /// Workers asked for.
    pub workers: usize,
    /// What was searched for: `inputs` or `fps`.
    pub axis: String,
    /// Frames a second of each input, where the number of inputs was searched for.
    pub fps: Option<f64>,
    /// Inputs, where their rate was searched for.
    pub inputs: Option<usize>,
    /// The share of the frames that may be lost, 0 to 1.
    pub loss: f64,
    /// The most milliseconds that 95 % of the frames may take.
    pub p95_ms: f64,
    /// What each strategy sustains, the most first.
    pub sustained: Vec<Sustained>,
    /// Strategies that could not take part, and why.
    pub left_out: Vec<(String, String)>,
}

impl ResultFile for Capacity {
    const SCHEMA: u32 = 1;
    const COMMANDS: &'static str = "capacity";
    const OWN_FIELD: &'static str = "sustained";
}

/// What one strategy sustains.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sustained {
    /// The strategy.
    pub strategy: String,
    /// The largest number that it sustains; 0 if not even one.
    pub most: usize,
    /// Whether that and the number above it were asked three times, and most answers of each agree.
    pub confirmed: bool,
    /// Why no more was tried, where the search ended at a bound.
    pub bound: Option<String>,
    /// What the figures of one input, or of the lowest rate, had said; none where they say nothing.
    pub predicted: Option<f64>,
    /// What limits at the number above.
    pub limit: Option<Verdict>,
    /// The most memory of the process tree at the number that is sustained, in millions of bytes.
    pub memory_mb: f64,
    /// The share of the cores' time that it takes, 0 to 1.
    pub cpu_share: f64,
    /// Every step, in the order in which they were made.
    pub steps: Vec<Step>,
}

/// One step of the search: a run with so many inputs, or at such a rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// Inputs, or frames a second.
    pub number: usize,
    /// Seconds it took.
    pub seconds: f64,
    /// Frames that came.
    pub came: u64,
    /// Frames that were lost, wherever.
    pub lost: u64,
    /// Where the share that is lost may really be, from and to (Wilson, 95 %).
    pub lost_share: (f64, f64),
    /// The largest share that one input lost.
    pub worst_lost_share: f64,
    /// Milliseconds that 95 % of the frames took at most.
    pub p95_ms: f64,
    /// Whether it is sustained.
    pub sustained: bool,
    /// Whether the interval says so; otherwise the share itself does, because a step may not take longer.
    pub decided: bool,
}
