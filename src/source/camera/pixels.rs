//! The forms in which cameras hand over pictures, and how each becomes a frame: straight from the driver's memory into
//! the buffer it is wanted in.
//!
//! Colors are converted as OpenCV's own camera reader converts them (BT.601, limited range; JPEG by its own rules), so
//! that both readers give the same pixels.

use std::fmt;
use std::str::FromStr;

use anyhow::Result;
use opencv::boxed_ref::BoxedRef;
use opencv::core::{Mat, MatTraitConst, Rect};
use opencv::imgproc::{
    COLOR_RGB2BGR, COLOR_YUV2BGR_I420, COLOR_YUV2BGR_NV12, COLOR_YUV2BGR_NV21, COLOR_YUV2BGR_UYVY, COLOR_YUV2BGR_YUY2,
    COLOR_YUV2BGR_YV12, COLOR_YUV2BGR_YVYU, cvt_color_def,
};

use super::jpeg;
use crate::frame::{Pixels, Shape};
use crate::near_miss::unknown;
use crate::source::luma::Luma;

/// A form of picture that is read from cameras, named as ffmpeg and users name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CameraFormat {
    /// Three bytes a pixel, as frames have them.
    Bgr,
    /// Three bytes a pixel in the other order.
    Rgb,
    /// Brightness of each pixel, color of each two: Y U Y V.
    Yuyv,
    /// The same: U Y V Y.
    Uyvy,
    /// The same: Y V Y U.
    Yvyu,
    /// Brightness, then color of each four pixels, U and V in turn.
    Nv12,
    /// The same, V and U in turn.
    Nv21,
    /// Brightness, then U, then V of each four pixels.
    Yuv420,
    /// Brightness, then V, then U of each four pixels.
    Yvu420,
    /// A JPEG picture a frame: small on the wire, expensive to decode.
    Mjpeg,
    /// Brightness alone: gray frames.
    Gray,
}

/// How a form becomes a frame.
enum Conversion {
    /// It is one already.
    Copy,
    /// By OpenCV's `cvtColor`, from rows of so many bytes a pixel; and which of them is brightness, where one is.
    Packed(i32, i32, Option<usize>),
    /// By OpenCV's `cvtColor`, from brightness followed by half as many rows of color.
    Planar(i32),
    Jpeg,
}

/// Every form: its name, what V4L2 calls it, and how it is converted. The cheapest to convert come first; gray comes last,
/// because it has no color.
const FORMATS: &[(CameraFormat, &str, &[&[u8; 4]], Conversion)] = &[
    (CameraFormat::Bgr, "bgr", &[b"BGR3"], Conversion::Copy),
    (CameraFormat::Rgb, "rgb", &[b"RGB3"], Conversion::Packed(3, COLOR_RGB2BGR, None)),
    (CameraFormat::Yuyv, "yuyv", &[b"YUYV"], Conversion::Packed(2, COLOR_YUV2BGR_YUY2, Some(0))),
    (CameraFormat::Uyvy, "uyvy", &[b"UYVY"], Conversion::Packed(2, COLOR_YUV2BGR_UYVY, Some(1))),
    (CameraFormat::Yvyu, "yvyu", &[b"YVYU"], Conversion::Packed(2, COLOR_YUV2BGR_YVYU, Some(0))),
    (CameraFormat::Nv12, "nv12", &[b"NV12"], Conversion::Planar(COLOR_YUV2BGR_NV12)),
    (CameraFormat::Nv21, "nv21", &[b"NV21"], Conversion::Planar(COLOR_YUV2BGR_NV21)),
    (CameraFormat::Yuv420, "yuv420", &[b"YU12"], Conversion::Planar(COLOR_YUV2BGR_I420)),
    (CameraFormat::Yvu420, "yvu420", &[b"YV12"], Conversion::Planar(COLOR_YUV2BGR_YV12)),
    (CameraFormat::Mjpeg, "mjpeg", &[b"MJPG", b"JPEG"], Conversion::Jpeg),
    (CameraFormat::Gray, "gray", &[b"GREY"], Conversion::Copy),
];

impl CameraFormat {
    /// The form that V4L2 calls so, if it is one of ours.
    pub(super) fn of_fourcc(fourcc: [u8; 4]) -> Option<Self> {
        FORMATS.iter().find(|(_, _, fourccs, _)| fourccs.contains(&&fourcc)).map(|(format, ..)| *format)
    }

    /// How expensive it is beside the others: the smaller, the better.
    pub(super) fn rank(self) -> usize {
        FORMATS.iter().position(|(format, ..)| *format == self).unwrap_or(FORMATS.len())
    }

