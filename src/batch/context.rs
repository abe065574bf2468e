//! What all attempts of a batch share: its options, the journal, the converter processes, and where events are reported.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Result;
use parking_lot::Mutex;

use super::converter::{Choice, Converters, Progress, Reply, Request};
use super::figures::Figures;
use super::identity::Identity;
use super::journal::Journal;
use super::outcome::{Ended, Event, Outcome};
use super::outputs::Outputs;
use super::plan::Task;
use super::probe::Probe;
use super::spec::Batch;
use crate::cancel::CancelToken;
use crate::transcode::temporary::remove_stale;

/// What all attempts of a batch share.
pub(super) struct BatchContext<'a> {
    pub batch: &'a Batch,
    pub outputs: Outputs<'a>,
    pub journal: Mutex<Journal>,
    /// The results of calibrations, each for all files of the same size and codec, as the probe names them, and the same
    /// number of workers. Locked during a calibration, so that two slots do not disturb each other's measurements.
    pub choices: Mutex<HashMap<(String, usize), Choice>>,
    pub converters: &'a Converters,
    pub stop: &'a CancelToken,
    pub on_event: &'a (dyn Fn(Event<'_>) + Sync),
}

/// A file that is to be converted.
pub(super) struct PendingFile {
    pub task: Task,
    /// None where the file could not be read.
    pub identity: Option<Identity>,
}

/// A file that is to be converted, and what its probe found.
pub(super) struct ProbedFile {
    pub file: PendingFile,
    pub probe: Probe,
}

impl BatchContext<'_> {
    /// Removes the temporary files that dead processes left in a folder below the output folder. Returns how many there
    /// were.
    pub(super) fn remove_stale(&self, below: &Path) -> usize {
        let now = self.journal.lock().now();
        self.outputs.folder.below(below, false).map_or(0, |folder| remove_stale(&folder, now))
    }

    /// Sends a request to a converter process, and waits for its last reply. If the process dies, `clean_up` removes what
    /// it leaves.
    pub(super) fn ask(&self, request: &Request, progress: &Progress, clean_up: impl Fn()) -> Result<Reply> {
        let again = |why: &str| (self.on_event)(Event::Again { input: &request.input(), why });
        self.converters.ask(request, progress, self.stop, clean_up, again)
    }

    /// Reports the end of a file.
    pub(super) fn ended(&self, task: &Task, outcome: Outcome, figures: Figures) -> Ended {
        let ended = Ended { input: task.input.clone(), output: task.output.clone(), outcome, figures };
        (self.on_event)(Event::Ended(&ended));
        self.tell_restored();
        ended
    }

    /// Reports a journal that was gone.
    pub(super) fn tell_restored(&self) {
        if std::mem::take(&mut self.journal.lock().restored) {
            (self.on_event)(Event::JournalRestored);
        }
    }
}
