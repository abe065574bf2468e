//! Cameras, URLs and numbered images, read with OpenCV's `VideoCapture`; files too, when asked for.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use opencv::core::{CV_8UC4, CV_16U, Mat, MatTraitConst};
use opencv::imgproc;
use opencv::videoio::{
    self, CAP_FFMPEG, CAP_IMAGES, CAP_PROP_FPS, CAP_PROP_FRAME_COUNT, CAP_PROP_POS_MSEC, CAP_V4L2, VideoCapture,
    VideoCaptureTrait, VideoCaptureTraitConst,
};

use super::numbered::Numbered;
use super::{Input, Opening, Source, SourceInfo, file};
use crate::frame::Shape;
use crate::measure::Lap;

pub(super) struct OpenCv {
    input: Input,
    capture: VideoCapture,
    info: SourceInfo,
    /// The first frame, which had to be read to know the shape.
    first: Option<Mat>,
    raw: Mat,
    times_left: u32,
    next: u64,
    /// Frames read since the beginning of this pass.
    in_pass: u64,
}

impl OpenCv {
    pub(super) fn open(input: &Input, opening: &Opening) -> Result<Self> {
        let (mut capture, what) = start(input)?;
        let mut first = Mat::default();
        if !capture.read(&mut first)? || first.empty() {
            bail!("{input} opened, but gave no frame{}", hint(input));
        }
        let first = normal(first).with_context(|| format!("cannot use {input}"))?;
        let times = if matches!(input, Input::File(_) | Input::Images(_)) { opening.times } else { 1 };
        let count = capture.get(CAP_PROP_FRAME_COUNT)?;
        // A guess from the duration where the file does not say; negative and absurd where there is none.
        let announced = ((1.0..1e12).contains(&count) && matches!(input, Input::File(_))).then_some(count as u64);
        let fps = Some(capture.get(CAP_PROP_FPS)?).filter(|fps| fps.is_finite() && *fps > 0.0);
        let frames = announced.map(|frames| frames * u64::from(times));
        let info = SourceInfo { shape: Shape::of(&first)?, fps, frames, reader: what.to_owned() };
        let input = input.clone();
        let times_left = times.saturating_sub(1);
        Ok(Self { input, capture, info, first: Some(first), raw: Mat::default(), times_left, next: 0, in_pass: 0 })
    }

    /// Goes back to the first frame of a file or of numbered images.
    fn again(&mut self) -> Result<bool> {
        if self.times_left == 0 || self.next == 0 {
            return Ok(false);
        }
        self.times_left -= 1;
        // Seeking would be quicker, but some formats only say that they have gone back.
        (self.capture, _) = start(&self.input)?;
        self.in_pass = 0;
        Ok(true)
    }
}

impl Source for OpenCv {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn read(&mut self, image: &mut Mat, _: &mut Lap<'_>) -> Result<Option<Duration>> {
        if let Some(first) = self.first.take() {
            first.copy_to(image)?;
        } else {
            // A failed read empties the image it was given, so a buffer that must stay is never given.
            while !self.capture.grab()? {
                if !self.again()? {
                    return Ok(None);
                }
            }
            let direct = self.info.shape.fits(image) && !matches!(self.input, Input::Images(_));
            let target = if direct { &mut *image } else { &mut self.raw };
            if !self.capture.retrieve_def(target)? {
                return Ok(None);
            }
            if !direct {
                normal(std::mem::take(&mut self.raw))?.copy_to(image)?;
            }
        }
        let number = self.next;
        self.next += 1;
        self.in_pass += 1;
        let played = self.capture.get(CAP_PROP_POS_MSEC)?;
        let pts = match self.info.fps {
            Some(fps) => number as f64 / fps,
            None => played.max(0.0) / 1e3,
        };
        Ok(Some(Duration::from_secs_f64(pts)))
    }

    fn complaint(&self) -> Option<String> {
        let Input::Images(pattern) = &self.input else { return None };
        let numbered = Numbered::new(pattern.to_str()?)?;
        numbered.complaint(numbered.first()? + self.in_pass)
    }
}

/// Opens an input with the one back-end that is meant for it, and says which.
fn start(input: &Input) -> Result<(VideoCapture, &'static str)> {
    let text =
        |path: &Path| path.to_str().map(str::to_owned).with_context(|| format!("{} is not UTF-8", path.display()));
    let (capture, what) = match input {
        Input::Camera(number) => {
            let device = format!("/dev/video{number}");
            if !Path::new(&device).exists() {
                bail!("{input}: no such device ({device} is not there){}", hint(input));
            }
            (VideoCapture::new(*number, CAP_V4L2)?, "OpenCV V4L2")
        }
        Input::Url(url) => (VideoCapture::from_file(url, CAP_FFMPEG)?, "OpenCV FFmpeg, a decoder thread a core"),
        Input::Images(pattern) => {
            (VideoCapture::from_file(&first_image(&text(pattern)?)?, CAP_IMAGES)?, "OpenCV images, 1 thread")
        }
        Input::File(path) => {
            file::check(path)?;
            (VideoCapture::from_file(&text(path)?, CAP_FFMPEG)?, "OpenCV FFmpeg, a decoder thread a core")
        }
        Input::Synthetic(_) => bail!("{input} is not read by OpenCV"),
    };
    if !videoio::VideoCaptureTraitConst::is_opened(&capture)? {
        return Err(anyhow!("cannot open {input}{}", hint(input)));
    }
    Ok((capture, what))
}

/// What OpenCV is to be given for numbered images. It looks for numbers up to 4 only; from a later one on it wants the
/// first file by its name.
fn first_image(pattern: &str) -> Result<String> {
    let first = Numbered::new(pattern).and_then(|numbered| Some((numbered.first()?, numbered)));
    let (number, numbered) =
        first.with_context(|| format!("no image {pattern}; check the path and the number of digits"))?;
    let file = numbered.file(number);
    Ok(if number <= 4 { pattern.to_owned() } else { file.to_str().unwrap_or(pattern).to_owned() })
}

/// What to do about an input that does not open.
fn hint(input: &Input) -> &'static str {
    match input {
        Input::Camera(_) => "; is it plugged in, and free? Without one try synthetic:640x480@30x300",
        Input::Images(_) => "; can its first image be shown?",
        Input::Url(_) => "; does it play with ffplay?",
        Input::File(_) => "; look at it with ffprobe",
        Input::Synthetic(_) => "",
    }
}

/// The image in 8-bit gray or BGR: alpha is left out, deeper pixels lose their low bits.
fn normal(image: Mat) -> Result<Mat> {
    let mut normal = image;
    if normal.depth() == CV_16U {
        let mut shallow = Mat::default();
        normal.convert_to(&mut shallow, opencv::core::CV_8U, 1.0 / 256.0, 0.0)?;
        normal = shallow;
    }
    if normal.typ() == CV_8UC4 {
        let mut opaque = Mat::default();
        imgproc::cvt_color_def(&normal, &mut opaque, imgproc::COLOR_BGRA2BGR)?;
        normal = opaque;
    }
    Shape::of(&normal)?;
    Ok(normal)
}
