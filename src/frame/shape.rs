//! The shape of an image: width, height, and what a pixel is.

use std::fmt;

use anyhow::{Result, bail};
use opencv::core::{CV_8UC1, CV_8UC3, Mat, MatTraitConst, Scalar};
use serde::{Deserialize, Serialize};

/// What a pixel is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pixels {
    /// One byte of brightness.
    Gray8,
    /// Three bytes: blue, green, red (OpenCV's order).
    Bgr8,
}

/// Width and height in pixels, and what a pixel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// Pixels in a row.
    pub width: i32,
    /// Rows.
    pub height: i32,
    /// What a pixel is.
    pub pixels: Pixels,
}

impl Pixels {
    /// Bytes a pixel.
    pub fn bytes(self) -> usize {
        match self {
            Self::Gray8 => 1,
            Self::Bgr8 => 3,
        }
    }
}

impl Shape {
    /// A shape of three-channel pixels.
    pub fn bgr(width: i32, height: i32) -> Self {
        Self { width, height, pixels: Pixels::Bgr8 }
    }

    /// A shape of one-channel pixels.
    pub fn gray(width: i32, height: i32) -> Self {
        Self { width, height, pixels: Pixels::Gray8 }
    }

    /// A new image of this shape, black. Its memory is touched, so that using it costs no page fault.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn image(&self) -> Result<Mat> {
        Ok(Mat::new_rows_cols_with_default(self.height, self.width, self.mat_type(), Scalar::default())?)
    }

    /// The shape of an image.
    ///
    /// # Errors
    /// When a pixel is anything but one or three bytes.
    pub fn of(image: &Mat) -> Result<Self> {
        let pixels = match image.typ() {
            CV_8UC1 => Pixels::Gray8,
            CV_8UC3 => Pixels::Bgr8,
            other => bail!("pixels of OpenCV type {other} are not 8-bit gray or BGR"),
        };
        Ok(Self { width: image.cols(), height: image.rows(), pixels })
    }

    /// Whether an image has this shape.
    pub fn fits(&self, image: &Mat) -> bool {
        image.cols() == self.width && image.rows() == self.height && image.typ() == self.mat_type()
    }

    /// OpenCV's number for the pixel type.
    pub fn mat_type(&self) -> i32 {
        match self.pixels {
            Pixels::Gray8 => CV_8UC1,
            Pixels::Bgr8 => CV_8UC3,
        }
    }

    /// Bytes in a row.
    pub fn row_bytes(&self) -> usize {
        usize::try_from(self.width).unwrap_or(0) * self.pixels.bytes()
    }

    /// Bytes in an image whose rows follow each other without gaps.
    pub fn bytes(&self) -> usize {
        usize::try_from(self.height).unwrap_or(0) * self.row_bytes()
    }

    /// The same size in one-channel pixels.
    pub fn to_gray(self) -> Self {
        Self { pixels: Pixels::Gray8, ..self }
    }
}

impl fmt::Display for Pixels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gray8 => "gray8",
            Self::Bgr8 => "bgr8",
        })
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{} {}", self.width, self.height, self.pixels)
    }
}
