//! `devices`: the form of the list of cameras.

use std::path::PathBuf;

use clap::Args;

const EXAMPLES: &str = "\
Examples:
  framerace devices
  framerace devices --json";

/// List the cameras, and the formats, sizes and rates of each
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct DevicesArgs {
    /// Write the list as JSON (- or nothing for standard output)
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "-")]
    pub json: Option<PathBuf>,
}
