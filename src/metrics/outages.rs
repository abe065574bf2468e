//! Times in which a source was lost: how often, how long, and how many frames that may have cost.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The outages of a run. An outage is from the last frame before a source was lost to the first one after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Outages {
    /// How many.
    pub count: u64,
    /// Seconds of all together.
    pub seconds: f64,
    /// Frames that would have come meanwhile, by the rate before.
    pub frames: u64,
    /// Whether the source never came back from the last one.
    pub for_good: bool,
    /// Whether the last one was not over when the run ended: the run is shorter than it looks.
    #[serde(default)]
    pub at_end: bool,
}

impl Outages {
    /// Adds an outage of so many seconds, of a source with so many frames a second.
    pub fn add(&mut self, seconds: f64, fps: f64) {
        self.count += 1;
        self.seconds += seconds;
        // The frame that ended the outage did arrive.
        self.frames += ((seconds * fps).round() as u64).saturating_sub(1);
    }
}

impl std::fmt::Display for Outages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { count, seconds, frames, .. } = self;
        match count {
            1 => write!(f, "was lost for {seconds:.1} s")?,
            _ => write!(f, "was lost {count} times, {seconds:.1} s in all")?,
        }
        write!(f, ", about {frames} frames")
    }
}
