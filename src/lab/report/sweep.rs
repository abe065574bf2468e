//! A sweep as plain data: one axis, and for each strategy its curve, with what was found on it. It is kept from
//! knowing how anything was run or fitted; the figures of each point are those of the strategy called `name`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::statistics::Estimate;

/// What a sweep varies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Axis {
    /// Workers of the filter stage.
    Workers,
    /// Frames that each queue can hold.
    Queue,
    /// Width and height of the frames that the chain is given.
    Size,
}

impl Axis {
    /// Every axis, in the order they are listed.
    pub const ALL: [Self; 3] = [Self::Workers, Self::Queue, Self::Size];
}

impl fmt::Display for Axis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// One axis, swept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SweepReport {
    /// What was varied.
    pub axis: Axis,
    /// Differences of FPS smaller than this part count as none.
    pub tolerance: f64,
    /// What each strategy made of it.
    pub curves: Vec<Curve>,
}

/// What one strategy made of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Curve {
    /// The strategy.
    pub strategy: String,
    /// Value by value, the smallest first.
    pub points: Vec<Point>,
    /// Where more stops to pay. Of `size`: unknown, for larger frames are no gain.
    pub knee: Knee,
    /// Laws of scaling fitted to the medians, of `workers` only; with three values Amdahl's alone.
    pub laws: Vec<Law>,
    /// What a pixel costs, of `size` only.
    pub pixels: Option<PixelCost>,
    /// All that in words, a sentence each.
    pub words: Vec<String>,
}

/// One value of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Point {
    /// The value, as `4` or `640x360`.
    pub value: String,
    /// The same as a number: workers, frames, or millions of pixels.
    pub amount: f64,
    /// What it is called among the strategies of this result.
    pub name: String,
    /// FPS over that of the first value, round by round; none of a single round.
    pub gain: Option<Estimate>,
    /// What a worker, or a pixel, achieves: the gain over how many times as many there are (`workers`), or times how
    /// many times as many there are (`size`). None of `queue`.
    pub efficiency: Option<f64>,
    /// FPS over that of the fastest value, round by round; none of a single round.
    pub to_best: Option<Estimate>,
    /// What that says.
    pub standing: Standing,
    /// The limiting stage, and how it limits.
    pub limited_by: String,
}

/// How a value compares with the fastest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// It is the fastest.
    Best,
    /// No more than the tolerance behind it.
    #[serde(alias = "level")]
    Tied,
    /// Slower: the interval excludes the best.
    Slower,
    /// The rounds do not tell.
    Open,
}

/// Where more stops to pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Knee {
    /// No value differs from the fastest.
    Flat,
    /// This value is enough, and every smaller one is slower.
    At(String),
    /// The largest value is the fastest: there may be more beyond it.
    Beyond,
    /// It lies between these; the rounds do not tell where.
    Between(String, String),
    /// There is nothing to tell it from: one round, or one value.
    Unknown,
}

/// A law of scaling, fitted: FPS of N workers = γN / (1 + α(N−1) + βN(N−1)).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Law {
    /// Its name and its source.
    pub name: String,
    /// FPS of one worker.
    pub gamma: f64,
    /// The part that only one can do at a time (contention), 0 to 1.
    pub alpha: f64,
    /// What each has to do for each other one (coherency); 0 in Amdahl's law.
    pub beta: f64,
    /// Workers beyond which it becomes slower, √((1−α)/β); none where it never does.
    pub peak: Option<f64>,
    /// How far it is off, as a part of the FPS: root of the mean square.
    pub off: f64,
    /// Whether it is the one to believe: of two laws the simpler one, unless the other is better (F-test of the
    /// parameter it has more, 95 %).
    pub preferred: bool,
}

/// What a frame takes by its pixels: milliseconds = fixed + each · megapixels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PixelCost {
    /// Milliseconds that a frame takes whatever its size.
    pub fixed_ms: f64,
    /// Milliseconds a million pixels.
    pub megapixel_ms: f64,
    /// How far that is off, as a part of the time: root of the mean square.
    pub off: f64,
}
