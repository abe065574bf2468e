//! `synthetic:WxH@FPSxCOUNT`: moving, textured, the same on every machine, and cheap.
//!
//! One canvas is drawn ahead of time; a frame is a window on it that wanders, with its own number written into the
//! first row so that no two frames are alike. Handing one out is a copy and nothing else, so this source is never
//! the bottleneck. It is as fast as it is asked; its rate is that of its time line, and keeping to it, where that is above
//! 0, is somebody else's work.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use anyhow::Result;
use opencv::core::{Mat, MatTraitConst, MatTraitManual, Rect};

use super::{Source, SourceInfo};
use crate::frame::{Pixels, Shape, Timing};
use crate::metrics::StageTimer;
use crate::near_miss::unknown;

/// Size, rate and number of synthetic frames.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SyntheticSpec {
    /// The shape of a frame.
    pub shape: Shape,
    /// Frames a second; 0 means as fast as asked.
    pub fps: f64,
    /// How many frames.
    pub frames: u64,
}

impl SyntheticSpec {
    /// Frames of this shape, as fast as asked.
    pub fn new(shape: Shape, frames: u64) -> Self {
        Self { shape, fps: 0.0, frames }
    }
}

const FORM: &str =
    "is not WxH@FPSxCOUNT, such as synthetic:1280x720@30x300 (@0: as fast as asked; ?format=gray: one channel)";
const LARGEST: i32 = 16_384;

impl FromStr for SyntheticSpec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (spec, format) = text.split_once("?format=").unwrap_or((text, "bgr"));
        let pixels = match format {
            "bgr" => Pixels::Bgr8,
            "gray" => Pixels::Gray8,
            other => return Err(unknown("format", other, ["bgr", "gray"], "")),
        };
        let read = || {
            let (size, rest) = spec.split_once('@')?;
            let (width, height) = size.split_once('x')?;
            let (fps, frames) = rest.split_once('x')?;
            Some((width.parse().ok()?, height.parse().ok()?, fps.parse::<f64>().ok()?, frames.parse().ok()?))
        };
        let (width, height, fps, frames) = read().ok_or(FORM)?;
        if !(1..=LARGEST).contains(&width) || !(1..=LARGEST).contains(&height) {
            return Err(format!("a frame is 1 to {LARGEST} pixels wide and high, not {width}x{height}"));
        }
        if fps != 0.0 && !(0.001..=100_000.0).contains(&fps) {
            return Err(format!("a rate is 0, or 0.001 to 100000 frames a second, not {fps}"));
        }
        Ok(Self { shape: Shape { width, height, pixels }, fps, frames })
    }
}

impl fmt::Display for SyntheticSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shape { width, height, pixels } = self.shape;
        write!(f, "synthetic:{width}x{height}@{}x{}", self.fps, self.frames)?;
        if pixels == Pixels::Gray8 { f.write_str("?format=gray") } else { Ok(()) }
    }
}

/// How far the window wanders before it comes back.
const WANDER: i32 = 64;

/// Frames a second on the time line, where they come as fast as they are asked for.
const UNPACED: f64 = 25.0;

pub(super) struct Synthetic {
    info: SourceInfo,
    canvas: Mat,
    next: u64,
}

impl Synthetic {
    /// `fps` is for frames that have no rate of their own.
    pub(super) fn new(spec: SyntheticSpec, fps: Option<f64>) -> Result<Self> {
        let info = SourceInfo {
            shape: spec.shape,
            fps: Some(spec.fps).filter(|own| *own > 0.0).or(fps),
            paced: false,
            frames: Some(spec.frames),
            reader: "frames drawn ahead of time".into(),
            video: None,
            can_be_cut: false,
        };
        Ok(Self { info, canvas: draw(spec.shape)?, next: 0 })
    }

    /// The window for a frame wanders along a slanted line, back and forth.
    fn window(&self, frame: u64) -> Rect {
        let at = |speed: u64| {
            let along = i32::try_from(frame * speed % (2 * WANDER as u64)).unwrap_or(0);
            if along < WANDER { along } else { 2 * WANDER - 1 - along }
        };
        Rect::new(at(3), at(2), self.info.shape.width, self.info.shape.height)
    }
}

impl Source for Synthetic {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn read(&mut self, image: &mut Mat, _: &StageTimer<'_>) -> Result<Option<Timing>> {
        if Some(self.next) == self.info.frames {
            return Ok(None);
        }
        let fps = self.info.fps.unwrap_or(UNPACED);
        let [pts, duration] = [self.next as f64, 1.0].map(|frames| Duration::from_secs_f64(frames / fps));
        self.canvas.roi(self.window(self.next))?.copy_to(image)?;
        write_number(image, self.next)?;
        self.next += 1;
        Ok(Some(Timing { pts, duration, ..Timing::default() }))
    }
}

/// Writes a frame's number into the first row: a white pixel for 1, a black one for 0, lowest bit first.
fn write_number(image: &mut Mat, number: u64) -> Result<()> {
    let channels = usize::try_from(image.channels())?;
    let width = usize::try_from(image.cols())?.min(64);
    let bytes = image.data_bytes_mut()?;
    for (bit, pixel) in bytes.chunks_exact_mut(channels).take(width).enumerate() {
        pixel.fill(if number >> bit & 1 == 1 { 255 } else { 0 });
    }
    Ok(())
}

/// Slopes for the eye, a checkerboard for edges, and noise so that nothing compresses or predicts well.
fn draw(shape: Shape) -> Result<Mat> {
    let (width, height) = (shape.width + WANDER, shape.height + WANDER);
    let bytes = shape.pixels.bytes();
    let mut pixels = Vec::with_capacity(usize::try_from(width)? * usize::try_from(height)? * bytes);
    let mut noise = 0x2545_F491_4F6C_DD1D_u64;
    for y in 0..height {
        for x in 0..width {
            noise ^= noise << 13;
            noise ^= noise >> 7;
            noise ^= noise << 17;
            let board = if (x / 40 + y / 40) % 2 == 0 { 40 } else { 0 };
            let grain = (noise >> 40 & 31) as i32;
            for channel in 0..bytes as i32 {
                let slope = (x * (channel + 1) * 96 / width) + (y * (3 - channel) * 32 / height);
                pixels.push((board + grain + slope).min(255) as u8);
            }
        }
    }
    Ok(Mat::from_slice(&pixels)?.reshape(i32::try_from(bytes)?, height)?.try_clone()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::StageMeter;
    use opencv::core::MatTraitConstManual;

    fn frames(spec: &str) -> Vec<Vec<u8>> {
        let mut source = Synthetic::new(spec.parse().unwrap(), None).unwrap();
        let clock = StageMeter::new("capture", 1, Vec::new(), false).clock();
        let mut image = Mat::default();
        let mut frames = Vec::new();
        while clock.busy(|timer| source.read(&mut image, timer)).unwrap().is_some() {
            frames.push(image.data_bytes().unwrap().to_vec());
        }
        frames
    }

    #[test]
    fn frames_are_the_same_every_time_and_differ_from_each_other() {
        let first = frames("70x50@0x200");
        assert_eq!(first.len(), 200);
        assert_eq!(first, frames("70x50@0x200"));
        let distinct: std::collections::HashSet<_> = first.iter().collect();
        assert_eq!(distinct.len(), 200);
    }

    #[test]
    fn gray_frames_have_one_byte_a_pixel() {
        assert_eq!(frames("9x7@0x1?format=gray")[0].len(), 63);
    }
}
