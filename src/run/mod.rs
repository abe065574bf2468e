//! One run of one strategy: opens the input, lets the strategy run, and collects what the meters counted. Of several inputs at
//! once each has meters of its own.
//!
//! - `one`: a run of one input; `inputs`: of several at the same time; `prepare`: what both need
//! - `child_main`: the process of one of several inputs

mod child_main;
mod inputs;
mod one;
mod prepare;

pub use child_main::input_main;
pub use inputs::{RunInput, run_inputs};
pub use one::{run, run_opener, run_source};
