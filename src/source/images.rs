//! Numbered images, `frames/%04d.png`: every file whose name fits, in the order of the numbers, decoded one by one with
//! OpenCV.
//!
//! Not by OpenCV's own sequence reader: it looks for the first number among a few only, guesses the pattern from the
//! first digits of a name, and stops at the first gap.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use opencv::core::{CV_8U, CV_16U, Mat, MatTraitConst, extract_channel, min_max_loc_def};
use opencv::imgcodecs::{IMREAD_ANYCOLOR, IMREAD_ANYDEPTH, IMREAD_UNCHANGED, imdecode};
use opencv::imgproc::{COLOR_BGR2GRAY, COLOR_BGRA2BGR, COLOR_BGRA2GRAY, COLOR_GRAY2BGR, cvt_color_def};

use super::numbered::Numbered;
use super::{OpenOptions, Source, SourceInfo};
use crate::frame::{Pixels, Shape, Timing};
use crate::host::plain_file::open_plain;
use crate::host::whole_file::read_up_to;
use crate::metrics::StageTimer;

/// Images have no time of their own: 25 a second if nobody says, as ffmpeg takes them.
const USUAL_FPS: f64 = 25.0;

/// Bytes at the beginning of a file that say what kind of image it is, previews and color profiles included.
const HEAD: u64 = 256 << 10;
/// Those of a PNG up to where it says whether it has color, and those that a JPEG begins with.
const PNG_HEAD: u64 = 26;
const JPEG: [u8; 2] = [0xFF, 0xD8];

pub(super) struct Images {
    pattern: String,
    numbered: Numbered,
    numbers: Vec<u64>,
    info: SourceInfo,
    /// The place of the next image among the numbers.
    next: usize,
    /// Whether an image could be read in this pass.
    found: bool,
    times_left: u32,
    frames: u32,
    /// What a user should know of images that were read.
    notes: BTreeSet<String>,
}

impl Images {
    pub(super) fn open(pattern: &Path, opening: &OpenOptions) -> Result<Self> {
        let name = pattern.display().to_string();
        let numbered = pattern.to_str().and_then(Numbered::new);
        let numbered = numbered.with_context(|| format!("{name} has no place for a number, as in frames/%04d.png"))?;
        let numbers = numbered.numbers();
        let Some(first) = numbers.first() else { bail!("no image {name}; check the path and the number of digits") };
        let first = numbered.file(*first);
        let Some(image) = decode(&first, &mut BTreeSet::new())? else {
            bail!("{} is not an image OpenCV can read", first.display());
        };
        let mut shape = Shape { width: image.cols(), height: image.rows(), pixels: Pixels::Bgr8 };
        if image.channels() == 1 && !numbers.iter().any(|number| has_color(&numbered.file(*number))) {
            shape = shape.to_gray();
        }
        let info = SourceInfo {
            shape,
            fps: opening.fps,
            paced: false,
            frames: Some(numbers.len() as u64 * u64::from(opening.times)),
            reader: "OpenCV images, 1 thread".into(),
            video: None,
            can_be_cut: false,
        };
        let (times_left, notes) = (opening.times.saturating_sub(1), BTreeSet::new());
        Ok(Self { pattern: name, numbered, numbers, info, next: 0, found: false, times_left, frames: 0, notes })
    }

    /// The next image that can be read; none at the end.
    fn next_image(&mut self) -> Result<Option<Mat>> {
        loop {
            if self.next == self.numbers.len() && self.times_left > 0 && std::mem::take(&mut self.found) {
                (self.next, self.times_left) = (0, self.times_left - 1);
            }
            let Some(number) = self.numbers.get(self.next) else { return Ok(None) };
            self.next += 1;
            let file = self.numbered.file(*number);
            match decode(&file, &mut self.notes)? {
                Some(image) => {
                    self.found = true;
                    return Ok(Some(image));
                }
                None => self.notes.insert(format!("{} cannot be read and was left out", file.display())),
            };
        }
    }

    /// Writes an image into the buffer of a frame, with or without color as all frames are.
    fn fill(&mut self, image: &Mat, frame: &mut Mat) -> Result<()> {
        let code = match (image.channels(), self.info.shape.pixels) {
            (1, Pixels::Bgr8) => COLOR_GRAY2BGR,
            (4, Pixels::Bgr8) => COLOR_BGRA2BGR,
            (4, Pixels::Gray8) => COLOR_BGRA2GRAY,
            (3, Pixels::Gray8) => {
                self.notes.insert("begins without color; the color of later images was left out".into());
                COLOR_BGR2GRAY
            }
            _ => return Ok(image.copy_to(frame)?),
        };
        Ok(cvt_color_def(image, frame, code)?)
    }
}

