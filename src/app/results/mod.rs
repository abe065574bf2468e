//! Results: what they say of how they were measured, where they are written and printed, and how they are read again.

pub mod batch_events;
pub mod circumstances;
pub mod outcome;
pub mod result_file;
pub mod target;
