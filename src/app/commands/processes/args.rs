//! The hidden commands that framerace starts itself with. They have no line in the help, and so no doc comments here.

use clap::Args;

#[derive(Args)]
#[command(hide = true)]
pub struct WorkerArgs {
    pub transport: String,
}

#[derive(Args)]
#[command(hide = true)]
pub struct ChildUnderTestArgs {}

#[derive(Args)]
#[command(hide = true)]
pub struct ConverterArgs {}

#[derive(Args)]
#[command(hide = true)]
pub struct InputProcessArgs {}
