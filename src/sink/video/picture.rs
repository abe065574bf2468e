//! An OpenCV image becomes the picture that an encoder takes: gray as it is where the encoder takes gray, everything
//! else by FFmpeg's swscale, straight from the image's memory.
#![expect(unsafe_code, reason = "swscale and reference counts of pictures are C")]

use std::os::raw::c_int;
use std::ptr::null;

use anyhow::{Context as _, Result, ensure};
use ffmpeg_next::ffi::{SWS_CS_ITU601, av_frame_is_writable, sws_getCoefficients, sws_scale, sws_setColorspaceDetails};
use ffmpeg_next::format::Pixel;
use ffmpeg_next::frame;
use ffmpeg_next::frame::side_data::Type as SideData;
use ffmpeg_next::software::scaling::{Context, Flags};
use opencv::core::{Mat, MatTraitConst, MatTraitConstManual};

use crate::frame::{Pixels, Shape};

/// Makes pictures of one format and size.
pub(super) struct Painter {
    shape: Shape,
    format: Pixel,
    picture: frame::Video,
    /// None where an image's rows are the picture's.
    scaler: Option<Context>,
}

// SAFETY: a SwsContext is plain memory without ties to the thread that made it; it is used through `&mut` only.
unsafe impl Send for Painter {}

impl Painter {
    /// A maker of pictures in `format` from images of `shape`. With `full` black is 0 and white 255 in them, else 16
    /// and 235.
    pub(super) fn new(shape: Shape, format: Pixel, full: bool) -> Result<Self> {
        let (width, height) = (u32::try_from(shape.width)?, u32::try_from(shape.height)?);
        let from = match shape.pixels {
            Pixels::Gray8 => Pixel::GRAY8,
            Pixels::Bgr8 => Pixel::BGR24,
        };
        let scaler = if from == format {
            None
        } else {
            // Rounded as exactly as the reader's conversion, so that there and back changes as little as can be.
            let flags = Flags::BICUBIC | Flags::ACCURATE_RND | Flags::FULL_CHR_H_INT;
            let scaler = Context::get(from, width, height, format, width, height, flags)
                .with_context(|| format!("frames cannot be made {}", name(format)))?;
            Some(with_range(scaler, full))
        };
        Ok(Self { shape, format, picture: frame::Video::new(format, width, height), scaler })
    }

    /// The picture that was made last.
    pub(super) fn picture(&self) -> &frame::Video {
        &self.picture
    }

    /// The picture that was made last, to say more of it.
    pub(super) fn picture_mut(&mut self) -> &mut frame::Video {
        &mut self.picture
    }

    /// Says of the picture whether it is two fields, and then whether the upper one is first.
    fn mark(&mut self, fields: Option<bool>) {
        // SAFETY: two numbers of a picture that is ours.
        unsafe {
            let picture = self.picture.as_mut_ptr();
            (*picture).interlaced_frame = fields.is_some().into();
            (*picture).top_field_first = fields.unwrap_or(false).into();
        }
    }

    /// Makes the picture of an image. Some `fields` say that it is two, the upper one first if so.
    pub(super) fn paint(&mut self, image: &Mat, fields: Option<bool>) -> Result<&mut frame::Video> {
        let shape = self.shape;
        ensure!(shape.fits(image), "a frame is {}, but the video began as {shape}", Shape::of(image)?);
        // SAFETY: only looks at the reference counts of a picture that is ours.
        if unsafe { av_frame_is_writable(self.picture.as_mut_ptr()) } == 0 {
            // The encoder still looks at the last one.
            self.picture = frame::Video::new(self.format, self.picture.width(), self.picture.height());
        }
        self.picture.remove_side_data(SideData::A53CC);
        self.mark(fields);
        match &mut self.scaler {
            Some(scaler) => scale(scaler, image, &mut self.picture)?,
            None => copy_rows(image, shape, &mut self.picture)?,
        }
        Ok(&mut self.picture)
    }
}

/// FFmpeg's name of a pixel format.
pub(super) fn name(format: Pixel) -> &'static str {
    format.descriptor().map_or("none", |descriptor| descriptor.name())
}

/// Conversion by BT.601, as the reader's is whatever a file says: there and back is the same. (The file goes on saying
/// what it said, so players show it right.)
fn with_range(mut scaler: Context, full: bool) -> Context {
    const NEUTRAL: c_int = 1 << 16;
    // SAFETY: the coefficients are a constant table of swscale, which copies them; the context is ours. Formats that
    // know no range (RGB) are refused by a code without consequence.
    unsafe {
        let table = sws_getCoefficients(SWS_CS_ITU601);
        sws_setColorspaceDetails(scaler.as_mut_ptr(), table, 1, table, c_int::from(full), 0, NEUTRAL, NEUTRAL);
    }
    scaler
}

fn scale(scaler: &mut Context, image: &Mat, picture: &mut frame::Video) -> Result<()> {
    let height = image.rows();
    // swscale copies four of each, whatever the format: gray and BGR have one plane, the others are absent.
    let planes = [image.data(), null(), null(), null()];
    let steps = [c_int::try_from(image.mat_step()[0])?, 0, 0, 0];
    // SAFETY: the image has `height` rows of `step` bytes of the format and size the scaler was made for (`paint`), and
    // is only read; the picture is ours, writable, and of the format and size it was made for.
    let rows = unsafe {
        let target = &mut *picture.as_mut_ptr();
        let (to, to_steps) = (target.data.as_ptr(), target.linesize.as_ptr());
        sws_scale(scaler.as_mut_ptr(), planes.as_ptr(), steps.as_ptr(), 0, height, to, to_steps)
    };
    ensure!(rows == height, "only {rows} of {height} rows of a frame could be converted");
    Ok(())
}

fn copy_rows(image: &Mat, shape: Shape, picture: &mut frame::Video) -> Result<()> {
    let (bytes, stride) = (shape.row_bytes(), picture.stride(0));
    let rows = image.data_bytes().context("an output image has gaps between its rows")?.chunks_exact(bytes);
    for (from, to) in rows.zip(picture.data_mut(0).chunks_mut(stride)) {
        to[..bytes].copy_from_slice(from);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencv::core::{CV_8UC1, CV_8UC3, Scalar};

    #[test]
    fn gray_keeps_its_bytes_or_gets_neutral_color() {
        let shape = Shape::gray(5, 3);
        let white = Mat::new_rows_cols_with_default(3, 5, CV_8UC1, Scalar::all(255.0)).unwrap();
        let mut gray = Painter::new(shape, Pixel::GRAY8, true).unwrap();
        assert_eq!(gray.paint(&white, None).unwrap().data(0)[..5], [255; 5]);
        for (full, brightest) in [(false, 235), (true, 255)] {
            let mut planar = Painter::new(shape, Pixel::YUV420P, full).unwrap();
            let picture = planar.paint(&white, None).unwrap();
            assert_eq!((picture.data(0)[0], picture.data(1)[0], picture.data(2)[0]), (brightest, 128, 128));
        }
    }

    #[test]
    fn black_and_white_keep_their_range() {
        let shape = Shape::bgr(6, 4);
        let white = Mat::new_rows_cols_with_default(4, 6, CV_8UC3, Scalar::all(255.0)).unwrap();
        for (full, brightest) in [(false, 235), (true, 255)] {
            let mut planar = Painter::new(shape, Pixel::YUV444P, full).unwrap();
            assert_eq!(planar.paint(&white, None).unwrap().data(0)[0], brightest);
        }
    }
}
