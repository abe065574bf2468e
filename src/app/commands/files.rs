//! A report's files: opened before the work, rendered and written after it.

use anyhow::Result;
use framerace::lab::report::{Format, Report};

use super::target::Target;
use crate::app::args::File;

/// The files a report goes to.
pub struct Files(Vec<(&'static dyn Format, Target)>);

impl Files {
    /// Finds out whether each can be written, and leaves nothing behind.
    ///
    /// # Errors
    /// When one cannot: which and why.
    pub fn open(files: &[File]) -> Result<Self> {
        files.iter().map(|(format, path)| Ok((*format, Target::open(path)?))).collect::<Result<_>>().map(Self)
    }

    /// Whether standard output is taken.
    pub fn to_stdout(&self) -> bool {
        self.0.iter().any(|(_, target)| matches!(target, Target::Stdout))
    }

    /// Writes the report in every format.
    ///
    /// # Errors
    /// When the report does not hold what a format shows; then nothing is written. When one cannot be written; those
    /// before it are.
    pub fn write(self, report: &Report) -> Result<()> {
        let texts = self.0.iter().map(|(format, _)| format.render(report)).collect::<Result<Vec<_>>>()?;
        self.0.into_iter().zip(texts).try_for_each(|((_, target), text)| target.write(&text))
    }
}
