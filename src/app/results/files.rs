//! The files of a report: checked before the work, rendered and written after it.

use anyhow::Result;
use framerace::lab::report::{Format, Report};

use super::target::Target;
use crate::app::args::files::File;

/// The files that a report is written to.
pub struct Files(Vec<(&'static Format, Target)>);

impl Files {
    /// Checks that each can be written, and leaves nothing behind.
    ///
    /// # Errors
    /// When one cannot be written.
    pub fn open(files: &[File]) -> Result<Self> {
        files.iter().map(|(format, path)| Ok((*format, Target::open(path)?))).collect::<Result<_>>().map(Self)
    }

    /// Whether one of them is standard output.
    pub fn to_stdout(&self) -> bool {
        self.0.iter().any(|(_, target)| matches!(target, Target::Stdout))
    }

    /// Writes the report in every format.
    ///
    /// # Errors
    /// When the report lacks what a format shows; then nothing is written. When one file cannot be written; those before
    /// it are.
    pub fn write(self, report: &Report) -> Result<()> {
        let texts = self.0.iter().map(|(format, _)| format.render(report)).collect::<Result<Vec<_>>>()?;
        self.0.into_iter().zip(texts).try_for_each(|((_, target), text)| target.write(&text))
    }
}
