//! The probe of a file before its conversion: how long it is, and what a run of it takes. Opens it, decodes nothing.

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::schedule::Demand;
use crate::filter::{Chain, FilterInstance};
use crate::frame::Shape;
use crate::pipeline::Settings;
use crate::sink::video::VideoOptions;
use crate::source::{Input, SourceInfo, open};

/// What a probe found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Probe {
    /// Frames to convert: from the container's header, or estimated from the playing time.
    pub frames: Option<u64>,
    /// Playing time by the container's header, in seconds.
    pub duration_s: f64,
    /// What its conversion takes.
    pub demand: Demand,
    /// Size and codec. Files of one kind are run in the same way.
    pub kind: String,
    /// Estimated memory of its decoder and encoder, in bytes.
    pub codec_memory: u64,
}

/// Probes a file that a chain is to be run over.
///
/// # Errors
/// When it cannot be opened, or the chain cannot take its frames.
pub(super) fn probe(input: &Input, chain: &Chain, settings: &Settings, video: &VideoOptions) -> Result<Probe> {
    let source = open(input, &settings.open)?;
    let info = source.info();
    let filters = chain.filters(info.shape)?;
    let output = filters.last().map_or(info.shape, FilterInstance::output);
    let duration_s = info.video.as_ref().and_then(|facts| facts.duration).unwrap_or_default().as_secs_f64();
    let frames = frames(info, duration_s).map(|frames| frames.min(settings.limits.frames.unwrap_or(u64::MAX)));
    let codec_memory = codec_memory(info.shape, output, video);
    let demand = demand(settings.queue, info.shape, output, frames, codec_memory);
    let kind = format!("{} {}", info.shape, info.video.as_ref().map_or("", |facts| &facts.codec));
    Ok(Probe { frames, duration_s, demand, kind, codec_memory })
}

fn frames(info: &SourceInfo, duration_s: f64) -> Option<u64> {
    // Some containers, such as Matroska, have only the playing time in their header.
    let by_time = || info.fps.map(|fps| (fps * duration_s).round() as u64).filter(|frames| *frames > 0);
    info.frames.or_else(by_time)
}

/// Pictures that a decoder holds: one for each of its threads, and those that others refer to.
const DECODER_PICTURES: u64 = 16;

fn codec_memory(input: Shape, output: Shape, video: &VideoOptions) -> u64 {
    // Decoded pictures (4:2:0) take half as many bytes as a BGR frame.
    let picture = |shape: Shape| Shape::bgr(shape.width, shape.height).bytes() as u64 / 2;
    DECODER_PICTURES * picture(input) + video.pictures_held() * picture(output)
}

fn demand(queue: usize, input: Shape, output: Shape, frames: Option<u64>, codec_memory: u64) -> Demand {
    let pixels = |shape: Shape| f64::from(shape.width) * f64::from(shape.height);
    let worker_memory = (input.bytes() + output.bytes()) as u64;
    let base_memory = (2 * queue + 2) as u64 * worker_memory + codec_memory;
    // A file of unknown length may be long.
    let pixels = frames.map_or(f64::MAX, |frames| frames as f64 * (pixels(input) + pixels(output)));
    Demand { pixels, base_memory, worker_memory }
}