    fn row(self) -> &'static (Self, &'static str, &'static [&'static [u8; 4]], Conversion) {
        &FORMATS[self.rank()]
    }

    /// The shape of a frame of so many pixels, of which such are wanted: brightness alone where it is stored, else color.
    pub(super) fn shape(self, width: i32, height: i32, wanted: Pixels) -> Shape {
        let stored = match self.row().3 {
            Conversion::Copy => self == Self::Gray,
            Conversion::Packed(_, _, gray) => gray.is_some(),
            Conversion::Planar(_) | Conversion::Jpeg => true,
        };
        let is_gray = self == Self::Gray || stored && wanted == Pixels::Gray8;
        if is_gray { Shape::gray(width, height) } else { Shape::bgr(width, height) }
    }

    /// Writes the picture in `bytes`, whose rows are `stride` bytes apart, into `image`, in the memory that image has. False
    /// if the bytes hold no whole picture.
    pub(super) fn convert(self, bytes: &[u8], stride: usize, shape: Shape, image: &mut Mat) -> Result<bool> {
        let size = (shape.width, shape.height);
        match self.row().3 {
            Conversion::Copy => {
                let pixel = i32::try_from(shape.pixels.bytes())?;
                rows(bytes, stride, size, pixel, |picture| Ok(picture.copy_to(image)?))
            }
            Conversion::Packed(pixel, _, Some(first)) if shape.pixels == Pixels::Gray8 => {
                luma(bytes, stride, shape, (usize::try_from(pixel)?, first), image)
            }
            Conversion::Planar(_) if shape.pixels == Pixels::Gray8 => luma(bytes, stride, shape, (1, 0), image),
            Conversion::Packed(pixel, code, _) => {
                rows(bytes, stride, size, pixel, |picture| Ok(cvt_color_def(picture, image, code)?))
            }
            Conversion::Planar(code) => {
                let with_color = (size.0, size.1 / 2 * 3);
                rows(bytes, stride, with_color, 1, |picture| Ok(cvt_color_def(picture, image, code)?))
            }
            Conversion::Jpeg => jpeg::decode(bytes, shape, image),
        }
    }
}

/// Writes brightness of limited range that is every so many bytes of a row, from the second number on.
fn luma(bytes: &[u8], stride: usize, shape: Shape, (step, first): (usize, usize), image: &mut Mat) -> Result<bool> {
    let stride = stride.max(usize::try_from(shape.width)? * step);
    Luma { bytes, stride, step, first, full: false }.write(image)
}

/// Hands over `bytes` as an image of `width` pixels a row, of `pixel` bytes each; false if there are too few.
fn rows(
    bytes: &[u8],
    stride: usize,
    (width, height): (i32, i32),
    pixel: i32,
    with: impl FnOnce(&BoxedRef<'_, Mat>) -> Result<()>,
) -> Result<bool> {
    let step = i32::try_from(stride)?.max(width * pixel);
    let Some(bytes) = bytes.get(..usize::try_from(step)? * usize::try_from(height)?) else { return Ok(false) };
    let all = Mat::new_rows_cols_with_bytes::<u8>(height, step, bytes)?;
    let picture = Mat::roi(&all, Rect::new(0, 0, width * pixel, height))?;
    with(&picture.reshape(pixel, 0)?)?;
    Ok(true)
}

impl FromStr for CameraFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = FORMATS.iter().find(|(_, name, ..)| *name == text).map(|(format, ..)| *format);
        named.ok_or_else(|| unknown("format", text, FORMATS.iter().map(|(_, name, ..)| *name), "framerace devices"))
    }
}

