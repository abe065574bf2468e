//! Tests that need the process, or the whole machine, for themselves: they run in one thread, one after the other, and
//! `scripts/test` runs them last, when nothing else runs.
//!
//!     cargo test --test alone -- --test-threads=1

#[path = "../common/mod.rs"]
mod common;

mod descriptors;
mod memory;

/// What is decided by measured times.
mod timed {
    mod capacity;
    mod choices;
    mod clocks;
    mod disturbed;
    mod ending;
    mod freshness;
    mod inputs;
    mod kinds;
    mod live;
    mod predictions;
    mod rate;
    mod rounds;
    mod stages;
    mod verdicts;
}
