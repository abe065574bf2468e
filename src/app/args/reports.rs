//! Where the result of a measuring command is shown and written.

use clap::Args;

use super::console::ConsoleArgs;
use super::files::FilesArgs;

#[derive(Args, Clone)]
pub struct ReportsArgs {
    #[command(flatten)]
    pub files: FilesArgs,
    #[command(flatten)]
    pub console: ConsoleArgs,
}
