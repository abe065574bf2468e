//! What attacks framerace on purpose: hostile folders, files, programs and messages. Each finds that nothing of others is
//! touched, nothing is lost and nothing crashes.
//!
//!     cargo test --test attack -- folders::

#[path = "../common/mod.rs"]
mod common;

mod folders;
