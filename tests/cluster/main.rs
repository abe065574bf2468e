//! Array jobs on a real Slurm: `scripts/with-slurm 4 cargo test --test cluster -- --test-threads=1`, which scripts/test does.
//! Without a Slurm the tests are skipped, and say so.

#[path = "../common/mod.rs"]
mod common;

mod engine;
mod faults;
mod parallel;
mod whole;
