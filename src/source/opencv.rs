//! What is read by parts of OpenCV that take long to load: numbered images, cameras, and with OpenCV's `VideoCapture` files
//! and URLs, when asked for. Nothing else in the library names this file: a program that puts [`through_opencv`] into
//! [`OPENCV_READER`](super::OPENCV_READER) is linked with GDAL, GStreamer and whatever else `imgcodecs` and `videoio` bring,
//! and others are not.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use opencv::core::{Mat, MatTraitConst, Vector};
use opencv::videoio::{
    CAP_FFMPEG, CAP_PROP_FPS, CAP_PROP_FRAME_COUNT, CAP_PROP_OPEN_TIMEOUT_MSEC, CAP_PROP_POS_MSEC,
    CAP_PROP_READ_TIMEOUT_MSEC, VideoCapture, VideoCaptureTrait, VideoCaptureTraitConst,
};

use super::file::timestamps::Timeline;
use super::{Decoder, Input, Lost, OpenOptions, Source, SourceInfo, camera, file, images};
use crate::cancel::CancelToken;
use crate::frame::{Shape, Timing};
use crate::metrics::StageTimer;

/// OpenCV gives times in fractions of a millisecond.
const MICROSECONDS: (i32, i32) = (1, 1_000_000);

/// Reads an input with all of OpenCV, on the thread that asks it to. Setting `halt` ends a wait, where the library lets us.
///
/// # Errors
/// One line that names the input, what is wrong with it, and what to do.
pub fn through_opencv(input: &Input, options: &OpenOptions, halt: &CancelToken) -> Result<Box<dyn Source>> {
    Ok(match input {
        Input::Images(pattern) => Box::new(images::Images::open(pattern, options)?),
        Input::Camera(spec) if options.decoder != Decoder::Opencv => {
            Box::new(camera::Camera::open(spec, options.pixels, halt.clone())?)
        }
        other => Box::new(OpenCv::open(other, options)?),
    })
}

struct OpenCv {
    input: Input,
    capture: VideoCapture,
    info: SourceInfo,
    /// The first frame, which had to be read to know the shape.
    first: Option<Mat>,
    times_left: u32,
    /// How long a URL may take.
    timeout: Duration,
    next: u64,
    /// Of a file.
    timeline: Timeline,
    /// Whether there are captions in its pictures.
    captions: bool,
}

impl OpenCv {
    fn open(input: &Input, opening: &OpenOptions) -> Result<Self> {
        // Only libav says what the pictures are, and refuses a file that is none before OpenCV takes memory for it.
        let (video, captions) = match input {
            Input::File(path) => file::glance(file::Address::of(path, opening, &CancelToken::default())?, opening)?,
            _ => (None, false),
        };
        let (mut capture, what) = start(input, opening.timeout)?;
        let mut first = Mat::default();
        if !capture.read(&mut first)? || first.empty() {
            bail!("{input} opened, but gave no frame{}", hint(input));
        }
        let times = if matches!(input, Input::File(_)) { opening.times } else { 1 };
        let count = capture.get(CAP_PROP_FRAME_COUNT)?;
        // A guess from the duration where the file does not say; negative and absurd where there is none.
        let announced = ((1.0..1e12).contains(&count) && matches!(input, Input::File(_))).then_some(count as u64);
        let fps = Some(capture.get(CAP_PROP_FPS)?).filter(|fps| fps.is_finite() && *fps > 0.0);
        let frames = announced.map(|frames| frames * u64::from(times));
        let shape = Shape::of(&first).with_context(|| format!("cannot use {input}"))?;
        let info = SourceInfo { shape, fps, paced: input.is_live(), frames, reader: what, video, can_be_cut: false };
        let timeline = Timeline::new(MICROSECONDS, info.fps.map_or(Duration::ZERO, frame_time));
        let times_left = times.saturating_sub(1);
        let (input, first, timeout) = (input.clone(), Some(first), opening.timeout);
        Ok(Self { input, capture, info, first, times_left, timeout, next: 0, timeline, captions })
    }

