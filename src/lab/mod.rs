//! The laboratory: every strategy on the same work, compared and explained; what one thing costs; what survives a fault;
//! and lessons that put a claim to the test.

pub mod capacity;
pub mod compare;
pub mod diff;
pub mod fault_injection;
pub mod lessons;
pub mod microbench;
pub mod palette;
pub mod report;
pub mod sweep;
