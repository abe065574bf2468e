//! What capacity is asked for. Plain data.

use std::time::Duration;

use crate::filter::Chain;
use crate::pipeline::Settings;
use crate::source::Input;
use crate::strategy::Strategy;

/// What to search.
pub struct CapacityPlan {
    /// The command line.
    pub command: Vec<String>,
    /// The input that is there several times; one that waits to be read plays a camera.
    pub input: Input,
    /// What is done to each frame.
    pub chain: Chain,
    /// Who is asked.
    pub strategies: Vec<&'static dyn Strategy>,
    /// How each runs.
    pub settings: Settings,
    /// What is searched for.
    pub axis: Wanted,
    /// The share of the frames that may be lost, 0 to 1.
    pub loss: f64,
    /// The most that 95 % of the frames may take from capture to delivery.
    pub p95: Duration,
    /// The least and the most time that one step takes.
    pub step: (Duration, Duration),
    /// The most memory that frames may take, in bytes.
    pub memory: u64,
}

/// What is searched for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wanted {
    /// How many inputs at so many frames a second; none for the input's own rate.
    Inputs(Option<f64>),
    /// How many frames a second with so many inputs.
    Fps(usize),
}
