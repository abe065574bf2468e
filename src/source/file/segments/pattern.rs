//! What the first picture of a file says of all: those of a piece must say the same, since each is read by somebody who knows
//! the first only.

use ffmpeg_next::frame;

use crate::frame::Pixels;
use crate::source::VideoInfo;
use crate::source::file::convert::Kind;
use crate::source::file::probe::{Looks, looks_alone};
use crate::source::file::rotation::Rotation;
use crate::source::file::side_data::Captions;

/// What is alike in all pictures.
#[derive(Clone)]
pub(super) struct Pattern {
    pub kind: Kind,
    pub turn: Option<Rotation>,
    /// What is wanted of them.
    pub pixels: Pixels,
    /// Where the captions of pictures go.
    pub captions: Captions,
    looks: Looks,
    is_interlaced: bool,
    /// What all are announced to be, where no picture says it of itself.
    announced: Option<bool>,
}

impl Pattern {
    pub fn of(picture: &frame::Video, turn: Option<Rotation>, facts: &VideoInfo, wanted: (Pixels, Captions)) -> Self {
        let (pixels, captions) = wanted;
        Self {
            kind: Kind::of(picture),
            turn,
            pixels,
            captions,
            looks: looks_alone(picture),
            is_interlaced: picture.is_interlaced(),
            announced: facts.interlaced,
        }
    }

    /// Whether a picture is alike, and the one with this time stamp and duration.
    pub fn fits(&self, picture: &frame::Video, (stamp, duration): (i64, i64)) -> bool {
        picture.timestamp() == Some(stamp)
            && picture.packet().duration == duration
            && Kind::of(picture) == self.kind
            && looks_alone(picture) == self.looks
            && picture.is_interlaced() == self.is_interlaced
    }

    /// Some where a picture is two fields: whether the upper one is first.
    pub fn fields(&self, picture: &frame::Video) -> Option<bool> {
        if !self.is_interlaced {
            return self.announced;
        }
        let top = picture.is_top_first();
        self.turn.map_or(Some(top), |turn| turn.upper_first(top))
    }
}
