//! A sink that records every frame it is given: its number and a hash of its pixels, in a line of text, at once. Also
//! reads such lines.

use std::io::Write;
use std::ops::ControlFlow;
use std::str::FromStr;

use anyhow::{Context, Error, Result};
use opencv::core::{Mat, MatTraitConst, MatTraitConstManual};
use xxhash_rust::xxh3::Xxh3;

use crate::frame::Frame;
use crate::metrics::StageTimer;
use crate::sink::Sink;

/// A delivered frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub index: u64,
    pub hash: u128,
}

/// A sink that writes a line for every frame.
pub(super) struct RecordingSink<W>(pub W);

impl<W: Write + Send> Sink for RecordingSink<W> {
    fn write(&mut self, frame: &Frame, _: &StageTimer<'_>) -> Result<ControlFlow<()>> {
        let Record { index, hash } = Record { index: frame.stamp.index, hash: hash(frame.output())? };
        // One write for each line: a child that dies leaves no half of a line.
        self.0.write_all(format!("{index} {hash:032x}\n").as_bytes())?;
        self.0.flush()?;
        Ok(ControlFlow::Continue(()))
    }
}

/// A hash of shape, type and pixels.
fn hash(image: &Mat) -> Result<u128> {
    let mut hash = Xxh3::new();
    for number in [image.cols(), image.rows(), image.typ()] {
        hash.update(&number.to_le_bytes());
    }
    hash.update(image.data_bytes()?);
    Ok(hash.digest128())
}

impl FromStr for Record {
    type Err = Error;

    fn from_str(line: &str) -> Result<Self> {
        let (index, hash) = line.split_once(' ').context("a line of the child under test that cannot be read")?;
        Ok(Self { index: index.parse()?, hash: u128::from_str_radix(hash, 16)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_back() {
        let record: Record = "17 000000000000000000000000deadbeef".parse().unwrap();
        assert_eq!(record, Record { index: 17, hash: 0xdead_beef });
        assert!("17".parse::<Record>().is_err() && "x 1".parse::<Record>().is_err());
    }
}
