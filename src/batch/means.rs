//! How a file is run: its share of cores and memory, and the strategy, which is found out once for all files that are
//! alike.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::attempt::{Desk, Ready};
use super::look::Look;
use super::run::Event;
use crate::calibrate::{Calibration, Choice};
use crate::strategy::{Settings, Strategy, Watch, find};

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
    pub strategy: &'static dyn Strategy,
    pub settings: Settings,
}

/// What was found out so far, by what files are and by their workers.
#[derive(Default)]
pub(super) struct Chooser(Mutex<HashMap<(String, usize), Choice>>);

impl Desk<'_> {
    /// How to run a file. None where nothing can be chosen: then the file itself is at fault, and its run says so.
    pub(super) fn means(&self, ready: &Ready, look: &Look, share: Share, watch: &Watch) -> Option<Means> {
        let mut settings = Settings { workers: share.workers, ..self.batch.settings.clone() };
        let memory = self.batch.settings.memory.map(|memory| memory / share.lanes as u64);
        // What is too little is told by the run itself.
        settings.memory = memory.map(|memory| memory.saturating_sub(look.codecs).max(1));
        settings.opening.memory = settings.memory;
        if let Some(strategy) = self.batch.strategy {
            return Some(Means { strategy, settings });
        }
        let threads = || Some(Means { strategy: find("threads")?, settings: settings.clone() });
        // Too short to try anything out on, and not to be decided for longer ones.
        if look.frames.is_some_and(|frames| frames < FEWEST_FRAMES) {
            return threads();
        }
        self.chosen(ready, look, &settings, watch).or_else(threads)
    }

    fn chosen(&self, ready: &Ready, look: &Look, settings: &Settings, watch: &Watch) -> Option<Means> {
        // Held while trying out, so that no two lanes do so at once and disturb each other.
        let mut known = self.chooser.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = (look.kind.clone(), settings.workers);
        if !known.contains_key(&kind) {
            let output = self.output(&ready.task);
            let calibration = Calibration {
                // The others' cores are not to be counted on.
                workers: (settings.workers < self.batch.settings.workers).then_some(settings.workers),
                decode_threads: self.batch.decode_threads,
                output: Some((&output, &self.batch.video)),
                ..Calibration::new(&ready.input, &self.batch.chain, settings)
            };
            let choice = calibration.choose(watch).ok()?;
            (self.on_event)(Event::Chosen(&choice.why));
            known.insert(kind.clone(), choice);
        }
        let choice = known.get(&kind)?;
        Some(Means { strategy: choice.strategy, settings: choice.settings(settings) })
    }
}

/// A choice made on fewer frames is a rule of thumb.
const FEWEST_FRAMES: u64 = 48;
