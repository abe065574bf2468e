//! Numbered images, `frames/%04d.png`: read one by one with OpenCV's `imread`, from the lowest number that has a file
//! to the first that has none.
//!
//! Not by OpenCV's own sequence reader: it looks for the first number among a few only, and guesses the pattern from
//! the first digits of a name.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use opencv::core::{CV_8U, CV_8UC4, CV_16U, Mat, MatTraitConst};
use opencv::imgcodecs::{IMREAD_UNCHANGED, imread};
use opencv::imgproc;

use super::numbered::Numbered;
use super::{OpenOptions, Source, SourceInfo};
use crate::frame::{Shape, Timing};
use crate::metrics::StageTimer;

/// Images have no time of their own: 25 a second, as ffmpeg takes them.
const FRAME: Duration = Duration::from_millis(40);

pub(super) struct Images {
    numbered: Numbered,
    info: SourceInfo,
    first: u64,
    next: u64,
    times_left: u32,
    frames: u32,
}

impl Images {
    pub(super) fn open(pattern: &Path, opening: &OpenOptions) -> Result<Self> {
        let name = pattern.display();
        let numbered = pattern.to_str().and_then(Numbered::new);
        let numbered = numbered.with_context(|| format!("{name} has no place for a number, as in frames/%04d.png"))?;
        let Some(first) = numbered.first() else { bail!("no image {name}; check the path and the number of digits") };
        let Some(image) = read(&numbered, first)? else {
            bail!("{} is not an image OpenCV can read", numbered.file(first).display());
        };
        let info = SourceInfo {
            shape: Shape::of(&image)?,
            fps: None,
            paced: false,
            frames: None,
            reader: "OpenCV images, 1 thread".into(),
            video: None,
        };
        Ok(Self { numbered, info, first, next: first, times_left: opening.times.saturating_sub(1), frames: 0 })
    }
}

impl Source for Images {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn read(&mut self, image: &mut Mat, _: &StageTimer<'_>) -> Result<Option<Timing>> {
        let mut next = read(&self.numbered, self.next)?;
        if next.is_none() && self.times_left > 0 {
            self.times_left -= 1;
            self.next = self.first;
            next = read(&self.numbered, self.next)?;
        }
        let Some(next) = next else { return Ok(None) };
        next.copy_to(image)?;
        let pts = FRAME * self.frames;
        self.next += 1;
        self.frames += 1;
        Ok(Some(Timing { pts, duration: FRAME, arrived: None }))
    }

    fn complaint(&self) -> Option<String> {
        self.numbered.complaint(self.next)
    }
}

/// The image with a number in 8-bit gray or BGR (alpha is left out, deeper pixels lose their low bits), or none where
/// there is no image.
fn read(numbered: &Numbered, number: u64) -> Result<Option<Mat>> {
    let file = numbered.file(number);
    if !file.exists() {
        return Ok(None);
    }
    let mut image = imread(file.to_str().context("a pattern is text")?, IMREAD_UNCHANGED)?;
    if image.empty() {
        return Ok(None);
    }
    if image.depth() == CV_16U {
        let mut shallow = Mat::default();
        image.convert_to(&mut shallow, CV_8U, 1.0 / 256.0, 0.0)?;
        image = shallow;
    }
    if image.typ() == CV_8UC4 {
        let mut opaque = Mat::default();
        imgproc::cvt_color_def(&image, &mut opaque, imgproc::COLOR_BGRA2BGR)?;
        image = opaque;
    }
    Shape::of(&image).with_context(|| format!("cannot use {}", file.display()))?;
    Ok(Some(image))
}
