//! Brightness as videos and cameras store it (luma) becomes an image: black 0 and white 255, whatever they were. No color is
//! converted.

use anyhow::{Result, ensure};
use opencv::core::{CV_8UC1, Mat, MatTraitConst, MatTraitManual};

/// Stored brightness: a byte a pixel.
pub(super) struct Luma<'a> {
    pub bytes: &'a [u8],
    /// Bytes from one row to the next.
    pub stride: usize,
    /// Bytes from one pixel to the next, and those before the first.
    pub step: usize,
    pub first: usize,
    /// Whether black is 0 and white 255, and not 16 and 235 (ITU-R BT.601).
    pub full: bool,
}

impl Luma<'_> {
    /// Writes it into `image`, in the memory that image has; false if there are too few bytes for an image of its size.
    pub(super) fn write(&self, image: &mut Mat) -> Result<bool> {
        ensure!(image.typ() == CV_8UC1, "brightness is written into an image of one byte a pixel");
        let (width, height) = (usize::try_from(image.cols())?, usize::try_from(image.rows())?);
        let row_bytes = width * self.step;
        if width == 0 || self.stride < row_bytes || self.bytes.len() < self.stride * (height - 1) + row_bytes {
            return Ok(false);
        }
        let from = self.bytes.chunks(self.stride);
        for (to, from) in image.data_bytes_mut()?.chunks_exact_mut(width).zip(from) {
            match (self.step, self.full) {
                (1, true) => to.copy_from_slice(&from[..width]),
                (1, false) => to.iter_mut().zip(from).for_each(|(to, from)| *to = to_full_range(*from)),
                (step, full) => {
                    let values = from[self.first..].iter().step_by(step);
                    to.iter_mut()
                        .zip(values)
                        .for_each(|(to, from)| *to = if full { *from } else { to_full_range(*from) });
                }
            }
        }
        Ok(true)
    }
}

/// A value of limited range in full range, rounded. What lies beyond is clipped. (16 bits suffice, so the compiler does many
/// at once.)
fn to_full_range(value: u8) -> u8 {
    let above_black = u16::from(value.clamp(16, 235) - 16);
    ((above_black * 255 + 109) / 219) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Shape;
    use opencv::core::MatTraitConstManual;

    #[test]
    fn limited_range_is_stretched_to_the_full_one() {
        let ends = [0, 15, 16, 17, 125, 126, 234, 235, 255].map(to_full_range);
        assert_eq!(ends, [0, 0, 0, 1, 127, 128, 254, 255, 255]);
    }

    #[test]
    fn rows_with_gaps_and_pixels_with_color_between_are_read() {
        let mut image = Shape::gray(2, 2).image().unwrap();
        let planar = Luma { bytes: &[1, 2, 0, 3, 4], stride: 3, step: 1, first: 0, full: true };
        assert!(planar.write(&mut image).unwrap());
        assert_eq!(image.data_bytes().unwrap(), [1, 2, 3, 4]);
        let packed = Luma { bytes: &[0, 16, 0, 235, 0, 126, 0, 235], stride: 4, step: 2, first: 1, full: false };
        assert!(packed.write(&mut image).unwrap());
        assert_eq!(image.data_bytes().unwrap(), [0, 255, 128, 255]);
        assert!(!Luma { bytes: &[1, 2, 0, 3], ..planar }.write(&mut image).unwrap(), "a byte is missing");
    }
}
