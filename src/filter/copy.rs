//! `copy`: the image as it is, in another buffer. Ends a chain that would else write nothing.

use anyhow::Result;
use opencv::core::{Mat, MatTraitConst};

use super::{Filter, FilterKind, FrameContext, OptionSpec, Options, Reach};

/// The filter as it is listed, and the filter itself: it keeps nothing.
pub struct Copy;

impl FilterKind for Copy {
    fn name(&self) -> &'static str {
        "copy"
    }

    fn summary(&self) -> &'static str {
        "the same image in another buffer"
    }

    fn options(&self) -> &'static [OptionSpec] {
        &[]
    }

    fn hidden(&self) -> bool {
        true
    }

    fn build(&self, _: &Options) -> Result<Box<dyn Filter>> {
        Ok(Box::new(Self))
    }
}

impl Filter for Copy {
    fn apply(&mut self, _: &FrameContext<'_>, input: &Mat, output: &mut Mat) -> Result<()> {
        input.copy_to(output)?;
        Ok(())
    }

    fn reach(&self) -> Reach {
        Reach::Rows(0)
    }
}