impl fmt::Display for CameraFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row().1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencv::core::{CV_8UC1, CV_8UC2, CV_8UC3, MatTraitConstManual, Scalar, Vector};
    use opencv::imgcodecs::imencode_def;
    use opencv::imgproc::{COLOR_YUV2BGR_I420, COLOR_YUV2BGR_YUY2};

    const SHAPE: (i32, i32) = (8, 4);

    fn noise(rows: i32, cols: i32, kind: i32) -> Mat {
        let mut image = Mat::new_rows_cols_with_default(rows, cols, kind, Scalar::all(0.0)).unwrap();
        opencv::core::randu(&mut image, &Scalar::all(0.0), &Scalar::all(256.0)).unwrap();
        image
    }

    /// The rows of an image with `gap` bytes behind each.
    fn with_gaps(image: &Mat, gap: usize) -> (Vec<u8>, usize) {
        let row = image.data_bytes().unwrap().len() / usize::try_from(image.rows()).unwrap();
        let rows = image.data_bytes().unwrap().chunks(row);
        (rows.flat_map(|row| row.iter().copied().chain(std::iter::repeat_n(9, gap))).collect(), row + gap)
    }

    fn converted(format: CameraFormat, bytes: &[u8], stride: usize) -> (bool, Vec<u8>) {
        let shape = format.shape(SHAPE.0, SHAPE.1, Pixels::Bgr8);
        let mut image = shape.image().unwrap();
        let at = image.data();
        let whole = format.convert(bytes, stride, shape, &mut image).unwrap();
        assert_eq!(image.data(), at, "{format} was put elsewhere");
        (whole, image.data_bytes().unwrap().to_vec())
    }

    #[test]
    fn brightness_alone_is_that_which_is_stored() {
        let brightness = |format: CameraFormat, bytes: &[u8], stride| {
            let shape = format.shape(SHAPE.0, SHAPE.1, Pixels::Gray8);
            let mut image = shape.image().unwrap();
            assert!(
                shape.pixels == Pixels::Gray8 && format.convert(bytes, stride, shape, &mut image).unwrap(),
                "{format}"
            );
            image.data_bytes().unwrap().to_vec()
        };
        let (packed, planar) = (noise(SHAPE.1, SHAPE.0, CV_8UC2), noise(SHAPE.1 / 2 * 3, SHAPE.0, CV_8UC1));
        for (format, first) in [(CameraFormat::Yuyv, 0), (CameraFormat::Yvyu, 0), (CameraFormat::Uyvy, 1)] {
            let (bytes, stride) = with_gaps(&packed, 3);
            let stored: Vec<u8> = packed.data_bytes().unwrap()[first..].iter().step_by(2).copied().collect();
            let mut expected = Shape::gray(SHAPE.0, SHAPE.1).image().unwrap();
            let all = Luma { bytes: &stored, stride: SHAPE.0 as usize, step: 1, first: 0, full: false };
            assert!(all.write(&mut expected).unwrap());
            assert_eq!(brightness(format, &bytes, stride), expected.data_bytes().unwrap());
        }
        for format in [CameraFormat::Nv12, CameraFormat::Nv21, CameraFormat::Yuv420, CameraFormat::Yvu420] {
            let (bytes, stride) = with_gaps(&planar, 5);
            assert_eq!(brightness(format, &bytes, stride).len(), (SHAPE.0 * SHAPE.1) as usize, "{format}");
        }
        assert_eq!(CameraFormat::Rgb.shape(8, 4, Pixels::Gray8), Shape::bgr(8, 4), "it stores none");
    }

    #[test]
    fn forms_have_one_name_and_are_found_by_it() {
        for (format, name, fourccs, _) in FORMATS {
            assert_eq!(name.parse(), Ok(*format));
            assert!(fourccs.iter().all(|fourcc| CameraFormat::of_fourcc(**fourcc) == Some(*format)));
        }
        assert_eq!(CameraFormat::of_fourcc(*b"H264"), None);
    }

    #[test]
    fn every_form_is_converted_in_place_whatever_lies_between_its_rows() {
        let plain = noise(SHAPE.1, SHAPE.0, CV_8UC3);
        let (yuyv, yuv420) = (noise(SHAPE.1, SHAPE.0, CV_8UC2), noise(SHAPE.1 / 2 * 3, SHAPE.0, CV_8UC1));
        let gray = noise(SHAPE.1, SHAPE.0, CV_8UC1);
        let by = |image: &Mat, code: i32| {
            let mut done = Mat::default();
            cvt_color_def(image, &mut done, code).unwrap();
            done.data_bytes().unwrap().to_vec()
        };
        let cases = [
            (CameraFormat::Bgr, &plain, plain.data_bytes().unwrap().to_vec()),
            (CameraFormat::Rgb, &plain, by(&plain, COLOR_RGB2BGR)),
            (CameraFormat::Yuyv, &yuyv, by(&yuyv, COLOR_YUV2BGR_YUY2)),
            (CameraFormat::Nv12, &yuv420, by(&yuv420, COLOR_YUV2BGR_NV12)),
            (CameraFormat::Yuv420, &yuv420, by(&yuv420, COLOR_YUV2BGR_I420)),
            (CameraFormat::Gray, &gray, gray.data_bytes().unwrap().to_vec()),
        ];
        for (format, image, expected) in cases {
            for gap in [0, 4, 5] {
                // Planes of color are half as wide as the brightness, so their gaps are even.
                if gap == 5 && format == CameraFormat::Yuv420 {
                    continue;
                }
                let (bytes, stride) = with_gaps(image, gap);
                assert_eq!(converted(format, &bytes, stride), (true, expected.clone()), "{format} with gaps of {gap}");
                assert!(!converted(format, &bytes[..bytes.len() / 2], stride).0, "half a picture in {format}");
            }
        }
    }

    #[test]
    fn jpeg_is_decoded_in_place_and_what_is_none_is_no_picture() {
        let mut jpeg = Vector::new();
        let plain = Mat::new_rows_cols_with_default(SHAPE.1, SHAPE.0, CV_8UC3, Scalar::all(200.0)).unwrap();
        assert!(imencode_def(".jpg", &plain, &mut jpeg).unwrap());
        let (whole, pixels) = converted(CameraFormat::Mjpeg, jpeg.as_slice(), 0);
        assert!(whole && pixels.iter().all(|value| value.abs_diff(200) < 4), "{pixels:?}");
        for broken in [&b""[..], b"no picture", &jpeg.as_slice()[..20]] {
            assert!(!converted(CameraFormat::Mjpeg, broken, 0).0);
        }
        let mut wide = Vector::new();
        assert!(imencode_def(".jpg", &noise(4, 16, CV_8UC3), &mut wide).unwrap());
        assert!(!converted(CameraFormat::Mjpeg, wide.as_slice(), 0).0, "a picture of another size");
    }
}
