//! What a run gave, wherever its frames went.

use framerace::metrics::Run;
use framerace::source::{Preloaded, SourceInfo};

/// What a run gave.
pub struct Measured {
    pub source: SourceInfo,
    pub run: Run,
    /// The frames of the input, if they were read into memory.
    pub preloaded: Option<Preloaded>,
    /// Whether the user ended the run by closing its window.
    pub window_closed: bool,
}

impl Measured {
    /// A run over this source.
    pub fn new(source: SourceInfo, run: Run) -> Self {
        Self { source, run, preloaded: None, window_closed: false }
    }
}
