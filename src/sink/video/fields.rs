//! Whether pictures are written as two fields each, and which is first: where the codec can say it, what the source says of
//! each frame.

use ffmpeg_next::format::Pixel;

use super::codec::Codec;
use crate::frame::{Shape, Stamp};
use crate::source::VideoInfo;

/// The fields of the pictures of one video.
pub(super) struct Fields {
    /// Whether the upper one is first in the latest picture, where the video was begun with fields.
    pub latest: Option<bool>,
    /// Whether each picture says for itself whether it is two.
    each: bool,
    /// Why there are none, though the source has them; or from when on frames are not what the video was begun with.
    pub note: Option<String>,
}

impl Fields {
    /// For frames of a `source` that says `facts` of itself, which became `output`.
    pub(super) fn new(
        (codec, format): (Codec, Pixel),
        (source, output): (Shape, Shape),
        facts: Option<&VideoInfo>,
    ) -> Self {
        // A row of color samples belongs to one field only if each field has whole ones.
        let rows = 2 << format.descriptor().map_or(0, |layout| layout.log2_chroma_h());
        let why = if !matches!(codec, Codec::H264 | Codec::Ffv1) {
            format!("{codec} has none here; --codec h264 and ffv1 have")
        } else if source.height != output.height {
            "the chain changes the height".into()
        } else if codec == Codec::H264 && output.height % rows != 0 {
            format!("{codec} takes them for heights that are a multiple of {rows}")
        } else {
            let each = codec == Codec::Ffv1 && facts.is_some();
            return Self { latest: facts.and_then(|facts| facts.interlaced), each, note: None };
        };
        let is_interlaced = facts.is_some_and(|facts| facts.interlaced.is_some());
        let note = is_interlaced.then(|| format!("the output is not marked as interlaced: {why}"));
        Self { latest: None, each: false, note }
    }

    /// Whether the other field is first from this frame on, of a video whose encoder has one order for all pictures: then
    /// whether it is the upper one.
    pub(super) fn other_order(&self, frame: Stamp) -> Option<bool> {
        let is_other = !self.each && self.latest.is_some_and(|top| frame.interlaced == Some(!top));
        frame.interlaced.filter(|_| is_other)
    }

    /// What the picture of this frame is marked as.
    pub(super) fn of(&mut self, frame: Stamp) -> Option<bool> {
        if self.each {
            return frame.interlaced;
        }
        let change = match (self.latest, frame.interlaced) {
            (Some(_), None) => Some("the frames are progressive; the output goes on marking them as interlaced"),
            (None, Some(_)) => Some("the frames are interlaced; the output, begun without fields, does not mark them"),
            (_, same) => {
                self.latest = same;
                None
            }
        };
        if let Some(change) = change.filter(|_| self.note.is_none()) {
            self.note = Some(format!("from {:.3} s on {change}", frame.pts.as_secs_f64()));
        }
        self.latest
    }
}
