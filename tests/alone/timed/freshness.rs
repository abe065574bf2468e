//! With drop-oldest a frame does not grow old before it is delivered.

use super::rounds::{Question, decide};
use crate::common::{run_on, settings};
use framerace::pipeline::{Overflow, Policies, Settings};
use framerace::strategy::find;

#[test]
fn with_drop_oldest_frames_are_fresh() {
    let settings = Settings { workers: 1, queue: 1, overflow: Policies::all(Overflow::DropOldest), ..settings() };
    // The latency over what it may be: two frames in the filter, and the time between two frames of the camera.
    let age = || {
        let threads = find("threads").expect("a strategy");
        let run = run_on(threads, "synthetic:320x240@30x90", "delay=100", &settings).expect("it runs");
        run.latency_ms.p95 / (2.0 * run.stages[1].service_ms.p95 + 1e3 / 30.0)
    };
    decide(&[Question::new("latency", 0.0..=1.0, age)]);
}
