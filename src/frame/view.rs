//! Images over memory that is not their own: bands of an image, and slots of shared memory.
//!
//! The only place where an image header is laid over raw memory. OpenCV never frees such memory, and makes memory
//! of its own when it is asked to write another shape; callers that must know compare `data()` before and after.
#![expect(unsafe_code, reason = "OpenCV takes foreign memory as a bare pointer")]

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut, Range};

use anyhow::{Result, ensure};
use opencv::core::{Mat, MatTrait, MatTraitConst, MatTraitConstManual};

use super::shape::Shape;

/// An image header over `shape.bytes()` bytes at `data`, rows without gaps.
///
/// # Safety
/// The memory must be valid for reads and writes of `shape.bytes()` bytes for as long as the image or anything
/// that shares its memory lives, and nobody else may touch it while this image is used.
pub(crate) unsafe fn view(data: *mut u8, shape: Shape) -> Result<Mat> {
    // SAFETY: the caller vouches for the memory; the step is the row length.
    let image = unsafe {
        Mat::new_rows_cols_with_data_unsafe(shape.height, shape.width, shape.mat_type(), data.cast(), shape.row_bytes())
    }?;
    Ok(image)
}

/// Some rows of an image, to read: an image in its own right, so that a filter sees a border where the rows end.
pub(crate) fn rows(image: &Mat, rows: Range<i32>) -> Result<Rows<'_>> {
    let at = start(image, &rows)?;
    // SAFETY: `start` checked that the rows lie inside the image, whose memory the borrow keeps alive and unchanged.
    // The pointer is only read through: Rows hands out no `&mut`.
    let view = unsafe { raw_rows(image.data().add(at).cast_mut(), image, &rows) }?;
    Ok(Rows { view, _image: PhantomData })
}

/// An image cut into bands of rows that several threads may write at once. The bands must be in order and must not
/// meet.
pub(crate) fn split_rows_mut<'a>(image: &'a mut Mat, bands: &[Range<i32>]) -> Result<Vec<RowsMut<'a>>> {
    ensure!(bands.windows(2).all(|pair| pair[0].end <= pair[1].start), "bands overlap: {bands:?}");
    let data = image.data_mut();
    bands
        .iter()
        .map(|band| {
            let at = start(image, band)?;
            // SAFETY: the rows lie inside the image and no two bands share one (checked above); the borrow of the
            // image lasts as long as the bands, so nobody else touches them.
            let view = unsafe { raw_rows(data.add(at), image, band) }?;
            Ok(RowsMut { view, _image: PhantomData })
        })
        .collect()
}

/// Where the rows begin, in bytes, once it is known that they lie inside the image.
fn start(image: &Mat, rows: &Range<i32>) -> Result<usize> {
    ensure!(0 <= rows.start && rows.start < rows.end && rows.end <= image.rows(), "rows {rows:?} of {}", image.rows());
    Ok(usize::try_from(rows.start)? * image.mat_step()[0])
}

/// # Safety
/// `data` must point at the first of `rows` inside `image`.
unsafe fn raw_rows(data: *mut u8, image: &Mat, rows: &Range<i32>) -> Result<Mat> {
    let (height, step) = (rows.end - rows.start, image.mat_step()[0]);
    // SAFETY: as for the caller: `height` rows of `step` bytes from `data` are inside the image.
    Ok(unsafe { Mat::new_rows_cols_with_data_unsafe(height, image.cols(), image.typ(), data.cast(), step) }?)
}

/// Rows of an image, to read.
pub(crate) struct Rows<'a> {
    view: Mat,
    _image: PhantomData<&'a Mat>,
}

/// Rows of an image, to write.
pub(crate) struct RowsMut<'a> {
    view: Mat,
    _image: PhantomData<&'a mut Mat>,
}

impl Deref for Rows<'_> {
    type Target = Mat;

    fn deref(&self) -> &Mat {
        &self.view
    }
}

impl Deref for RowsMut<'_> {
    type Target = Mat;

    fn deref(&self) -> &Mat {
        &self.view
    }
}

impl DerefMut for RowsMut<'_> {
    fn deref_mut(&mut self) -> &mut Mat {
        &mut self.view
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencv::core::{CV_8UC1, Scalar};

    fn numbered(height: i32) -> Mat {
        let mut image = Mat::new_rows_cols_with_default(height, 3, CV_8UC1, Scalar::all(0.0)).unwrap();
        for y in 0..height {
            for x in 0..3 {
                *image.at_2d_mut::<u8>(y, x).unwrap() = u8::try_from(y).unwrap();
            }
        }
        image
    }

    #[test]
    fn rows_are_the_rows_of_the_image() {
        let image = numbered(6);
        let view = rows(&image, 2..5).unwrap();
        assert_eq!((view.rows(), view.cols()), (3, 3));
        assert_eq!(*view.at_2d::<u8>(0, 0).unwrap(), 2);
        assert!(!view.is_submatrix(), "a filter must not look past the rows");
    }

    #[test]
    fn rows_outside_the_image_are_refused() {
        let mut image = numbered(6);
        for bad in [-1..2, 4..7, 3..3, 6..7] {
            assert!(rows(&image, bad.clone()).is_err(), "{bad:?}");
            assert!(split_rows_mut(&mut image, std::slice::from_ref(&bad)).is_err(), "{bad:?}");
        }
        assert!(split_rows_mut(&mut image, &[0..3, 2..6]).is_err(), "two writers of one row");
    }

    #[test]
    fn bands_are_written_at_once() {
        let mut image = numbered(6);
        let mut bands = split_rows_mut(&mut image, &[0..3, 3..6]).unwrap();
        std::thread::scope(|s| {
            for (value, band) in (10..).zip(&mut bands) {
                s.spawn(move || band.set_to(&Scalar::all(f64::from(value)), &opencv::core::no_array()).unwrap());
            }
        });
        drop(bands);
        assert_eq!((*image.at_2d::<u8>(2, 1).unwrap(), *image.at_2d::<u8>(3, 1).unwrap()), (10, 11));
    }
}
