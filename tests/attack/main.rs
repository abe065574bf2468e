//! What attacks framerace on purpose: hostile folders, files, names, servers, programs and messages. Each is real, and finds
//! that nothing of others is touched, nothing is lost and nothing crashes.
//!
//!     cargo test --test attack -- folders::

#[path = "../common/mod.rs"]
mod common;

mod calls;
mod folders;
mod hostile;
mod messages;
mod names;
mod races;
mod sandbox;
mod servers;
mod whole_files;
mod workers;
