//! The forms in which cameras hand over pictures, and how each becomes a frame: straight from the driver's memory into
//! the buffer it is wanted in.
//!
//! Colors are converted as OpenCV's own camera reader converts them (BT.601, limited range; JPEG by its own rules), so
//! that both readers give the same pixels.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, ensure};
use opencv::boxed_ref::BoxedRef;
use opencv::core::{Mat, MatTraitConst, Rect};
use opencv::imgcodecs::{IMREAD_COLOR, IMREAD_IGNORE_ORIENTATION, imdecode_to};
use opencv::imgproc::{
    COLOR_RGB2BGR, COLOR_YUV2BGR_I420, COLOR_YUV2BGR_NV12, COLOR_YUV2BGR_NV21, COLOR_YUV2BGR_UYVY, COLOR_YUV2BGR_YUY2,
    COLOR_YUV2BGR_YV12, COLOR_YUV2BGR_YVYU, cvt_color_def,
};

use crate::frame::Shape;
use crate::near_miss::unknown;

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
    /// By OpenCV's `cvtColor`, from rows of so many bytes a pixel.
    Packed(i32, i32),
    /// By OpenCV's `cvtColor`, from brightness followed by half as many rows of color.
    Planar(i32),
    Jpeg,
}

/// Every form: its name, what V4L2 calls it, and how it is converted. The cheapest to convert come first; gray comes last,
/// because it has no color.
const FORMATS: &[(CameraFormat, &str, &[&[u8; 4]], Conversion)] = &[
    (CameraFormat::Bgr, "bgr", &[b"BGR3"], Conversion::Copy),
    (CameraFormat::Rgb, "rgb", &[b"RGB3"], Conversion::Packed(3, COLOR_RGB2BGR)),
    (CameraFormat::Yuyv, "yuyv", &[b"YUYV"], Conversion::Packed(2, COLOR_YUV2BGR_YUY2)),
    (CameraFormat::Uyvy, "uyvy", &[b"UYVY"], Conversion::Packed(2, COLOR_YUV2BGR_UYVY)),
    (CameraFormat::Yvyu, "yvyu", &[b"YVYU"], Conversion::Packed(2, COLOR_YUV2BGR_YVYU)),
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

    /// The shape of a frame of so many pixels.
    pub(super) fn shape(self, width: i32, height: i32) -> Shape {
        if self == Self::Gray { Shape::gray(width, height) } else { Shape::bgr(width, height) }
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
            Conversion::Packed(pixel, code) => {
                rows(bytes, stride, size, pixel, |picture| Ok(cvt_color_def(picture, image, code)?))
            }
            Conversion::Planar(code) => {
                let with_color = (size.0, size.1 / 2 * 3);
                rows(bytes, stride, with_color, 1, |picture| Ok(cvt_color_def(picture, image, code)?))
            }
            Conversion::Jpeg => decode(bytes, shape, image),
        }
    }
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

/// Decodes a JPEG picture; false if it is none of that shape.
fn decode(bytes: &[u8], shape: Shape, image: &mut Mat) -> Result<bool> {
    ensure!(shape.fits(image), "a JPEG picture is decoded into an image of its shape");
    // Of what is no picture at all OpenCV says nothing, and leaves the image as it was.
    if size_of_jpeg(bytes) != Some((shape.width, shape.height)) {
        return Ok(false);
    }
    let at = image.data();
    // A picture that cannot be decoded empties the image it is decoded into: this one only shares the memory.
    let mut into = Mat::roi_mut(image, Rect::new(0, 0, shape.width, shape.height))?;
    imdecode_to(&Mat::from_slice(bytes)?, IMREAD_COLOR | IMREAD_IGNORE_ORIENTATION, &mut into)?;
    Ok(into.data() == at)
}

/// The width and height of a JPEG picture: in the first segment that begins a frame (ITU-T T.81, B.2.2).
fn size_of_jpeg(bytes: &[u8]) -> Option<(i32, i32)> {
    let mut rest = bytes.strip_prefix(&[0xff, 0xd8])?;
    loop {
        let [0xff, marker, a, b, ..] = *rest else { return None };
        if let (0xc0..=0xc3, [_, _, _, _, _, high, row, wide, column, ..]) = (marker, rest) {
            let side = |two: [u8; 2]| i32::from(u16::from_be_bytes(two));
            return Some((side([*wide, *column]), side([*high, *row])));
        }
        rest = rest.get(2 + usize::from(u16::from_be_bytes([a, b]))..)?;
    }
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
        let shape = format.shape(SHAPE.0, SHAPE.1);
        let mut image = shape.image().unwrap();
        let at = image.data();
        let whole = format.convert(bytes, stride, shape, &mut image).unwrap();
        assert_eq!(image.data(), at, "{format} was put elsewhere");
        (whole, image.data_bytes().unwrap().to_vec())
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
