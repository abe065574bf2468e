//! `copy`: the image as it is, in another buffer. Ends a chain that would else write nothing.

use anyhow::Result;
use opencv::core::{Mat, MatTraitConst};

use super::{Filter, FilterKind, FrameContext, Options, Reach};

pub(super) const KIND: FilterKind = FilterKind {
    name: "copy",
    summary: "the same image in another buffer",
    options: &[],
    example: "copy",
    hidden: true,
    build,
};

fn build(_: &Options) -> Result<Box<dyn Filter>> {
    Ok(Box::new(Copy))
}

/// It keeps nothing.
pub(super) struct Copy;

impl Filter for Copy {
    fn apply(&mut self, _: &FrameContext<'_>, input: &Mat, output: &mut Mat) -> Result<()> {
        input.copy_to(output)?;
        Ok(())
    }

    fn reach(&self) -> Reach {
        Reach::Rows(0)
    }
}
