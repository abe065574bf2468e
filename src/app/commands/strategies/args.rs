//! `strategies`: it has no flags.

use clap::Args;

/// List the strategies: how they are joined, when they win, when they lose
#[derive(Args)]
pub struct StrategiesArgs {}
