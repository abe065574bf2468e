//! A decoded picture becomes an image, BGR or brightness alone, straight in the buffer it is wanted in.
//!
//! The conversion is FFmpeg's swscale with the flags OpenCV's own reader uses, so that both give the same pixels. As
//! there, color is taken for BT.601 whatever the file says. They differ where OpenCV would lose something: in video of
//! more than 8 bits, and where a file says that its numbers are of full range and its format does not (VP9, AV1, FFV1),
//! or that gray is of limited range; there these are the pixels that the ffmpeg program makes.
#![expect(unsafe_code, reason = "swscale writes through bare pointers")]

use std::ptr::null_mut;

use anyhow::{Result, ensure};
use ffmpeg_next::ffi::{
    AV_PIX_FMT_FLAG_BAYER, AV_PIX_FMT_FLAG_PAL, AV_PIX_FMT_FLAG_RGB, AVPixFmtDescriptor, av_pix_fmt_desc_get,
};
use ffmpeg_next::ffi::{sws_getColorspaceDetails, sws_scale, sws_setColorspaceDetails};
use ffmpeg_next::format::Pixel;
use ffmpeg_next::frame;
use ffmpeg_next::software::scaling::{Context, Flags};
use opencv::core::{Mat, MatTrait, MatTraitConst, MatTraitConstManual};

use super::probe;
use crate::frame::{Pixels, Shape};
use crate::source::ColorRange;
use crate::source::luma::Luma;

/// Converts pictures of one format and size, and scales them if images of another size are wanted.
pub(super) struct Converter {
    scaler: Context,
    /// Where the pictures have the brightness that is wanted, in bytes: it needs no scaler.
    luma: Option<LumaBytes>,
    /// Whether black is 0 and white 255 in them.
    full: bool,
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
    pub(super) fn shape(self, pixels: Pixels) -> Result<Shape> {
        Ok(Shape { width: i32::try_from(self.width)?, height: i32::try_from(self.height)?, pixels })
    }
}

impl Converter {
    /// A converter for pictures of this kind, to images of their size: with color where `pixels` says so, and where the
    /// pictures store no brightness.
    pub(super) fn new(from: Kind, pixels: Pixels) -> Result<Self> {
        let stored = if stores_luma(from.format) { pixels } else { Pixels::Bgr8 };
        Self::to(from, from.shape(stored)?)
    }

    /// A converter for pictures of this kind, to images of that shape.
    pub(super) fn to(from: Kind, shape: Shape) -> Result<Self> {
        let Kind { format, width, height, full } = from;
        ensure!(
            width > 0 && height > 0 && format != Pixel::None,
            "it has a picture of {width}x{height} in no known format"
        );
        let (across, down) = (u32::try_from(shape.width)?, u32::try_from(shape.height)?);
        let target = match shape.pixels {
            Pixels::Bgr8 => Pixel::BGR24,
            Pixels::Gray8 => Pixel::GRAY8,
        };
        let mut scaler = Context::get(format, width, height, target, across, down, Flags::BICUBIC)?;
        let full = set_range(&mut scaler, full);
        let same_size = from.shape(Pixels::Gray8)? == shape;
        let luma = same_size.then(|| LumaBytes::of(format)).flatten();
        let padded = (!shape.row_bytes().is_multiple_of(VECTOR)).then(|| frame::Video::new(target, across, down));
        Ok(Self { scaler, luma, full, from, shape, padded })
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
        if let Some(LumaBytes { step, first }) = self.luma {
            let (bytes, stride, full) = (picture.data(0), picture.stride(0), self.full);
            if (Luma { bytes, stride, step, first, full }).write(image)? {
                return Ok(());
            }
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

/// Whether pictures of this format have brightness beside their color, and not red, green and blue or a palette.
fn stores_luma(format: Pixel) -> bool {
    const COLORS: u32 = (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BAYER).cast_unsigned();
    layout(format).is_some_and(|layout| layout.flags & u64::from(COLORS) == 0)
}

fn layout(format: Pixel) -> Option<&'static AVPixFmtDescriptor> {
    // SAFETY: descriptions are constants of FFmpeg, or null.
    unsafe { av_pix_fmt_desc_get(format.into()).as_ref() }
}

/// Which bytes of the first plane are brightness: every so many, from this one on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct LumaBytes {
    step: usize,
    first: usize,
}

impl LumaBytes {
    /// Those of this format; none if it stores no brightness, or not in bytes.
    fn of(format: Pixel) -> Option<Self> {
        let luma = layout(format).filter(|_| stores_luma(format))?.comp[0];
        let in_bytes = (luma.plane, luma.shift, luma.depth) == (0, 0, 8);
        in_bytes.then_some(Self { step: usize::try_from(luma.step).ok()?, first: usize::try_from(luma.offset).ok()? })
    }
}

/// Tells the scaler what black and white are in the pictures it reads, where they say so, and returns whether they are 0 and
/// 255. What it makes of colors stays as it is.
fn set_range(scaler: &mut Context, full: Option<bool>) -> bool {
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
        let full = full.unwrap_or(from_full != 0);
        if told >= 0 && (from_full != 0) != full {
            sws_setColorspaceDetails(scaler, from, full.into(), to, to_full, brightness, contrast, saturation);
        }
        full
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bytes_of_brightness_are_taken_as_such() {
        for format in [Pixel::YUV420P, Pixel::NV12, Pixel::YUVJ422P, Pixel::GRAY8, Pixel::YUVA420P] {
            assert_eq!(LumaBytes::of(format), Some(LumaBytes { step: 1, first: 0 }), "{format:?}");
        }
        assert_eq!(LumaBytes::of(Pixel::YUYV422), Some(LumaBytes { step: 2, first: 0 }));
        assert_eq!(LumaBytes::of(Pixel::UYVY422), Some(LumaBytes { step: 2, first: 1 }));
        for format in [Pixel::RGB24, Pixel::BGRZ, Pixel::GBRP, Pixel::PAL8, Pixel::YUV420P10LE, Pixel::MonoBlack] {
            assert_eq!(LumaBytes::of(format), None, "{format:?}");
        }
    }
}
