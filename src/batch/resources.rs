//! How a file is run: its share of cores and memory, and the strategy, which is found out once for all files that are
//! alike.

use std::collections::HashMap;

use anyhow::{Result, bail, ensure};
use parking_lot::Mutex;

use super::attempt::{Desk, Ready};
use super::converter::{Progress, Reply, Request};
use super::entry::Name;
use super::outcome::Event;
use super::probe::Look;
use crate::host::machine::resident_memory;
use crate::pipeline::Settings;
use crate::transcode::atomic_file::sweep;

/// What a lane gives its files.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    /// Workers of the filter stage.
    pub workers: usize,
    /// So many lanes share the memory.
    pub lanes: usize,
}

/// How to run a file.
pub(super) struct Means {
    pub strategy: String,
    pub settings: Settings,
}

/// What was found out so far, by what files are and by their workers.
#[derive(Default)]
pub(super) struct Chooser(Mutex<HashMap<(String, usize), Choice>>);

/// What is quickest.
#[derive(Clone)]
struct Choice {
    strategy: String,
    workers: usize,
    decode_threads: usize,
}

impl Desk<'_> {
    /// How to run a file.
    pub(super) fn means(&self, ready: &Ready, look: &Look, share: Share) -> Result<Means> {
        let mut settings = Settings { workers: share.workers, ..self.batch.settings.clone() };
        settings.memory = self.room(look, share)?;
        settings.opening.memory = settings.memory;
        if let Some(strategy) = self.batch.strategy {
            return Ok(Means { strategy: strategy.name().to_owned(), settings });
        }
        // Too short to try anything out on, and not to be decided for longer ones.
        let short = look.frames.is_some_and(|frames| frames < FEWEST_FRAMES);
        let choice = if short { None } else { self.choice(ready, look, &settings)? };
        let Some(Choice { strategy, workers, decode_threads }) = choice else {
            return Ok(Means { strategy: "threads".to_owned(), settings });
        };
        settings.workers = workers;
        settings.opening.decode_threads = decode_threads;
        Ok(Means { strategy, settings })
    }

    /// Memory for the frames of a file, in bytes, if there is a bound: what this process, its converter, encoder and
    /// decoder leave of the file's share.
    fn room(&self, look: &Look, share: Share) -> Result<Option<u64>> {
        let Some(memory) = self.batch.settings.memory else { return Ok(None) };
        let frame = look.work.memory.1;
        let own = resident_memory(std::process::id());
        let lanes = share.lanes as u64;
        let taken = self.converters.footing() + look.codecs;
        let left = (memory.saturating_sub(own) / lanes).saturating_sub(taken);
        ensure!(
            left >= frame,
            "--mem {} MB is too little for it: this program takes {} MB, and each of {lanes} in work {} MB with its encoder and decoder (by estimate) and {} MB a frame",
            memory >> 20,
            own >> 20,
            taken >> 20,
            frame.div_ceil(1 << 20)
        );
        Ok(Some(left))
    }

    /// What is quickest for it. None where nothing can be chosen: then the file itself is at fault, and its run says so.
    fn choice(&self, ready: &Ready, look: &Look, settings: &Settings) -> Result<Option<Choice>> {
        // Held while trying out, so that no two lanes do so at once and disturb each other.
        let mut known = self.chooser.0.lock();
        let kind = (look.kind.clone(), settings.workers);
        if let Some(choice) = known.get(&kind) {
            return Ok(Some(choice.clone()));
        }
        let output = self.output(&ready.task);
        let request = Request::Choose {
            input: Name::of(&ready.task.input),
            output: Name::of(&output),
            settings: settings.clone(),
            // The others' cores are not to be counted on.
            workers: (settings.workers < self.batch.settings.workers).then_some(settings.workers),
            decode_threads: self.batch.decode_threads,
        };
        let folder = output.parent().unwrap_or(&self.batch.folder);
        let clean_up = || _ = sweep(folder, self.ledger.lock().now());
        match self.converters.ask(&request, &Progress::default(), self.stop, clean_up)? {
            Reply::Chosen { strategy, workers, decode_threads, why } => {
                (self.on_event)(Event::Chosen(&why));
                let choice = Choice { strategy, workers, decode_threads };
                known.insert(kind, choice.clone());
                Ok(Some(choice))
            }
            Reply::Failed { .. } => Ok(None),
            other => bail!("asked what is quickest, it said {other:?}"),
        }
    }
}

/// A choice made on fewer frames is a rule of thumb.
const FEWEST_FRAMES: u64 = 48;
