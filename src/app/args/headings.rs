//! The groups of options in `--help` of commands that have many, in the order in which they are shown: clap shows a group
//! where its first option is declared.

pub const WHAT: &str = "What to run";
pub const PARALLELISM: &str = "Parallelism";
pub const MEASURING: &str = "Measuring";
pub const LIVE: &str = "Live input";
pub const WRITING: &str = "Writing video";
/// Of a batch: what is done again, and what is given up.
pub const RESUMING: &str = "Resuming and failures";
/// Of a plan: who does what.
pub const SHARDS: &str = "Shards";
pub const REPORTS: &str = "Reports";
