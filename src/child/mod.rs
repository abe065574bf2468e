//! Child processes: how they are started, how many may start at once, how they are locked in, what they said, and how
//! they ended.

mod command;
pub(crate) mod failure;
pub(crate) mod sandbox;
pub(crate) mod start_limit;
pub(crate) mod stderr_tail;

pub use command::WorkerCommand;
