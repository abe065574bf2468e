//! A decoded picture becomes an image as it is to be shown: converted, and turned where the file asks for it.

use anyhow::Result;
use ffmpeg_next::frame;
use opencv::core::Mat;

use super::convert::{Converter, Kind};
use super::rotation::Rotation;
use crate::frame::{Pixels, Shape};

/// Converts and turns pictures.
pub(super) struct Upright {
    converter: Converter,
    turn: Option<Rotation>,
    /// A picture that is converted and not turned, and one that is half turned.
    flat: Mat,
    half_turned: Mat,
}

impl Upright {
    /// For pictures of this kind that are to be turned so, to images of their size.
    pub(super) fn new(kind: Kind, pixels: Pixels, turn: Option<Rotation>) -> Result<Self> {
        let converter = Converter::new(kind, pixels)?;
        Ok(Self { converter, turn, flat: Mat::default(), half_turned: Mat::default() })
    }

    /// How pictures are turned.
    pub(super) fn turn(&self) -> Option<Rotation> {
        self.turn
    }

    /// The shape of the images that it writes.
    pub(super) fn shape(&self) -> Shape {
        let Shape { width, height, pixels } = self.converter.shape();
        let sideways = self.turn.is_some_and(Rotation::is_sideways);
        let (width, height) = if sideways { (height, width) } else { (width, height) };
        Shape { width, height, pixels }
    }

    /// Whether it takes a picture as it is.
    pub(super) fn takes(&self, picture: &frame::Video) -> bool {
        self.converter.takes(picture)
    }

    /// From here on it takes pictures of this kind, and makes images of the same shape of them. Returns the size that they
    /// have, if it is another one.
    pub(super) fn adapt(&mut self, kind: Kind) -> Result<Option<Shape>> {
        let shape = self.converter.shape();
        self.converter = Converter::to(kind, shape)?;
        Ok(Some(kind.shape(shape.pixels)?).filter(|size| *size != shape))
    }

    /// Writes `picture` into `image`, in the memory the image has if its shape is right.
    pub(super) fn write(&mut self, picture: &frame::Video, image: &mut Mat) -> Result<()> {
        let Some(turn) = self.turn else { return self.converter.convert(picture, image) };
        self.converter.convert(picture, &mut self.flat)?;
        turn.turn(&self.flat, &mut self.half_turned, image)
    }
}
