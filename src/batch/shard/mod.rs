//! A batch in shards, for any engine that runs array jobs: a plan that cannot shift, one shard of it at a time, and the proof
//! that all of it is there. No process talks to another: what they share is the output folder.
//!
//! ```text
//! inputs ─ freeze ─▶ ShardPlan (a file) ─┬▶ work, shard 0 ─▶ outputs, ledger of shard 0 ─┐
//!                     (assign)           ├▶ work, shard 1 ─▶ outputs, ledger of shard 1 ─┼▶ progress ─▶ merge
//!                                        └▶ work, shard 2 ─▶ outputs, ledger of shard 2 ─┘
//! ```
//!
//! The ledgers are in `framerace-shards/PLAN/SHARD/` in the output folder. Each process that works at a shard writes one of its
//! own, because appends of two machines to one file mix on a network file system; it reads those of the others.

mod assign;
mod books;
mod film;
mod freeze;
mod merge;
mod place;
mod plan_file;
mod shard_index;
mod status;
mod work;

pub use freeze::{Frozen, freeze};
pub use merge::{Merged, Missing, merge};
pub use plan_file::{FilmPart, Piece, PlanOptions, ShardPlan};
pub use shard_index::{INDEX_VARIABLES, shard_index};
pub use status::{ShardStatus, status};
pub use work::{Resources, work};