    /// Goes back to the first frame of a file, if it is to be played again.
    fn again(&mut self) -> Result<bool> {
        if self.times_left == 0 || self.next == 0 {
            return Ok(false);
        }
        self.times_left -= 1;
        // Seeking would be quicker, but some formats only say that they have gone back.
        (self.capture, _) = start(&self.input, self.timeout)?;
        self.timeline.again();
        Ok(true)
    }

    /// Writes the next frame; false at the end.
    fn next_frame(&mut self, image: &mut Mat) -> Result<bool> {
        if let Some(first) = self.first.take() {
            first.copy_to(image)?;
            return Ok(true);
        }
        // A failed read empties the image it was given, so it is grabbed first.
        while !self.capture.grab()? {
            if !self.again()? {
                return Ok(false);
            }
        }
        Ok(self.capture.retrieve_def(image)?)
    }
}

impl Source for OpenCv {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn read(&mut self, image: &mut Mat, _: &StageTimer<'_>) -> Result<Option<Timing>> {
        let number = self.next;
        if !self.next_frame(image)? {
            // A file or a stream ends; a camera does not.
            let live = matches!(self.input, Input::Camera(_));
            ensure!(!live, Lost::Failed { frames: number, reason: "OpenCV got no frame: unplugged?".into() });
            return Ok(None);
        }
        self.next += 1;
        let ms = self.capture.get(CAP_PROP_POS_MSEC)?;
        if matches!(self.input, Input::File(_)) {
            // Zero stands for a time that is not known, too.
            let stamp = (number == 0 || ms > 0.0).then_some((ms * 1e3).round() as i64);
            let interlaced = self.info.video.as_ref().and_then(|facts| facts.interlaced);
            return Ok(Some(Timing { interlaced, ..self.timeline.place(stamp, 0) }));
        }
        let duration = self.info.fps.map_or(Duration::ZERO, frame_time);
        let seconds = self.info.fps.map_or(ms.max(0.0) / 1e3, |fps| number as f64 / fps);
        Ok(Some(Timing { pts: Duration::from_secs_f64(seconds), duration, ..Timing::default() }))
    }

    fn complaint(&self) -> Option<String> {
        let lost = "has captions in its pictures, which OpenCV does not hand out; --decoder libav does";
        self.captions.then(|| format!("{} {lost}", self.input))
    }
}

fn frame_time(fps: f64) -> Duration {
    Duration::from_secs_f64(1.0 / fps)
}

const ALL_CORES: &str = "OpenCV FFmpeg, a decoder thread a core";

/// Opens an input with the one back-end that is meant for it, and says which.
fn start(input: &Input, timeout: Duration) -> Result<(VideoCapture, String)> {
    let (capture, what) = match input {
        Input::Camera(spec) => camera::through_opencv(spec)?,
        Input::Url(url) => {
            let ms = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX);
            let waits = [CAP_PROP_OPEN_TIMEOUT_MSEC, ms, CAP_PROP_READ_TIMEOUT_MSEC, ms];
            let capture = VideoCapture::from_file_with_params(url.address(), CAP_FFMPEG, &Vector::from_slice(&waits))?;
            (capture, ALL_CORES.to_owned())
        }
        Input::File(path) => {
            file::check(path)?;
            let path = path.to_str().with_context(|| format!("{input}: OpenCV takes names that are text only"))?;
            (VideoCapture::from_file(path, CAP_FFMPEG)?, ALL_CORES.to_owned())
        }
        Input::Images(_) | Input::Synthetic(_) | Input::Twin(_) | Input::Remote(_) => {
            bail!("{input} is not read by OpenCV's VideoCapture")
        }
    };
    ensure!(capture.is_opened()?, "cannot open {input}{}", hint(input));
    Ok((capture, what))
}

/// What to do about an input that does not open.
fn hint(input: &Input) -> &'static str {
    match input {
        Input::Camera(_) => "; is it plugged in, and free? Without one try synthetic:640x480@30x300",
        Input::Url(_) => "; does it play with ffplay?",
        _ => "; look at it with ffprobe",
    }
}
