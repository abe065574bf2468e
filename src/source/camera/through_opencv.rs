//! A camera read by OpenCV's `VideoCapture`, set to the same mode as when it is read by V4L2 itself.

use anyhow::Result;
use opencv::videoio::{
    CAP_PROP_FOURCC, CAP_PROP_FPS, CAP_PROP_FRAME_HEIGHT, CAP_PROP_FRAME_WIDTH, CAP_V4L2, VideoCapture,
    VideoCaptureTrait, VideoCaptureTraitConst, VideoWriter,
};

use super::modes::{fps, round};
use super::{CameraSpec, mode};

/// Opens a camera, and says what reads it and how it is set. A capture that did not open says so itself.
pub(crate) fn through_opencv(spec: &CameraSpec) -> Result<(VideoCapture, String)> {
    let mode = mode(spec)?;
    let mut capture = VideoCapture::new(i32::try_from(spec.number)?, CAP_V4L2)?;
    let [a, b, c, d] = mode.fourcc.map(char::from);
    let fourcc = VideoWriter::fourcc(a, b, c, d)?;
    let size = [(CAP_PROP_FRAME_WIDTH, mode.width), (CAP_PROP_FRAME_HEIGHT, mode.height)];
    capture.set(CAP_PROP_FOURCC, f64::from(fourcc))?;
    for (property, pixels) in size {
        capture.set(property, f64::from(pixels))?;
    }
    if let Some(rate) = mode.rate {
        capture.set(CAP_PROP_FPS, fps(rate))?;
    }
    let rate = capture.get(CAP_PROP_FPS)?;
    Ok((capture, format!("OpenCV V4L2, {} at {} fps", mode.format, round(rate))))
}
