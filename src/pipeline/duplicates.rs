//! Frames that repeat the one before: the source sent the same picture again. Only live sources are checked, because a
//! driver or a server may do so. Equal pictures in a file are its content, and count as new frames.

use std::time::Instant;

use anyhow::Result;
use opencv::core::{Mat, MatTraitConst, MatTraitConstManual};
use xxhash_rust::xxh3::Xxh3;

use crate::frame::Timing;
use crate::host::usage::thread_cpu;
use crate::metrics::Meters;

/// Knows the latest frame of a live source.
#[derive(Default)]
pub(super) struct Repeats {
    latest: Option<Seen>,
    hash: Box<Xxh3>,
}

/// What tells a frame from the next.
struct Seen {
    arrived: Option<Instant>,
    hash: u64,
    origin: u64,
}

impl Repeats {
    /// The number of the first frame with this content: of an earlier frame that this one repeats, else its own. A frame
    /// repeats the one before if it has the same time stamp or the same pixels.
    ///
    /// # Errors
    /// Never in practice: an image has rows.
    pub(super) fn origin(&mut self, number: u64, timing: &Timing, image: &Mat, meters: &Meters) -> Result<u64> {
        let from = thread_cpu();
        let hash = self.hash_of(image)?;
        meters.add_cost(thread_cpu().saturating_sub(from));
        let arrived = timing.arrived;
        let same = |seen: &&Seen| seen.hash == hash || (arrived.is_some() && seen.arrived == arrived);
        let origin = self.latest.as_ref().filter(same).map_or(number, |seen| seen.origin);
        self.latest = Some(Seen { arrived, hash, origin });
        Ok(origin)
    }

    /// XXH3 over the rows: tens of gigabytes a second.
    fn hash_of(&mut self, image: &Mat) -> Result<u64> {
        self.hash.reset();
        if image.is_continuous() {
            self.hash.update(image.data_bytes()?);
        } else {
            for row in 0..image.rows() {
                self.hash.update(image.row(row)?.data_bytes()?);
            }
        }
        Ok(self.hash.digest())
    }
}
