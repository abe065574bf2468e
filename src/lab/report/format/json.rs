//! The result file as a format.

use anyhow::Result;

use super::{Format, Report};
use crate::lab::report::ResultFile;

/// The result file: all there is.
pub(super) struct Json;

impl Format for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn summary(&self) -> &'static str {
        "the result as JSON"
    }

    fn render(&self, report: &Report) -> Result<String> {
        report.to_json()
    }
}
