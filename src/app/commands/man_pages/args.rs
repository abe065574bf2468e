//! `man-pages`: where they go. The command is hidden, and so has no doc comment here: packages are made with it.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Command};

use crate::app::args::command::Describes;
use crate::app::args::manual::{Page, pages};

#[derive(Args)]
#[command(hide = true)]
pub struct ManPagesArgs {
    /// An existing folder
    pub folder: PathBuf,
}

pub struct ManPages {
    pub folder: PathBuf,
    pub pages: Result<Vec<Page>>,
}

impl Describes for ManPagesArgs {
    type Options = ManPages;

    fn describe(self, all: Command) -> ManPages {
        ManPages { folder: self.folder, pages: pages(all) }
    }
}
