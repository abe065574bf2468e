//! One attempt at one file: claimed, converted, and written down.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use anyhow::{Context, Result, anyhow, bail};
use parking_lot::Mutex;

use super::converter::{Converters, Progress, Reply, Request, is_too_large};
use super::decide::{Asked, Decision, decide, lives};
use super::entry::{Entry, Figures, Name, State};
use super::identity::{Identity, microseconds};
use super::journal::Ledger;
use super::outcome::{Ended, Event, Outcome};
use super::plan::Task;
use super::probe::Look;
use super::resources::{Chooser, Means, Share};
use super::run::Batch;
use super::stop::Stop;
use crate::metrics::{Run, StageReport};
use crate::transcode::atomic_file::{Author, sweep};

/// What all attempts of a batch share.
pub(super) struct Desk<'a> {
    pub batch: &'a Batch,
    pub ledger: Mutex<Ledger>,
    pub options: String,
    pub chooser: Chooser,
    pub converters: Converters,
    pub stop: &'a Stop,
    pub on_event: &'a (dyn Fn(Event<'_>) + Sync),
}

/// A file that is to be done.
pub(super) struct Ready {
    pub task: Task,
    pub identity: Option<Identity>,
}

impl Desk<'_> {
    pub(super) fn asked(&self) -> Asked<'_> {
        Asked { folder: &self.batch.folder, options: &self.options, retry: self.batch.retry }
    }

    /// Tries one file. Its failure is an outcome.
    ///
    /// # Errors
    /// When the ledger cannot be kept: then nothing more should be done.
    pub(super) fn attempt(&self, ready: &Ready, look: &Look, share: Share) -> Result<Ended> {
        let begun = match self.claim(ready)? {
            Ok(begun) => begun,
            Err(outcome) => return Ok(self.ended(&ready.task, outcome, Figures::default())),
        };
        let progress = Arc::new(Progress::default());
        let (frames, plays) = (look.frames, look.duration_s);
        (self.on_event)(Event::Began { task: &ready.task, frames, plays, progress: &progress });
        let since = Instant::now();
        let result = self.convert(ready, look, share, &progress);
        let seconds = since.elapsed().as_secs_f64();
        let (state, outcome, figures) = match result {
            Ok(figures) => (State::Done, Outcome::Done, figures),
            Err(_) if self.stop.asked() => (State::Stopped, Outcome::Stopped, Figures::default()),
            Err(error) if is_full(&error) => {
                self.stop.stop();
                (State::Stopped, Outcome::NoRoom(line(&error)), Figures::default())
            }
            Err(error) if is_too_large(&error) && share.lanes > 1 => {
                (State::Stopped, Outcome::Postponed, Figures::default())
            }
            Err(error) => (State::Failed, Outcome::Failed(line(&error)), Figures::default()),
        };
        let figures = Figures { seconds, duration_in_s: look.duration_s, ..figures };
        let error = outcome.why().map(str::to_owned);
        let entry = Entry { state, at_us: now_us(), result: figures.clone(), error, ..begun };
        let written = self.ledger.lock().append(&entry);
        // That a full disk takes no line more is no news; and what was stopped is begun again without that line.
        if !matches!(outcome, Outcome::NoRoom(_) | Outcome::Stopped) {
            written?;
        }
        Ok(self.ended(&ready.task, outcome, figures))
    }

    /// Writes down a file that failed before it could be begun.
    pub(super) fn fail(&self, ready: &Ready, why: &anyhow::Error) -> Result<Ended> {
        let outcome = Outcome::Failed(line(why));
        let error = outcome.why().map(str::to_owned);
        self.ledger.lock().append(&Entry { state: State::Failed, error, ..self.entry(ready) })?;
        Ok(self.ended(&ready.task, outcome, Figures::default()))
    }

    pub(super) fn ended(&self, task: &Task, outcome: Outcome, figures: Figures) -> Ended {
        let ended = Ended { input: task.input.clone(), output: task.output.clone(), outcome, figures };
        (self.on_event)(Event::Ended(&ended));
        ended
    }

    fn entry(&self, ready: &Ready) -> Entry {
        let attempt = format!("{}-{}", Author::this(), fastrand::u32(..));
        let input = super::inputs::real(&ready.task.input);
        Entry::begun(attempt, now_us(), &input, ready.identity.clone(), &ready.task.output, &self.options)
    }

    /// Takes a file, unless another batch has it or has done it in the meantime.
    fn claim(&self, ready: &Ready) -> Result<Result<Entry, Outcome>> {
        let mut ledger = self.ledger.lock();
        ledger.refresh()?;
        match decide(&ledger, &ready.task, ready.identity.as_ref(), &self.asked()) {
            Decision::Do => {}
            Decision::Skip => return Ok(Err(Outcome::Skipped)),
            Decision::FailedBefore(why) => return Ok(Err(Outcome::FailedBefore(why))),
            Decision::Elsewhere => return Ok(Err(Outcome::Elsewhere)),
            Decision::Refuse(why) => return Ok(Err(Outcome::Failed(why))),
        }
        let begun = self.entry(ready);
        ledger.append(&begun)?;
        let output = self.output(&ready.task);
        let open = ledger.record(&ready.task.output).map(|record| record.open.as_slice()).unwrap_or_default();
        let first = open.iter().find(|open| lives(open, &output, &ledger)).map(|open| open.attempt.clone());
        if first.is_none_or(|first| first == begun.attempt) {
            return Ok(Ok(begun));
        }
        ledger.append(&Entry { state: State::Stopped, ..begun })?;
        Ok(Err(Outcome::Elsewhere))
    }

    pub(super) fn output(&self, task: &Task) -> PathBuf {
        self.batch.folder.join(&task.output)
    }

    /// Looks into a file.
    ///
    /// # Errors
    /// When it cannot be opened, or whoever looked has died over it.
    pub(super) fn look(&self, ready: &Ready) -> Result<Look> {
        let request = Request::Look { input: Name::of(&ready.task.input), settings: self.batch.settings.clone() };
        match self.converters.ask(&request, &Progress::default(), self.stop, || {})? {
            Reply::Looked(look) => Ok(look),
            Reply::Failed { why, .. } => bail!(why),
            other => bail!("asked to look, it said {other:?}"),
        }
    }

    fn convert(&self, ready: &Ready, look: &Look, share: Share, progress: &Progress) -> Result<Figures> {
        let output = self.output(&ready.task);
        let folder = output.parent().unwrap_or(&self.batch.folder);
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let Means { strategy, settings } = self.means(ready, look, share)?;
        let (input, to) = (Name::of(&ready.task.input), Name::of(&output));
        let request = Request::Convert { input, output: to, strategy, settings };
        let clean_up = || _ = sweep(folder, self.ledger.lock().now());
        match self.converters.ask(&request, progress, self.stop, clean_up)? {
            Reply::Converted(figures) => Ok(*figures),
            Reply::Failed { why, full: true } => bail!(NoRoom(why)),
            Reply::Failed { why, .. } => bail!(why),
            other => Err(anyhow!("asked to convert, it said {other:?}")),
        }
    }
}

