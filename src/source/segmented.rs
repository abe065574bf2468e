//! A source that is cut into segments, each of which can be read by itself: what several threads need to read one file at
//! once. The frames of all segments, one after the other, are the frames of the whole, with their times. Knows nothing of
//! files, threads or what becomes of the frames.

use anyhow::Result;
use opencv::core::Mat;

use crate::frame::Timing;
use crate::metrics::{Damage, StageTimer};

/// A part of a source in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its number in the order of time, from 0.
    pub number: u64,
    /// The number of its first frame in the whole source.
    pub first_frame: u64,
    /// How many frames it has; none of what cannot be cut, which has to be [read on](Segmented::read_on).
    pub frames: Option<u64>,
    /// Whether there is none after it.
    pub is_last: bool,
}

/// What a read of a segment gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentRead {
    /// The next frame, and when it is to be shown.
    Frame(Timing),
    /// There are no more frames in it.
    End,
    /// What comes next is not what was to be expected of a segment that needs nothing before it: from here on the source
    /// has to be [read on](Segmented::read_on).
    Unlike,
    /// What comes next is damaged, and what a decoder makes of it depends on all it has decoded before: as before, and all
    /// of that has to be decoded again.
    Damaged,
}

/// A source that is cut into segments.
pub trait Segmented: Send + Sync {
    /// The next segment that nobody has taken, unless all its frames have this number or a greater one.
    fn next(&self, most: Option<u64>) -> Option<Segment>;

    /// A reader of segments with so many decoder threads, one reader for each thread that reads.
    ///
    /// # Errors
    /// When no more decoders can be opened.
    fn reader(&self, decode_threads: usize) -> Result<Box<dyn SegmentReader + '_>>;

    /// So many frames of a segment are read, and nothing more of it will be.
    fn finish(&self, segment: &Segment, frames: u64);

    /// Nobody takes a segment any more: what comes after the first frames of this one is [read on](Self::read_on), and
    /// later segments are void. All before it are finished. Where it is `damaged` there, all before has to be [passed
    /// over](Self::pass_over) once more.
    ///
    /// # Errors
    /// When the source cannot be opened again.
    fn stop_cutting(&self, segment: &Segment, frames: u64, damaged: bool) -> Result<()>;

    /// Passes over some of what was read before; false once there is nothing left that was.
    ///
    /// # Errors
    /// When the source is lost or broken.
    fn pass_over(&self) -> Result<bool>;

    /// Reads the next frame as if nothing had been cut, as [`Source::read`](super::Source::read).
    ///
    /// # Errors
    /// When the source is lost or broken.
    fn read_on(&self, image: &mut Mat, timer: &StageTimer<'_>) -> Result<Option<Timing>>;

    /// What was damaged in it, and what a user should know of it: asked once nothing more is read.
    fn report(&self) -> (Damage, Vec<String>);
}

/// Reads segments, one after the other.
pub trait SegmentReader: Send {
    /// The next reads are of this segment.
    fn begin(&mut self, segment: &Segment);

    /// Writes the next frame of the segment into `image`.
    ///
    /// # Errors
    /// When a picture cannot be converted.
    fn read(&mut self, image: &mut Mat, timer: &StageTimer<'_>) -> Result<SegmentRead>;
}
