//! A decoded picture becomes a BGR image, straight in the buffer it is wanted in.
//!
//! The conversion is FFmpeg's swscale with the flags OpenCV's own reader uses, so that both give the same pixels (seen
//! to differ for 10-bit video only, where these are the pixels that the ffmpeg program makes).
#![expect(unsafe_code, reason = "swscale writes through bare pointers")]

use anyhow::{Result, ensure};
use ffmpeg_next::ffi::sws_scale;
use ffmpeg_next::format::Pixel;
use ffmpeg_next::frame;
use ffmpeg_next::software::scaling::{Context, Flags};
use opencv::core::{Mat, MatTrait, MatTraitConst, MatTraitConstManual};

use crate::frame::Shape;

/// Converts pictures of one format and size.
pub(super) struct Converter {
    scaler: Context,
    from: (Pixel, u32, u32),
    shape: Shape,
    /// For widths at which swscale's vector code may write past the end of a row.
    padded: Option<frame::Video>,
}

// SAFETY: a SwsContext is plain memory without ties to the thread that made it; it is used through `&mut` only.
unsafe impl Send for Converter {}

/// swscale writes whole vectors: rows of a multiple of this need no room behind them.
const VECTOR: usize = 32;

impl Converter {
    /// A converter for pictures like this one.
    pub(super) fn new(from: (Pixel, u32, u32)) -> Result<Self> {
        let (format, width, height) = from;
        ensure!(
            width > 0 && height > 0 && format != Pixel::None,
            "it has a picture of {width}x{height} in no known format"
        );
        let scaler = Context::get(format, width, height, Pixel::BGR24, width, height, Flags::BICUBIC)?;
        let shape = Shape::bgr(i32::try_from(width)?, i32::try_from(height)?);
        let padded =
            (!shape.row_bytes().is_multiple_of(VECTOR)).then(|| frame::Video::new(Pixel::BGR24, width, height));
        Ok(Self { scaler, from, shape, padded })
    }

    /// Whether a picture is of the kind this converter was made for.
    pub(super) fn takes(&self, picture: &frame::Video) -> bool {
        self.from == (picture.format(), picture.width(), picture.height())
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
        if let Some(padded) = &mut self.padded {
            self.scaler.run(picture, padded)?;
            let step = padded.stride(0);
            // SAFETY: the plane holds `height` rows of `step` bytes, of which the image header covers a part, and
            // the header is gone before the plane is touched again.
            let view = unsafe {
                Mat::new_rows_cols_with_data_unsafe(
                    height,
                    width,
                    self.shape.mat_type(),
                    padded.data_mut(0).as_mut_ptr().cast(),
                    step,
                )?
            };
            view.copy_to(image)?;
            return Ok(());
        }
        let (planes, steps) = ([image.data_mut()], [i32::try_from(image.mat_step()[0])?]);
        // SAFETY: the source planes are the picture's own. The target is an image of the very shape this scaler was
        // made for, and its rows are whole vectors long, so nothing is written outside it.
        let rows = unsafe {
            let picture = &*picture.as_ptr();
            let (from, from_steps) = (picture.data.as_ptr().cast(), picture.linesize.as_ptr());
            sws_scale(self.scaler.as_mut_ptr(), from, from_steps, 0, height, planes.as_ptr(), steps.as_ptr())
        };
        ensure!(rows == height, "swscale wrote {rows} of {height} rows");
        Ok(())
    }
}
