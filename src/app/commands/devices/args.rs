//! `devices`: in which form to list the cameras.

use std::path::PathBuf;

use clap::Args;

/// A list of cameras to be made.
pub struct Devices {
    /// Where to write it as JSON.
    pub json: Option<PathBuf>,
}

#[derive(Args)]
pub struct DevicesArgs {
    /// Write the list as JSON (- or nothing for standard output)
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "-")]
    json: Option<PathBuf>,
}

impl From<DevicesArgs> for Devices {
    fn from(args: DevicesArgs) -> Self {
        Self { json: args.json }
    }
}
