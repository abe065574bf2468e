//! `null`: keeps nothing of a frame but its part of a hash, which proves what was delivered and in which order.

use std::ops::ControlFlow;

use anyhow::{Context, Result};
use opencv::core::{MatTraitConst, MatTraitConstManual};
use xxhash_rust::xxh3::Xxh3;

use super::Sink;
use crate::frame::Frame;
use crate::metrics::StageTimer;

/// Hashes number, shape and pixels of every frame (XXH3, 128 bits).
#[derive(Default)]
pub struct Null {
    hash: Box<Xxh3>,
}

impl Sink for Null {
    fn write(&mut self, frame: &Frame, _: &StageTimer<'_>) -> Result<ControlFlow<()>> {
        let image = frame.output();
        self.hash.update(&frame.stamp.index.to_le_bytes());
        for number in [image.cols(), image.rows(), image.typ()] {
            self.hash.update(&number.to_le_bytes());
        }
        self.hash.update(image.data_bytes().context("an output image has gaps between its rows")?);
        Ok(ControlFlow::Continue(()))
    }

    fn only_hashes(&self) -> bool {
        true
    }

    fn hash(&self) -> Option<String> {
        Some(format!("{:032x}", self.hash.digest128()))
    }
}
