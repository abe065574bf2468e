//! The result file as a format.

use super::Format;
use crate::lab::report::ResultFile;

/// The result file: all there is.
pub(super) const JSON: Format =
    Format { name: "json", summary: "the result as JSON", shows_spans: false, render: ResultFile::to_json };
