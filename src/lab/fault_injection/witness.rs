//! What a subject says of every frame it delivers: its number and a hash of its pixels, in a line of text, at once.

use std::io::Write;
use std::ops::ControlFlow;
use std::str::FromStr;

use anyhow::{Context, Error, Result};
use opencv::core::{Mat, MatTraitConst, MatTraitConstManual};
use xxhash_rust::xxh3::Xxh3;

use crate::frame::Frame;
use crate::metrics::StageTimer;
use crate::sink::Sink;

/// A frame as it was delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub index: u64,
    pub hash: u128,
}

/// A sink that tells of every frame.
pub(super) struct Witness<W>(pub W);

impl<W: Write + Send> Sink for Witness<W> {
    fn write(&mut self, frame: &Frame, _: &StageTimer<'_>) -> Result<ControlFlow<()>> {
        let Seen { index, hash } = Seen { index: frame.stamp.index, hash: hash(frame.output())? };
        // One write a line: a subject that dies leaves no half of one.
        self.0.write_all(format!("{index} {hash:032x}\n").as_bytes())?;
        self.0.flush()?;
        Ok(ControlFlow::Continue(()))
    }
}

/// Shape and pixels in a number.
fn hash(image: &Mat) -> Result<u128> {
    let mut hash = Xxh3::new();
    for number in [image.cols(), image.rows(), image.typ()] {
        hash.update(&number.to_le_bytes());
    }
    hash.update(image.data_bytes()?);
    Ok(hash.digest128())
}

impl FromStr for Seen {
    type Err = Error;

    fn from_str(line: &str) -> Result<Self> {
        let (index, hash) = line.split_once(' ').context("a line of a subject that cannot be read")?;
        Ok(Self { index: index.parse()?, hash: u128::from_str_radix(hash, 16)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_reads_back() {
        let seen: Seen = "17 000000000000000000000000deadbeef".parse().unwrap();
        assert_eq!(seen, Seen { index: 17, hash: 0xdead_beef });
        assert!("17".parse::<Seen>().is_err() && "x 1".parse::<Seen>().is_err());
    }
}
