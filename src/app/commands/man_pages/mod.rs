//! `man-pages`: writes the manual pages.

pub mod args;

use anyhow::{Context, Result};

use self::args::ManPages;
use crate::app::args::command::Command;
use crate::app::terminal::stderr::Stderr;

impl Command for ManPages {
    fn execute(self: Box<Self>, _: &Stderr) -> Result<()> {
        let Self { folder, pages } = *self;
        for (name, page) in pages? {
            let path = folder.join(format!("{name}.1"));
            std::fs::write(&path, page).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }
}
