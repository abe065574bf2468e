//! Which pixel format the pictures get, whether they are written as fields, and what is said about their colors. Decides;
//! converts nothing.

use anyhow::{Context, Result, bail};
use ffmpeg_next::format::Pixel;
use ffmpeg_next::{Codec as FfmpegCodec, Dictionary};

use super::codec::Codec;
use super::limits::pixel_format;
use super::picture::name;
use crate::frame::{Pixels, Shape};
use crate::source::{Chroma, ColorRange, VideoInfo};

/// How colors are sampled beside brightness, from coarse to full: how many pixels across and down share a sample.
const CHROMA: [(&str, u8, u8); 3] = [("420p", 2, 2), ("422p", 2, 1), ("444p", 1, 1)];

/// How pictures are to look to the encoder.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Look {
    pub format: Pixel,
    /// Whether black is 0 and white 255, and not 16 and 235.
    pub full: bool,
    /// What the user should know about it.
    pub notes: Vec<String>,
}

impl Look {
    /// For frames of `shape` from a source that says `facts` of itself.
    pub(super) fn choose(
        (codec, encoder): (Codec, &FfmpegCodec),
        asked: Option<&str>,
        shape: Shape,
        facts: Option<&VideoInfo>,
    ) -> Result<Self> {
        let there: Vec<Pixel> = encoder.video()?.formats().map(Iterator::collect).unwrap_or_default();
        let full_range = facts.is_some_and(|facts| facts.color_range == ColorRange::Full);
        let look = |format: Pixel, note: Option<String>| {
            let colorless = shape.pixels == Pixels::Gray8 && format != Pixel::GRAY8 && asked.is_none();
            let no_gray = format!("{} has no gray: written as {} without color", encoder.name(), name(format));
            let notes = colorless.then_some(no_gray).into_iter().chain(note).collect();
            Self { format, full: full_range || is_full(format), notes }
        };
        if let Some(asked) = asked {
            let format = pixel_format(codec, encoder, asked)?;
            fits(encoder, format, shape)?;
            return Ok(look(format, None));
        }
        if shape.pixels == Pixels::Gray8 && there.contains(&Pixel::GRAY8) {
            return Ok(look(Pixel::GRAY8, None));
        }
        if codec == Codec::Ffv1 {
            return Ok(look(Pixel::BGRZ, None));
        }
        let chroma = facts.map_or(Chroma::None, |facts| facts.chroma);
        let named = |(name, ..): &(&str, u8, u8)| {
            let of = |prefix: &str| format!("{prefix}{name}").parse().ok().filter(|format| there.contains(format));
            // JPEG is full by its nature, and FFmpeg has formats of their own for that.
            if codec == Codec::Mjpeg { of("yuvj") } else { of("yuv") }
        };
        let mut candidates = CHROMA[coarsest(chroma)..].iter().filter_map(named);
        let Some(first) = candidates.next() else {
            let format = CHROMA.iter().rev().find_map(named).context("it takes no pictures of ours")?;
            let note = format!("{} takes no finer colors than {}: some are lost", encoder.name(), name(format));
            return fits(encoder, format, shape).map(|()| look(format, Some(note)));
        };
        let rgb = (chroma == Chroma::Rgb && shape.pixels == Pixels::Bgr8).then(|| {
            format!(
                "the input is RGB: encoded as {}, which keeps the color of each pixel; --pix-fmt yuv420p is for players \
                 that do not show it",
                name(first)
            )
        });
        if fits(encoder, first, shape).is_ok() {
            return Ok(look(first, rgb));
        }
        let format = candidates.find(|format| fits(encoder, *format, shape).is_ok());
        let Some(format) = format else { return fits(encoder, first, shape).map(|()| look(first, None)) };
        let note = format!(
            "{}x{} has an odd side, which {} cannot hold: encoded as {}; resize to even sides for players that do not show it",
            shape.width,
            shape.height,
            name(first),
            name(format)
        );
        Ok(look(format, Some(note)))
    }

    /// Tells the encoder what the numbers of a picture mean. Matrix, primaries and transfer are the source's; synthetic
    /// frames are BT.601, as they were converted.
    pub(super) fn tell(&self, facts: Option<&VideoInfo>, told: &mut Dictionary<'_>) {
        const UNKNOWN: u8 = 2;
        const BT601: u8 = 6;
        let rgb = name(self.format).starts_with("bgr") || name(self.format).starts_with("gbr");
        let (space, primaries, transfer) = facts.map_or((BT601, BT601, BT601), |facts| {
            // An RGB source has no matrix; its frames have become YUV by BT.601.
            let space = if facts.color_space == 0 { BT601 } else { facts.color_space };
            (space, facts.color_primaries, facts.color_transfer)
        });
        let numbers = [("colorspace", space), ("color_primaries", primaries), ("color_trc", transfer)];
        for (key, number) in numbers.into_iter().filter(|(key, n)| *n != UNKNOWN && !(rgb && *key == "colorspace")) {
            told.set(key, &number.to_string());
        }
        if !rgb {
            told.set("color_range", if self.full { "pc" } else { "tv" });
        }
    }
}

/// The coarsest of [`CHROMA`] that has a sample wherever the source has one.
fn coarsest(source: Chroma) -> usize {
    let keeps = |&(_, across, down): &(&str, u8, u8)| match source {
        Chroma::None => true,
        Chroma::Shared { across: a, down: d } => across <= a && down <= d,
        Chroma::Rgb => (across, down) == (1, 1),
    };
    CHROMA.iter().position(keeps).unwrap_or(CHROMA.len() - 1)
}

fn is_full(format: Pixel) -> bool {
    format == Pixel::GRAY8 || name(format).starts_with("yuvj")
}

/// Encoders that take frames only if every color sample stands for whole pixels.
const WHOLE_SAMPLES: &[&str] = &["libx264", "libx265", "libsvtav1"];

fn fits(encoder: &FfmpegCodec, format: Pixel, shape: Shape) -> Result<()> {
    let Some(layout) = format.descriptor().filter(|_| WHOLE_SAMPLES.contains(&encoder.name())) else { return Ok(()) };
    let odd = |side: i32, shift: u8| side % (1 << shift) != 0;
    if odd(shape.width, layout.log2_chroma_w()) || odd(shape.height, layout.log2_chroma_h()) {
        bail!("{} takes only even sides as {}, not {}x{}", encoder.name(), name(format), shape.width, shape.height);
    }
    Ok(())
}
