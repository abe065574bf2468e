//! `doctor`: it has no flags.

use clap::Args;

/// Try what framerace needs of this machine: clocks, memory figures, worker processes and their sandbox
#[derive(Args)]
pub struct DoctorArgs {}