/// There is no room for an output.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct NoRoom(String);

/// What a run did, for the ledger.
pub(super) fn figures(run: &Run) -> Figures {
    let workers = if run.workers == 1 { "worker" } else { "workers" };
    Figures {
        frames_in: run.ledger.captured,
        frames_out: run.ledger.delivered,
        strategy: Some(format!("{}, {} {workers}", run.strategy, run.workers)),
        limited_by: limited_by(run),
        notes: run.notes.clone(),
        ..Figures::default()
    }
}

/// The stage that was at work longest, and what it is mostly made of: `deliver (encode)`.
fn limited_by(run: &Run) -> Option<String> {
    let at_work = |stage: &StageReport| stage.busy - stage.queued;
    let stage = run.stages.iter().max_by(|a, b| at_work(a).total_cmp(&at_work(b)))?;
    let part = stage.parts.iter().find(|part| part.share > 0.5);
    Some(part.map_or_else(|| stage.name.clone(), |part| format!("{} ({})", stage.name, part.name)))
}

fn line(error: &anyhow::Error) -> String {
    format!("{error:#}")
}

/// Whether there was no room: no fault of the file's, and the next one would fare no better.
pub(super) fn is_full(error: &anyhow::Error) -> bool {
    let full = [ErrorKind::StorageFull, ErrorKind::QuotaExceeded];
    let by_kind = |cause: &std::io::Error| full.contains(&cause.kind());
    error.is::<NoRoom>()
        || error
            .chain()
            .any(|cause| cause.downcast_ref().is_some_and(by_kind) || cause.to_string().contains("No space left"))
}

fn now_us() -> u64 {
    microseconds(SystemTime::now())
}
