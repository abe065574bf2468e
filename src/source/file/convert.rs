//! A decoded picture becomes a BGR image, straight in the buffer it is wanted in.
//!
//! The conversion is FFmpeg's swscale with the flags OpenCV's own reader uses, so that both give the same pixels. As
//! there, color is taken for BT.601 whatever the file says. They differ where OpenCV would lose something: in video of
//! more than 8 bits, and where a file says that its numbers are of full range and its format does not (VP9, AV1, FFV1),
//! or that gray is of limited range; there these are the pixels that the ffmpeg program makes.
#![expect(unsafe_code, reason = "swscale writes through bare pointers")]

use std::ptr::null_mut;

use anyhow::{Result, ensure};
use ffmpeg_next::ffi::{sws_getColorspaceDetails, sws_scale, sws_setColorspaceDetails};
use ffmpeg_next::format::Pixel;
use ffmpeg_next::frame;
use ffmpeg_next::software::scaling::{Context, Flags};
use opencv::core::{Mat, MatTrait, MatTraitConst, MatTraitConstManual};

use super::probe;
use crate::frame::Shape;
use crate::source::ColorRange;

/// Converts pictures of one format and size, and scales them if images of another size are wanted.
pub(super) struct Converter {
    scaler: Context,
    from: Kind,
    shape: Shape,
    /// For widths at which swscale's vector code may write past the end of a row.
    padded: Option<frame::Video>,
}

// SAFETY: a SwsContext is plain memory without ties to the thread that made it; it is used through `&mut` only.
unsafe impl Send for Converter {}

/// swscale writes whole vectors: rows of a multiple of this need no room behind them.
const VECTOR: usize = 32;

/// What a picture is to a converter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Kind {
    format: Pixel,
    width: u32,
    height: u32,
    /// Whether black is 0 and white 255, where the picture says so.
    full: Option<bool>,
}

impl Kind {
    pub(super) fn of(picture: &frame::Video) -> Self {
        let full = match probe::color_range(picture) {
            ColorRange::Unknown => None,
            range => Some(range == ColorRange::Full),
        };
        Self { format: picture.format(), width: picture.width(), height: picture.height(), full }
    }

    /// The shape of an image of its size.
    pub(super) fn shape(self) -> Result<Shape> {
        Ok(Shape::bgr(i32::try_from(self.width)?, i32::try_from(self.height)?))
    }
}

impl Converter {
    /// A converter for pictures of this kind, to images of that size where it is given, else of their own.
    pub(super) fn new(from: Kind, to: Option<Shape>) -> Result<Self> {
        let Kind { format, width, height, full } = from;
        ensure!(
            width > 0 && height > 0 && format != Pixel::None,
            "it has a picture of {width}x{height} in no known format"
        );
        let shape = to.map_or_else(|| from.shape(), Ok)?;
        let (across, down) = (u32::try_from(shape.width)?, u32::try_from(shape.height)?);
        let mut scaler = Context::get(format, width, height, Pixel::BGR24, across, down, Flags::BICUBIC)?;
        if let Some(full) = full {
            set_range(&mut scaler, full);
        }
        let padded = (!shape.row_bytes().is_multiple_of(VECTOR)).then(|| frame::Video::new(Pixel::BGR24, across, down));
        Ok(Self { scaler, from, shape, padded })
    }

    /// Whether a picture is of the kind this converter was made for.
    pub(super) fn takes(&self, picture: &frame::Video) -> bool {
        self.from == Kind::of(picture)
    }

    /// The shape of the images it writes.
    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    /// Writes `picture` into `image`, in the memory the image has if its shape is right.
    pub(super) fn convert(&mut self, picture: &frame::Video, image: &mut Mat) -> Result<()> {
        ensure!(self.takes(picture), "the picture's format changed");
        let Shape { width, height, .. } = self.shape;
        if !self.shape.fits(image) {
            *image = self.shape.image()?;
        }
        let Some(padded) = &mut self.padded else {
            let step = image.mat_step()[0];
            return scale(&mut self.scaler, picture, height, image.data_mut(), step);
        };
        let step = padded.stride(0);
        scale(&mut self.scaler, picture, height, padded.data_mut(0).as_mut_ptr(), step)?;
        // SAFETY: the plane holds `height` rows of `step` bytes, of which the image header covers a part, and the
        // header is gone before the plane is touched again.
        let view = unsafe {
            let data = padded.data_mut(0).as_mut_ptr().cast();
            Mat::new_rows_cols_with_data_unsafe(height, width, self.shape.mat_type(), data, step)?
        };
        Ok(view.copy_to(image)?)
    }
}

/// Tells the scaler what black and white are in the pictures it reads. What it makes of colors stays as it is.
fn set_range(scaler: &mut Context, full: bool) {
    let (mut from, mut to) = (null_mut(), null_mut());
    let (mut from_full, mut to_full, mut brightness, mut contrast, mut saturation) = (0, 0, 0, 0, 0);
    // SAFETY: the scaler is alive, the numbers are ours, and the two tables stay its own. The second call copies them.
    // It refuses only for conversions that know no range, which are right as they are.
    unsafe {
        let scaler = scaler.as_mut_ptr();
        let told = sws_getColorspaceDetails(
            scaler,
            &raw mut from,
            &raw mut from_full,
            &raw mut to,
            &raw mut to_full,
            &raw mut brightness,
            &raw mut contrast,
            &raw mut saturation,
        );
        if told >= 0 && (from_full != 0) != full {
            sws_setColorspaceDetails(scaler, from, full.into(), to, to_full, brightness, contrast, saturation);
        }
    }
}

/// Converts `picture` into rows of `step` bytes at `target`, which must be what `scaler` was made for.
fn scale(scaler: &mut Context, picture: &frame::Video, height: i32, target: *mut u8, step: usize) -> Result<()> {
    // swscale copies four of each, whatever the format: BGR has one plane, the others are absent.
    let planes = [target, null_mut(), null_mut(), null_mut()];
    let steps = [i32::try_from(step)?, 0, 0, 0];
    // SAFETY: the source planes are the picture's own, of the format and size the scaler was made for (`takes`). The
    // target has `height` rows of `step` bytes, with whole vectors in each row, so nothing is written outside it.
    let rows = unsafe {
        let picture = &*picture.as_ptr();
        let (from, from_steps) = (picture.data.as_ptr().cast(), picture.linesize.as_ptr());
        sws_scale(scaler.as_mut_ptr(), from, from_steps, 0, picture.height, planes.as_ptr(), steps.as_ptr())
    };
    ensure!(rows == height, "only {rows} of {height} rows of a picture could be converted");
    Ok(())
}