impl Source for Images {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn read(&mut self, image: &mut Mat, _: &StageTimer<'_>) -> Result<Option<Timing>> {
        let Some(next) = self.next_image()? else { return Ok(None) };
        self.fill(&next, image)?;
        let fps = self.info.fps.unwrap_or(USUAL_FPS);
        let [pts, duration] = [self.frames, 1].map(|frames| Duration::from_secs_f64(f64::from(frames) / fps));
        self.frames += 1;
        Ok(Some(Timing { pts, duration, ..Timing::default() }))
    }

    fn complaint(&self) -> Option<String> {
        let gaps = self.numbered.gaps(&self.numbers);
        let all: Vec<_> = self.notes.iter().cloned().chain(gaps).collect();
        (!all.is_empty()).then(|| format!("{}: {}", self.pattern, all.join("; ")))
    }
}

/// The largest file of an image in bytes.
const LARGEST: u64 = 1 << 30;

/// The image in a file, turned as it asks to be, in 8 bits a sample and with the channels it has; none if it is no image.
/// Notes what is lost.
fn decode(file: &Path, notes: &mut BTreeSet<String>) -> Result<Option<Mat>> {
    let name = file.display().to_string();
    let bytes = open_plain(file).map_err(Into::into).and_then(|file| read_up_to(file, &name, LARGEST));
    let Ok(bytes) = bytes else { return Ok(None) };
    // OpenCV turns an image only if it is also allowed to leave alpha out.
    let head = &bytes[..bytes.len().min(HEAD as usize)];
    let may_be_turned = head.windows(4).any(|word| word == b"Exif" || word == b"eXIf");
    let flags = if may_be_turned { IMREAD_ANYCOLOR | IMREAD_ANYDEPTH } else { IMREAD_UNCHANGED };
    let mut image = match imdecode(&Mat::from_slice(&bytes)?, flags) {
        Ok(image) if !image.empty() => image,
        _ => return Ok(None),
    };
    if image.depth() == CV_16U {
        notes.insert("has 16 bits a color; filters and output have 8".into());
        let mut shallow = Mat::default();
        image.convert_to(&mut shallow, CV_8U, 1.0 / 256.0, 0.0)?;
        image = shallow;
    }
    if image.channels() == 4 && is_transparent(&image)? {
        notes.insert("is transparent in places; filters and output are not".into());
    }
    if image.depth() != CV_8U || !matches!(image.channels(), 1 | 3 | 4) {
        Shape::of(&image).with_context(|| format!("cannot use {}", file.display()))?;
    }
    Ok(Some(image))
}

fn is_transparent(image: &Mat) -> Result<bool> {
    let (mut alpha, mut lowest) = (Mat::default(), 255.0);
    extract_channel(image, &mut alpha, 3)?;
    min_max_loc_def(&alpha, Some(&mut lowest))?;
    Ok(lowest < 255.0)
}

/// Whether a file is a PNG, JPEG or PNM that says it has color. Of many images no more is read than that takes.
fn has_color(file: &Path) -> bool {
    let read = || {
        let (mut file, mut head) = (open_plain(file).ok()?, Vec::new());
        file.by_ref().take(PNG_HEAD).read_to_end(&mut head).ok()?;
        if head.starts_with(&JPEG) {
            file.take(HEAD).read_to_end(&mut head).ok()?;
        }
        Some(head)
    };
    read().is_some_and(|head| says_color(&head))
}

/// Whether a PNG, JPEG or PNM says that it has color; false for others.
fn says_color(head: &[u8]) -> bool {
    const IS_COLOR: u8 = 2;
    match head {
        [0x89, b'P', b'N', b'G', ..] => head.get(25).is_some_and(|kind| kind & IS_COLOR != 0),
        [b'P', b'3' | b'6', ..] => true,
        [0xFF, 0xD8, segments @ ..] => jpeg_components(segments).is_some_and(|count| count > 1),
        _ => false,
    }
}

/// The number of colors that a JPEG is made of, from the first of its segments that says so.
fn jpeg_components(mut segments: &[u8]) -> Option<u8> {
    while let [0xFF, marker, high, low, content @ ..] = segments {
        let is_frame = matches!(marker, 0xC0..=0xC2);
        if is_frame {
            return content.get(5).copied();
        }
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        segments = content.get(length.checked_sub(2)?..)?;
    }
    None
}
