//! A JPEG picture of a camera becomes an image, in color or its brightness alone.

use anyhow::{Result, ensure};
use opencv::core::{Mat, MatTraitConst, Rect};
use opencv::imgcodecs::{IMREAD_COLOR, IMREAD_GRAYSCALE, IMREAD_IGNORE_ORIENTATION, imdecode_to};

use crate::frame::{Pixels, Shape};

/// Decodes a JPEG picture; false if it is none of that shape.
pub(super) fn decode(bytes: &[u8], shape: Shape, image: &mut Mat) -> Result<bool> {
    ensure!(shape.fits(image), "a JPEG picture is decoded into an image of its shape");
    // Of what is no picture at all OpenCV says nothing, and leaves the image as it was.
    if size_of_jpeg(bytes) != Some((shape.width, shape.height)) {
        return Ok(false);
    }
    let at = image.data();
    // A picture that cannot be decoded empties the image it is decoded into: this one only shares the memory.
    let mut into = Mat::roi_mut(image, Rect::new(0, 0, shape.width, shape.height))?;
    let colors = if shape.pixels == Pixels::Gray8 { IMREAD_GRAYSCALE } else { IMREAD_COLOR };
    imdecode_to(&Mat::from_slice(bytes)?, colors | IMREAD_IGNORE_ORIENTATION, &mut into)?;
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
