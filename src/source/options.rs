//! How to open a source: which library reads, how often, which part of its time, how long it may take. Plain data.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::input::Input;
use super::live::paced::Pace;
use crate::frame::Pixels;

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
pub struct OpenOptions {
    /// How often a file is played.
    pub times: u32,
    /// Frames a second of an input that [has no rate](Input::has_no_rate); others keep theirs.
    pub fps: Option<f64>,
    /// What pixels are wanted. Files, URLs and cameras give brightness alone where it is asked for; other inputs give what
    /// they have.
    pub pixels: Pixels,
    /// The part of its time to read; the whole if none.
    pub range: Option<TimeRange>,
    /// Which library reads.
    pub decoder: Decoder,
    /// Decoder threads, where the reader lets us say.
    pub decode_threads: usize,
    /// The most bytes a frame may take, where there is a limit: a file that announces larger ones is refused before
    /// anything is decoded.
    pub memory: Option<u64>,
    /// The pace at which an input that waits to be read is played as if it were a camera; none if it is not.
    pub as_camera: Option<Pace>,
    /// How long a camera or a URL may take to open, and a URL until the next frame.
    pub timeout: Duration,
    /// Whether only a plain file will do, as for what has to be read more than once.
    pub plain: bool,
    /// Whether what is read of a pipe is kept for a second reader, who copies sound and subtitles.
    pub second_reader: bool,
    /// How long a camera or a URL that is lost is tried again; not at all if none.
    pub reconnect: Option<Duration>,
}

/// A part of a source's time: frames that are to be shown at `start` or later, and before `end`. Times count from the
/// first frame of the whole source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeRange {
    /// When it begins.
    pub start: Duration,
    /// When it ends; none for the end of the source.
    pub end: Option<Duration>,
}

impl TimeRange {
    /// Whether a frame that is shown at `pts` comes before it.
    pub(super) fn starts_after(self, pts: Duration) -> bool {
        pts < self.start
    }

    /// Whether a frame that is shown at `pts` comes after it, as all later ones do.
    pub(super) fn ends_by(self, pts: Duration) -> bool {
        self.end.is_some_and(|end| pts >= end)
    }
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            times: 1,
            fps: None,
            pixels: Pixels::Bgr8,
            range: None,
            decoder: Decoder::default(),
            decode_threads: 1,
            memory: None,
            as_camera: None,
            timeout: Duration::from_secs(10),
            plain: false,
            second_reader: false,
            reconnect: Some(Duration::from_secs(30)),
        }
    }
}

impl OpenOptions {
    /// Whether frames of `input`, opened with these options, come by themselves: then some may not be read in time, and no two runs
    /// need see the same.
    pub fn is_live(&self, input: &Input) -> bool {
        input.is_live() || self.as_camera.is_some()
    }

    /// Whether `input`, opened with these options, is read by an [`OPENCV_READER`](super::OPENCV_READER): images and
    /// pictures of cameras by OpenCV's `imgcodecs`, whatever `VideoCapture` reads by its `videoio`.
    pub fn needs_opencv(&self, input: &Input) -> bool {
        match input {
            Input::Camera(_) | Input::Images(_) => true,
            Input::File(_) => self.decoder == Decoder::Opencv && !input.is_pipe(),
            Input::Url(_) => self.decoder == Decoder::Opencv,
            Input::Synthetic(_) | Input::Twin(_) | Input::Remote(_) => false,
        }
    }
}

/// When to stop reading before the source ends.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Limits {
    /// After this many frames.
    pub frames: Option<u64>,
    /// After this time.
    pub duration: Option<Duration>,
}
