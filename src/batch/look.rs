//! A look into files before they are done: how long each is, and what a run of it needs. Opens them, decodes nothing.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::thread::{available_parallelism, scope};

use anyhow::Result;

use super::run::Batch;
use super::schedule::Work;
use super::stop::Stop;
use crate::filter::LiveFilter;
use crate::frame::Shape;
use crate::source::{Input, SourceInfo, open};

/// What a look into a file shows.
#[derive(Clone, Debug, PartialEq)]
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

/// Looks into every file, several at a time. None for those not looked at because the batch was stopped.
pub(super) fn look_into<'a>(
    batch: &Batch,
    stop: &Stop,
    inputs: impl Iterator<Item = &'a Input>,
) -> Vec<Option<Result<Look>>> {
    let inputs: Vec<_> = inputs.map(|input| (input, Mutex::new(None))).collect();
    let next = AtomicUsize::new(0);
    let look_at_some = || {
        while let Some((input, look)) = inputs.get(next.fetch_add(1, Relaxed)).filter(|_| !stop.asked()) {
            let seen = look_at(batch, input);
            *look.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
        }
    };
    scope(|s| {
        for _ in 1..available_parallelism().map_or(1, usize::from).min(inputs.len()) {
            s.spawn(look_at_some);
        }
        look_at_some();
    });
    inputs.into_iter().map(|(_, look)| look.into_inner().unwrap_or_else(PoisonError::into_inner)).collect()
}

fn look_at(batch: &Batch, input: &Input) -> Result<Look> {
    let source = open(input, &batch.settings.opening)?;
    let info = source.info();
    let filters = batch.chain.filters(info.shape)?;
    let output = filters.last().map_or(info.shape, LiveFilter::output);
    let plays = info.video.as_ref().and_then(|facts| facts.duration).unwrap_or_default().as_secs_f64();
    let frames = frames(info, plays).map(|frames| frames.min(batch.settings.limits.frames.unwrap_or(u64::MAX)));
    let (work, codecs) = needs(batch.settings.queue, info.shape, output, frames);
    let kind = format!("{} {}", info.shape, info.video.as_ref().map_or("", |facts| &facts.codec));
    Ok(Look { frames, duration_s: plays, work, kind, codecs })
}

fn frames(info: &SourceInfo, plays: f64) -> Option<u64> {
    // Matroska, for one, only says how long it plays.
    let by_time = || info.fps.map(|fps| (fps * plays).round() as u64).filter(|frames| *frames > 0);
    info.frames.or_else(by_time)
}

/// Pictures that a run's encoder and decoder hold beside its buffers, each half as large as a BGR frame. (x264 looks 40
/// to 50 frames ahead.)
const CODEC_PICTURES: u64 = 64;

fn needs(queue: usize, input: Shape, output: Shape, frames: Option<u64>) -> (Work, u64) {
    let pixels = |shape: Shape| f64::from(shape.width) * f64::from(shape.height);
    let buffer = (input.bytes() + output.bytes()) as u64;
    let codecs = CODEC_PICTURES * Shape::bgr(output.width, output.height).bytes() as u64 / 2;
    let fixed = (2 * queue + 2) as u64 * buffer + codecs;
    // Who does not say how long it is may be long.
    let pixels = frames.map_or(f64::MAX, |frames| frames as f64 * (pixels(input) + pixels(output)));
    (Work { pixels, memory: (fixed, buffer) }, codecs)
}
