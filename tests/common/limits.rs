//! Pipelines in which one stage is the limit, by construction.

use framerace::lab::report::Kind;

use super::Work;

/// Milliseconds of the slow stage and of the others.
pub const SLOW: f64 = 12.0;
pub const FAST: f64 = 1.0;

/// Costs in milliseconds a frame, and the stage and kind of limit that follow.
#[derive(Clone, Copy, Debug)]
pub struct KnownLimit {
    pub source: Work,
    /// The filter in question, between two that are cheap.
    pub filter: Work,
    pub sink: Work,
    pub stage: &'static str,
    pub kind: Kind,
}

impl KnownLimit {
    pub fn new(source: Work, filter: Work, sink: Work, stage: &'static str, kind: Kind) -> Self {
        Self { source, filter, sink, stage, kind }
    }
}
