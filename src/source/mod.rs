//! Sources: where frames come from, and the capture stage that reads them into buffers.
//!
//! A source writes one image after the other into the buffer it is given. It never sees a channel, a strategy or
//! what becomes of the frames.

mod camera;
mod file;
mod images;
mod input;
mod live;
mod memory;
mod numbered;
mod opencv;
mod recording;
mod shared;
mod synthetic;
mod tap;
mod video_info;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use ::opencv::core::Mat;
use anyhow::Result;
use serde::{Deserialize, Serialize};

use self::live::paced::Paced;
use crate::frame::{Shape, Timing};
use crate::metrics::{Outages, StageTimer};

pub(crate) use self::file::discontinuity::Joints;
pub use self::live::lost::Lost;
pub use self::live::paced::Pace;
pub use self::live::reconnect::open_again;
pub use self::memory::Preloaded;
pub use self::recording::{Arrival, Notebook, Schedule};
pub use self::shared::Kept;
pub use self::tap::Observed;
pub use self::video_info::{ColorRange, VideoFacts};
pub use camera::{CameraFacts, CameraFormat, CameraSpec, FormatFacts, SizeFacts, cameras};
pub use input::{Input, InputError};
pub use synthetic::SyntheticSpec;

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
    pub video: Option<VideoFacts>,
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
    fn missed(&self) -> u64 {
        0
    }

    /// The times so far in which the source was lost.
    fn outages(&self) -> Outages {
        Outages::default()
    }

    /// What a user should know once the source has ended: frames that were announced but could not be read.
    fn complaint(&self) -> Option<String> {
        None
    }
}

/// Which library reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decoder {
    /// libav for files and URLs, V4L2 itself for cameras.
    #[default]
    Auto,
    /// OpenCV's `VideoCapture`. It takes as many decoder threads as there are cores, and before version 4.7 there is
    /// no way to tell it otherwise. (Version 4.6 also turns videos that are marked as turned the wrong way, takes the
    /// first of several videos, and takes full range for limited in VP9, AV1 and FFV1.)
    Opencv,
    /// FFmpeg's libraries themselves: as many decoder threads as asked for, straight into our buffer.
    Libav,
}

/// How to open a source.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Opening {
    /// How often a file is played.
    pub times: u32,
    /// Which library reads.
    pub decoder: Decoder,
    /// Decoder threads, where the reader lets us say.
    pub decode_threads: usize,
    /// The most bytes a frame may take, where there is a limit: a file that announces larger ones is refused before
    /// anything is decoded.
    pub memory: Option<u64>,
    /// Whether an input that waits to be read plays a camera that does not, and at which pace.
    pub as_camera: Option<Pace>,
    /// How long a camera or a URL may take to open, and a URL until the next frame.
    pub timeout: Duration,
    /// How long a camera or a URL that is lost is tried again; not at all if none.
    pub reconnect: Option<Duration>,
}

impl Default for Opening {
    fn default() -> Self {
        Self {
            times: 1,
            decoder: Decoder::default(),
            decode_threads: 1,
            memory: None,
            as_camera: None,
            timeout: Duration::from_secs(10),
            reconnect: Some(Duration::from_secs(30)),
        }
    }
}

impl Opening {
    /// Whether frames of this input come by themselves when it is opened so: then some may be missed, and no two runs
    /// need see the same.
    pub fn is_live(&self, input: &Input) -> bool {
        input.is_live() || self.as_camera.is_some()
    }
}

/// Opens an input.
///
/// # Errors
/// One line that names the input, what is wrong with it, and what to do.
pub fn open(input: &Input, opening: &Opening) -> Result<Box<dyn Source>> {
    open_unless(&Arc::default(), input, opening)
}

/// Opens an input. A camera or a URL may take its time: setting `stopped` from another thread ends the wait.
///
/// # Errors
/// As [`open`]; also when it was stopped.
pub fn open_unless(stopped: &AtomicBool, input: &Input, opening: &Opening) -> Result<Box<dyn Source>> {
    Ok(match (input, opening.as_camera) {
        (Input::Twin(path), _) => Box::new(Paced::new(recording::open(path, opening)?, Pace::Own)?),
        (live, _) if live.is_live() => Box::new(live::reconnect::Reconnect::open(live, opening, stopped)?),
        (Input::Synthetic(spec), Some(pace)) => {
            Box::new(Paced::new(Box::new(synthetic::Synthetic::new(*spec)?.unpaced()), pace)?)
        }
        (other, Some(pace)) => Box::new(Paced::new(reader(other, opening, &Arc::default())?, pace)?),
        (other, None) => reader(other, opening, &Arc::default())?,
    })
}

/// What reads an input, on the thread that asks it to. Setting `halt` ends a wait, where the library lets us.
fn reader(input: &Input, opening: &Opening, halt: &Arc<AtomicBool>) -> Result<Box<dyn Source>> {
    Ok(match input {
        Input::Synthetic(spec) => Box::new(synthetic::Synthetic::new(*spec)?),
        Input::File(path) if opening.decoder != Decoder::Opencv => Box::new(file::File::open(path, opening)?),
        Input::Url(url) if opening.decoder != Decoder::Opencv => Box::new(file::Network::open(url, opening, halt)?),
        Input::Camera(spec) if opening.decoder != Decoder::Opencv => {
            Box::new(camera::Camera::open(spec, Arc::clone(halt))?)
        }
        Input::Images(pattern) => Box::new(images::Images::open(pattern, opening)?),
        other => Box::new(opencv::OpenCv::open(other, opening)?),
    })
}
