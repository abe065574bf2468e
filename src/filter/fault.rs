//! `fault`: goes wrong at one frame, on purpose. For tests of what a strategy does then.

use anyhow::{Result, bail};
use opencv::core::Mat;

use super::{Filter, FilterKind, Nature, OptionSpec, Options, Values};
use crate::frame::Stamp;

/// The kind.
pub struct Fault;

const OPTIONS: &[OptionSpec] = &[
    OptionSpec { name: "at", values: Values::Whole(0, i32::MAX), default: "0", help: "number of the frame, from 0" },
    OptionSpec { name: "kind", values: Values::Word(&["error", "panic"]), default: "error", help: "how" },
];

impl FilterKind for Fault {
    fn name(&self) -> &'static str {
        "fault"
    }

    fn summary(&self) -> &'static str {
        "go wrong at one frame, on purpose"
    }

    fn options(&self) -> &'static [OptionSpec] {
        OPTIONS
    }

    fn hidden(&self) -> bool {
        true
    }

    fn build(&self, options: &Options) -> Result<Box<dyn Filter>> {
        Ok(Box::new(Wrong { at: u64::try_from(options.whole("at"))?, panics: options.word("kind") == "panic" }))
    }
}

struct Wrong {
    at: u64,
    panics: bool,
}

impl Filter for Wrong {
    fn apply(&mut self, stamp: &Stamp, _: &Mat, _: &mut Mat) -> Result<()> {
        if stamp.index == self.at {
            if self.panics {
                panic!("as asked for");
            }
            bail!("as asked for");
        }
        Ok(())
    }

    fn nature(&self) -> Nature {
        Nature::Compute
    }
}
