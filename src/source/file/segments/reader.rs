//! Reads pieces of a stream with a decoder of its own. Every picture must be the one that the packets tell of; the first that
//! is not ends the piece.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use ffmpeg_next::{Error, decoder, error, frame};
use opencv::core::Mat;

use super::cutter::{Clock, Piece};
use super::pattern::Pattern;
use crate::frame::Timing;
use crate::metrics::StageTimer;
use crate::source::file::decoders::Decoders;
use crate::source::file::timestamps::Timeline;
use crate::source::file::upright::Upright;
use crate::source::file::{CONVERT, DECODE};
use crate::source::segmented::SegmentRead;

/// One reader of pieces.
pub(super) struct PieceReader {
    /// Before what opened it, which outlives it.
    decoder: decoder::Video,
    decoders: Decoders,
    pattern: Pattern,
    upright: Upright,
    picture: frame::Video,
    piece: Option<Arc<Piece>>,
    timeline: Timeline,
    /// Packets the decoder was given, and whether it was told that there are no more; pictures that came.
    fed: usize,
    drained: bool,
    seen: usize,
}

impl PieceReader {
    pub fn new((decoder, decoders): (decoder::Video, Decoders), pattern: &Pattern, clock: Clock) -> Result<Self> {
        Ok(Self {
            decoder,
            decoders,
            pattern: pattern.clone(),
            upright: Upright::new(pattern.kind, pattern.pixels, pattern.turn)?,
            picture: frame::Video::empty(),
            piece: None,
            timeline: clock.from(std::time::Duration::ZERO),
            fed: 0,
            drained: false,
            seen: 0,
        })
    }

    /// The next pictures are of this piece.
    pub fn begin(&mut self, piece: Arc<Piece>, clock: Clock) {
        self.decoder.flush();
        self.timeline = clock.from(piece.offset);
        self.piece = Some(piece);
        (self.fed, self.drained, self.seen) = (0, false, 0);
    }

    pub fn read(&mut self, image: &mut Mat, timer: &StageTimer<'_>) -> Result<SegmentRead> {
        let piece = Arc::clone(self.piece.as_ref().context("a segment must be begun before it is read")?);
        let errors = self.decoders.errors.count();
        let is_picture = self.decode(&piece);
        let has_errors = self.decoders.errors.count() > errors;
        let expected = piece.pictures.get(self.seen);
        let (stamp, duration) = match (is_picture, expected) {
            (Ok(false), None) if !has_errors => return Ok(SegmentRead::End),
            (Ok(true), Some(expected)) if !has_errors && !is_faulty(&self.picture) => expected,
            // One that is missing was refused.
            _ => return Ok(SegmentRead::Damaged),
        };
        if !self.pattern.fits(&self.picture, (*stamp, *duration)) {
            return Ok(SegmentRead::Unlike);
        }
        self.seen += 1;
        let timing = self.timeline.place(Some(*stamp), *duration);
        let interlaced = self.pattern.fields(&self.picture);
        timer.split(DECODE);
        self.upright.write(&self.picture, image)?;
        self.pattern.captions.keep(timing.pts, &self.picture);
        timer.split(CONVERT);
        Ok(SegmentRead::Frame(Timing { interlaced, ..timing }))
    }

    /// Decodes the next picture; false at the end.
    fn decode(&mut self, piece: &Piece) -> Result<bool, Error> {
        loop {
            match self.decoder.receive_frame(&mut self.picture) {
                Ok(()) => return Ok(true),
                Err(Error::Eof) => return Ok(false),
                Err(Error::Other { errno: error::EAGAIN }) if !self.drained => {}
                Err(error) => return Err(error),
            }
            match piece.packets.get(self.fed) {
                Some(packet) => self.decoder.send_packet(packet)?,
                None => {
                    self.drained = true;
                    self.decoder.send_eof()?;
                }
            }
            self.fed += 1;
        }
    }
}

/// Whether a decoder says of a picture that there are errors in it.
fn is_faulty(picture: &frame::Video) -> bool {
    picture.is_corrupt() || picture.has_decode_errors()
}
