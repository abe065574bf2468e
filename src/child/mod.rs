//! Child processes: how they are started, what both sides say first, what a child can no longer do once it works, and how
//! it ended. What a child is for, and what it is told after the handshake, is known only to those who start it:
//! worker processes, converters of a batch, and children under test.

mod command;
mod ends_with_parent;
mod exit;
pub(crate) mod handshake;
mod lines;
mod printable;
mod process;
pub mod sandbox;
mod start_limit;
mod startup;
mod stderr_tail;

pub use command::WorkerCommand;
pub use startup::close_inherited_descriptors;

pub(crate) use command::WORKER;
pub(crate) use ends_with_parent::ends_with_parent;
pub(crate) use exit::Exit;
pub(crate) use lines::lines;
pub(crate) use printable::printable;
pub(crate) use process::{ChildProcess, Role, Stderr};
pub(crate) use start_limit::StartLimit;
pub(crate) use startup::{AT_WORK, die_with_parent, is_at_work};
