//! Sources: where frames come from.
//!
//! A source writes one image after the other into the buffer it is given. It never sees a queue, a strategy or what
//! becomes of the frames.
//!
//! - `input`: what the user typed, told apart; `options`: how to open it; `open`: opens it; `opener`: opens it as often
//!   as a strategy asks
//! - `file`, `images` and `numbered`, `camera`, `opencv`, `synthetic`, `recording`: one kind of source each
//! - `live`: sources whose frames come by themselves
//! - `segmented`: what can be read by several threads at once, each a part of its time
//! - `memory`, `shared`, `tap`: sources made of another source: read ahead into memory, kept open over several runs,
//!   looked at while it is read
//! - `video_info`: what a video file says of its pictures

mod camera;
mod file;
mod images;
mod input;
mod live;
mod luma;
mod numbered;
mod open;
mod opencv;
mod opener;
mod options;
mod preloaded;
mod recording;
mod segmented;
mod shared;
mod synthetic;
mod tap;
mod video_info;

use std::time::Duration;

use ::opencv::core::Mat;
use anyhow::Result;

use crate::frame::{Shape, Timing};
use crate::metrics::{Damage, Outages, StageTimer};

pub use self::camera::{CameraFormat, CameraInfo, CameraSpec, FormatInfo, SizeInfo, cameras, video_devices};
pub use self::file::cuts::Cut;
pub(crate) use self::file::cuts::cuts;
pub(crate) use self::file::packets::Packets;
pub use self::file::pipe::Pipe;
pub use self::file::side_data::{Captions, SideData};
pub(crate) use self::file::url::FileUrl;
pub(crate) use self::file::words::words;
pub use self::input::{Input, InputError, Url};
pub use self::live::lost::Lost;
pub use self::live::paced::Pace;
pub use self::open::{OPENCV_READER, Reader, open, open_again, open_unless, resolve};
pub use self::opencv::through_opencv;
pub use self::opener::Opener;
pub use self::options::{Decoder, Limits, OpenOptions, TimeRange};
pub use self::preloaded::Preloaded;
pub use self::recording::{Arrival, ArrivalRecorder, Schedule};
pub use self::segmented::{Segment, SegmentRead, SegmentReader, Segmented};
pub use self::shared::SharedSource;
pub use self::synthetic::SyntheticSpec;
pub use self::tap::Tap;
pub use self::video_info::{Chroma, ColorRange, VideoInfo};

/// What a source is.
#[derive(Clone, Debug)]
pub struct SourceInfo {
    /// The shape of every frame.
    pub shape: Shape,
    /// Frames a second on the source's own time line, when it says so.
    pub fps: Option<f64>,
    /// Whether frames come at that rate and not as fast as they are asked for.
    pub paced: bool,
    /// How many frames it says it has; files may be wrong about it.
    pub frames: Option<u64>,
    /// What reads it, with its hidden threads: `libav h264, 1 thread`.
    pub reader: String,
    /// What else a video file says of its pictures; None where there is no video file.
    pub video: Option<VideoInfo>,
    /// Whether it can be cut into [segments](Source::segments): a video file that FFmpeg's libraries read.
    pub can_be_cut: bool,
}

/// Something that hands out frames one by one.
pub trait Source: Send {
    /// What it is.
    fn info(&self) -> &SourceInfo;

    /// What reading is made of, for the parts of the capture stage.
    fn parts(&self) -> Vec<String> {
        Vec::new()
    }

    /// Writes the next frame into `image` and tells when it is to be shown, or None at the end. An image that has the
    /// right shape already keeps its memory.
    ///
    /// # Errors
    /// When the source is lost or broken.
    fn read(&mut self, image: &mut Mat, timer: &StageTimer<'_>) -> Result<Option<Timing>>;

    /// The same source cut into segments, which several threads can read at once, if it can be cut. Nothing was read from it.
    fn segments(self: Box<Self>) -> Option<Box<dyn Segmented>> {
        None
    }

    /// Waits for the next frame, at most so long; false if there is none yet. Reading does not wait after that. Sources
    /// that have a frame whenever they are read are always ready.
    fn ready(&mut self, wait: Duration) -> bool {
        let _ = wait;
        true
    }

    /// Throws the next frame away without decoding it, and tells whether it did. Where it cannot, or there is none, the
    /// frame must be read.
    ///
    /// # Errors
    /// When the source is lost or broken.
    fn skip(&mut self) -> Result<bool> {
        Ok(false)
    }

    /// Frames the source lost so far before we asked for them, by gaps in its count.
    fn unread(&self) -> u64 {
        0
    }

    /// The times so far in which the source was lost.
    fn outages(&self) -> Outages {
        Outages::default()
    }

    /// Of a pipe that was opened for two readers, the second one, once: it reads the same bytes.
    fn second_reader(&mut self) -> Option<Pipe> {
        None
    }

    /// Where the captions of its frames wait from now on, whoever asks takes them out; none where frames have none.
    fn captions(&mut self) -> Option<Captions> {
        None
    }

    /// What was damaged in it so far.
    fn damage(&self) -> Damage {
        Damage::default()
    }

    /// What a user should know of it, damage included: asked once nothing more is read.
    fn complaint(&self) -> Option<String> {
        None
    }
}
