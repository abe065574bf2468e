//! `filters`: it has no flags.

use clap::Args;

/// List the filters and their options
#[derive(Args)]
pub struct FiltersArgs {}
