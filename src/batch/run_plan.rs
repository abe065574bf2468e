//! How one file is run: its part of the cores and of the memory, and its strategy, which is calibrated once for all
//! files that are alike.

use std::path::Path;

use anyhow::{Result, bail, ensure};

use super::context::{BatchContext, ProbedFile};
use super::converter::{Choice, Progress, Reply, Request};
use super::entry::Name;
use super::outcome::Event;
use super::probe::Probe;
use crate::host::machine::resident_memory;
use crate::pipeline::Settings;

/// Shorter files are not worth a calibration, and a choice made for one would not suit longer ones.
const FEWEST_FRAMES: u64 = 48;

/// The resources of one of the slots in which files are converted at the same time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    /// Workers of the filter stage.
    pub workers: usize,
    /// Slots that share the memory.
    pub slots: usize,
}

/// Decides how to run a file in a slot: the strategy and the settings.
///
/// # Errors
/// When its part of the memory is too small for one frame, or the converter process fails.
pub(super) fn run_plan(context: &BatchContext<'_>, file: &ProbedFile, slot: Slot) -> Result<(String, Settings)> {
    let mut settings = Settings { workers: slot.workers, ..context.batch.settings.clone() };
    settings.memory = memory_for_frames(context, &file.probe, slot)?;
    settings.open.memory = settings.memory;
    settings.open.range = file.file.task.range;
    if let Some(strategy) = context.batch.strategy {
        return Ok((strategy.name().to_owned(), settings));
    }
    let short = file.probe.frames.is_some_and(|frames| frames < FEWEST_FRAMES);
    let choice = if short { None } else { choice(context, file, &settings)? };
    let Some(Choice { strategy, workers, decode_threads }) = choice else {
        return Ok(("threads".to_owned(), settings));
    };
    settings.workers = workers;
    settings.open.decode_threads = decode_threads;
    Ok((strategy, settings))
}

/// Bytes that are left free where frames need not have them: what an encoder takes is an estimate.
const SLACK: u64 = 8 << 20;

/// Memory for the frames of a file, in bytes, if there is a bound: the slot's part of it, less what this process, the
/// converter, the encoder and the decoder take.
fn memory_for_frames(context: &BatchContext<'_>, probe: &Probe, slot: Slot) -> Result<Option<u64>> {
    let Some(memory) = context.batch.settings.memory else { return Ok(None) };
    let frame = probe.demand.worker_memory;
    let own = resident_memory(std::process::id());
    let slots = slot.slots as u64;
    let taken = context.converters.footing() + probe.codec_memory;
    let left = (memory.saturating_sub(own) / slots).saturating_sub(taken);
    ensure!(
        left >= frame,
        "--mem {} MB is too little for it: this program takes {} MB, and each of {slots} in work {} MB with its encoder and decoder (by estimate) and {} MB a frame",
        memory >> 20,
        own >> 20,
        taken >> 20,
        frame.div_ceil(1 << 20)
    );
    Ok(Some(left.saturating_sub(SLACK).max(frame)))
}

/// The fastest way to run a file, from the cache or a new calibration. None when the calibration failed: then something
/// is wrong with the file, and its conversion will say what.
fn choice(context: &BatchContext<'_>, file: &ProbedFile, settings: &Settings) -> Result<Option<Choice>> {
    let mut known = context.choices.lock();
    let kind = (file.probe.kind.clone(), settings.workers);
    if let Some(choice) = known.get(&kind) {
        return Ok(Some(choice.clone()));
    }
    let task = &file.file.task;
    let output = context.outputs.path(task);
    let request = Request::Choose {
        input: Name::of(&task.input),
        output: Name::of(&output),
        settings: settings.clone(),
        // The other slots need the other cores.
        workers: (settings.workers < context.batch.settings.workers).then_some(settings.workers),
        decode_threads: context.batch.decode_threads,
    };
    let below = task.output.parent().unwrap_or(Path::new(""));
    match context.ask(&request, &Progress::default(), || _ = context.remove_stale(below))? {
        Reply::Chosen(choice, why) => {
            (context.on_event)(Event::Chosen(&why));
            known.insert(kind, choice.clone());
            Ok(Some(choice))
        }
        Reply::Failed { .. } => Ok(None),
        other => bail!("asked what is quickest, it said {other:?}"),
    }
}
