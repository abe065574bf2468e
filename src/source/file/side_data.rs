//! What stands beside the pixels of a video and is no part of them: of the whole stream, read once, and captions, which
//! belong to one frame each and wait here until their frame has come through the filters.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use ffmpeg_next::codec::packet::side_data::Type as OfStream;
use ffmpeg_next::format::stream::Stream;
use ffmpeg_next::frame;
use ffmpeg_next::frame::side_data::Type as OfPicture;
use parking_lot::Mutex;

use super::rotation::is_slant;

/// One thing that a stream or its first picture says beside the pixels, as FFmpeg lays it out in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideData {
    /// What a user calls it.
    pub name: &'static str,
    pub(crate) kind: OfStream,
    /// Empty where it is about each picture, and encoders here cannot write that.
    pub(crate) bytes: Vec<u8>,
}

/// What it is called, what it is of a stream, and where it may stand with the pictures only. How a picture is turned is a
/// part of it only where that is no quarter: frames are turned by quarters.
const OF_ALL: &[(&str, OfStream, OfPicture)] = &[
    ("the mastering display of HDR", OfStream::MasteringDisplayMetadata, OfPicture::MasteringDisplayMetadata),
    ("the content light level of HDR", OfStream::ContentLightLevel, OfPicture::ContentLightLevel),
    ("the stereo layout", OfStream::Stereo3d, OfPicture::Stereo3D),
    ("the spherical projection", OfStream::DataSpherical, OfPicture::Spherical),
    ("the slant of the pictures", OfStream::DisplayMatrix, OfPicture::DisplayMatrix),
    ("the ICC profile", OfStream::ICC_PROFILE, OfPicture::IccProfile),
];

/// As [`OF_ALL`], of each picture anew.
const OF_EACH: &[(&str, OfStream, OfPicture)] = &[
    ("Dolby Vision", OfStream::DOVI_CONF, OfPicture::DOVI_RPU_BUFFER),
    ("HDR10+", OfStream::DYNAMIC_HDR10_PLUS, OfPicture::DYNAMIC_HDR_PLUS),
    ("the time code in the pictures", OfStream::S12M_TIMECODE, OfPicture::S12M_TIMECODE),
    ("the time code in the pictures", OfStream::S12M_TIMECODE, OfPicture::GOPTimecode),
];

impl SideData {
    /// All of a stream and its first picture.
    pub(super) fn of(stream: &Stream<'_>, picture: &frame::Video) -> Vec<Self> {
        let found = |(name, kind, of_picture): &(&'static str, OfStream, OfPicture)| {
            let of_stream = stream.side_data().find(|data| data.kind() == *kind).map(|data| data.data().to_vec());
            let bytes = of_stream.or_else(|| picture.side_data(*of_picture).map(|data| data.data().to_vec()))?;
            let says_nothing = match kind {
                OfStream::DisplayMatrix => !is_slant(&bytes),
                OfStream::S12M_TIMECODE => *of_picture == OfPicture::GOPTimecode && is_zero(&bytes),
                _ => false,
            };
            (!says_nothing).then_some(Self { name, kind: *kind, bytes })
        };
        let of_each = OF_EACH.iter().filter_map(found).map(|data| Self { bytes: Vec::new(), ..data });
        OF_ALL.iter().filter_map(found).chain(of_each).collect()
    }
}

/// Whether the time code of a group of pictures (ISO 13818-2, 6.2.2.6) is zero, as encoders have it that know none.
fn is_zero(code: &[u8]) -> bool {
    const MARKER: u64 = 1 << 12;
    code.first_chunk().is_none_or(|code| u64::from_ne_bytes(*code) & !MARKER == 0)
}

/// Whether a picture has captions.
pub(super) fn has_captions(picture: &frame::Video) -> bool {
    picture.side_data(OfPicture::A53CC).is_some()
}

/// When a frame is shown, and its captions.
type Caption = (Duration, Vec<u8>);

/// The captions of frames (CEA-608 and 708, as FFmpeg hands them out) on their way past the filters: those of the frames
/// that are in flight.
#[derive(Clone, Debug, Default)]
pub struct Captions(Arc<Mutex<VecDeque<Caption>>>);

impl Captions {
    /// Keeps what the frame that is shown at `pts` has, where somebody else will take it.
    pub(super) fn keep(&self, pts: Duration, picture: &frame::Video) {
        if let Some(data) = picture.side_data(OfPicture::A53CC).filter(|_| Arc::strong_count(&self.0) > 1) {
            let mut waiting = self.0.lock();
            // Of frames that are read at the same time a later one may come first.
            let at = waiting.partition_point(|(other, _)| *other < pts);
            waiting.insert(at, (pts, data.data().to_vec()));
        }
    }

    /// What the frame at `pts` has. Frames are asked for in order; those of frames that were given up are let go.
    pub(crate) fn take(&self, pts: Duration) -> Option<Vec<u8>> {
        let mut waiting = self.0.lock();
        while waiting.front().is_some_and(|(at, _)| *at < pts) {
            waiting.pop_front();
        }
        let there = waiting.front().is_some_and(|(at, _)| *at == pts);
        there.then(|| waiting.pop_front()).flatten().map(|(_, data)| data)
    }
}
