//! A look into a file before it is done: how long it is, and what a run of it needs. Opens it, decodes nothing.

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::schedule::Work;
use crate::filter::{Chain, LiveFilter};
use crate::frame::Shape;
use crate::pipeline::Settings;
use crate::sink::video::VideoOptions;
use crate::source::{Input, SourceInfo, open};

/// What a look into a file shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Look {
    /// Frames to be done: as it says, or by how long it says it plays.
    pub frames: Option<u64>,
    /// How long it says it plays, in seconds.
    pub duration_s: f64,
    /// What it asks for.
    pub work: Work,
    /// Files of one kind are alike in size and codec: what is quickest for one is for all.
    pub kind: String,
    /// Memory that its encoder and decoder take, in bytes, by estimate.
    pub codecs: u64,
}

/// Looks into a file that a chain is to be run over.
///
/// # Errors
/// When it cannot be opened, or the chain cannot take its frames.
pub(super) fn look_at(input: &Input, chain: &Chain, settings: &Settings, video: &VideoOptions) -> Result<Look> {
    let source = open(input, &settings.opening)?;
    let info = source.info();
    let filters = chain.filters(info.shape)?;
    let output = filters.last().map_or(info.shape, LiveFilter::output);
    let plays = info.video.as_ref().and_then(|facts| facts.duration).unwrap_or_default().as_secs_f64();
    let frames = frames(info, plays).map(|frames| frames.min(settings.limits.frames.unwrap_or(u64::MAX)));
    let (work, codecs) = needs(settings.queue, info.shape, output, frames, video);
    let kind = format!("{} {}", info.shape, info.video.as_ref().map_or("", |facts| &facts.codec));
    Ok(Look { frames, duration_s: plays, work, kind, codecs })
}

fn frames(info: &SourceInfo, plays: f64) -> Option<u64> {
    // Matroska, for one, only says how long it plays.
    let by_time = || info.fps.map(|fps| (fps * plays).round() as u64).filter(|frames| *frames > 0);
    info.frames.or_else(by_time)
}

/// Pictures that a decoder holds, each half as large as a BGR frame: as many as it has threads, and those that others are
/// made from.
const DECODER_PICTURES: u64 = 16;

fn needs(queue: usize, input: Shape, output: Shape, frames: Option<u64>, video: &VideoOptions) -> (Work, u64) {
    let pixels = |shape: Shape| f64::from(shape.width) * f64::from(shape.height);
    let buffer = (input.bytes() + output.bytes()) as u64;
    let picture = |shape: Shape| Shape::bgr(shape.width, shape.height).bytes() as u64 / 2;
    let codecs = DECODER_PICTURES * picture(input) + video.pictures_held() * picture(output);
    let fixed = (2 * queue + 2) as u64 * buffer + codecs;
    // Who does not say how long it is may be long.
    let pixels = frames.map_or(f64::MAX, |frames| frames as f64 * (pixels(input) + pixels(output)));
    (Work { pixels, memory: (fixed, buffer) }, codecs)
}
