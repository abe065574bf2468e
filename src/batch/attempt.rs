//! One attempt to convert one file: claimed in the journal, converted by a converter process, and its end recorded.

use std::path::Path;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use anyhow::{Context, Result, anyhow, bail, ensure};

use super::context::{BatchContext, PendingFile, ProbedFile};
use super::converter::{Progress, Reply, Request, is_from_outside, is_too_large};
use super::decide::{decide, replaced, taken};
use super::disk_full::{DiskFull, is_disk_full};
use super::entry::{Entry, Name, State, VERSION};
use super::figures::Figures;
use super::identity::microseconds;
use super::inputs::real;
use super::made::Made;
use super::outcome::{Ended, Event, Outcome};
use super::run_plan::{Slot, run_plan};
use crate::host::shortage::is_shortage;
use crate::transcode::atomic_file::{AtomicFile, NotOurs};
use crate::transcode::owner::Owner;
use crate::transcode::temporary::temporary_name;

/// Tries to convert one file. A failure of the file is an outcome, not an error.
///
/// # Errors
/// When the journal cannot be written: then nothing more should be begun.
pub(super) fn attempt(context: &BatchContext<'_>, probed: &ProbedFile, slot: Slot) -> Result<Ended> {
    let ProbedFile { file, probe } = probed;
    let begun = match claim(context, file)? {
        Ok(begun) => begun,
        Err(outcome) => return Ok(context.ended(&file.task, outcome, Figures::default())),
    };
    let progress = Arc::new(Progress::default());
    let (frames, plays) = (probe.frames, probe.duration_s);
    (context.on_event)(Event::Began { task: &file.task, frames, plays, progress: &progress });
    let since = Instant::now();
    let converted = convert(context, probed, slot, (&begun, &progress));
    let seconds = since.elapsed().as_secs_f64();
    let (state, outcome, figures) = match converted {
        Ok(figures) if figures.damage.is_any() => {
            (State::Damaged, Outcome::Damaged(figures.damage.to_string()), figures)
        }
        Ok(figures) => (State::Done, Outcome::Done, figures),
        Err(error) => {
            let (state, outcome) = failure(context, &error, slot);
            (state, outcome, Figures::default())
        }
    };
    let figures = Figures { seconds, duration_in_s: probe.duration_s, ..figures };
    let error = outcome.why().or(outcome.damage()).map(str::to_owned);
    let entry = Entry { state, at_us: now_us(), result: figures.clone(), error, ..begun };
    let written = context.journal.lock().append(&entry);
    // Without this line the next run tries the file again, which is right after a full disk or a stop.
    if !matches!(outcome, Outcome::DiskFull(_) | Outcome::Stopped) {
        written?;
    }
    Ok(context.ended(&file.task, outcome, figures))
}

/// Records a file that failed before an attempt could begin, unless it may succeed later.
///
/// # Errors
/// When the journal cannot be written.
pub(super) fn fail(context: &BatchContext<'_>, file: &PendingFile, why: &anyhow::Error) -> Result<Ended> {
    if is_shortage(why) || is_from_outside(why) {
        return Ok(context.ended(&file.task, Outcome::NotNow(one_line(why)), Figures::default()));
    }
    let outcome = Outcome::Failed(one_line(why));
    let error = outcome.why().map(str::to_owned);
    context.journal.lock().append(&Entry { state: State::Failed, error, ..first_entry(context, file) })?;
    Ok(context.ended(&file.task, outcome, Figures::default()))
}

/// What an error of a conversion means. A full disk stops the whole batch.
fn failure(context: &BatchContext<'_>, error: &anyhow::Error, slot: Slot) -> (State, Outcome) {
    if context.stop.is_cancelled() {
        return (State::Stopped, Outcome::Stopped);
    }
    if is_disk_full(error) {
        context.stop.cancel();
        return (State::Stopped, Outcome::DiskFull(one_line(error)));
    }
    if is_too_large(error) && slot.slots > 1 {
        return (State::Stopped, Outcome::Postponed);
    }
    // The kernel kills, too, when memory is short.
    if is_shortage(error) || is_from_outside(error) {
        let alone = slot.slots == 1;
        return (State::Stopped, if alone { Outcome::NotNow(one_line(error)) } else { Outcome::Postponed });
    }
    // What somebody has put in its place is no fault of the file.
    let state = if error.is::<NotOurs>() { State::Stopped } else { State::Failed };
    (state, Outcome::Failed(one_line(error)))
}

/// Takes a file for this batch, unless another batch is converting it or has converted it in the meantime.
fn claim(context: &BatchContext<'_>, file: &PendingFile) -> Result<Result<Entry, Outcome>> {
    let mut journal = context.journal.lock();
    journal.refresh()?;
    if let Some(known) = decide(&context.outputs, &journal, &file.task, file.identity.as_ref()) {
        return Ok(Err(known));
    }
    let begun = first_entry(context, file);
    journal.append(&begun)?;
    let first = journal.record(&file.task.output).and_then(|record| taken(&context.outputs, &journal, record));
    let Some((_, who)) = first.filter(|(first, _)| first.attempt != begun.attempt) else { return Ok(Ok(begun)) };
    journal.append(&Entry { state: State::Stopped, ..begun })?;
    Ok(Err(Outcome::Elsewhere(who)))
}

/// The entry with which an attempt begins.
fn first_entry(context: &BatchContext<'_>, file: &PendingFile) -> Entry {
    Entry {
        version: VERSION,
        attempt: format!("{}-{}", Owner::this(), fastrand::u32(..)),
        state: State::Begun,
        at_us: now_us(),
        input: Name::of(&real(&file.task.input)),
        input_identity: file.identity.clone(),
        output: Name::of(&file.task.output),
        options: context.outputs.options_hash.clone(),
        made_with: Some(context.batch.options_text()),
        result: Figures::default(),
        error: None,
    }
}

/// Converts in a converter process, and puts what it has made in its place.
fn convert(
    context: &BatchContext<'_>,
    file: &ProbedFile,
    slot: Slot,
    (begun, progress): (&Entry, &Progress),
) -> Result<Figures> {
    let task = &file.file.task;
    let (folder, name) = context.outputs.place(task, true)?;
    let (strategy, settings) = run_plan(context, file, slot)?;
    let temporary = temporary_name();
    let request = Request::Convert {
        input: Name::of(&task.input),
        folder: (Name::of(folder.path()), folder.id()?),
        temporary: Name::of(Path::new(&temporary)),
        output: Name::of(&context.outputs.path(task)),
        strategy,
        settings,
    };
    match context.ask(&request, progress, || _ = folder.remove(&temporary))? {
        Reply::Converted(figures) => {
            let file = AtomicFile::adopt(&folder, temporary).context("what was made is gone")?;
            let same = figures.output_identity == Some(Made::of(file.file())?);
            ensure!(same, "what was made is not there any more, but another file");
            // Known before it has its name: if this process is killed in between, the next one knows it for its own.
            let result = Figures { output_identity: figures.output_identity.clone(), ..Figures::default() };
            let mut journal = context.journal.lock();
            journal.append(&Entry { state: State::Made, at_us: now_us(), result, ..begun.clone() })?;
            let there = replaced(&context.outputs, task, &journal)?;
            drop(journal);
            file.persist(name, there.as_ref().map(|(_, state)| *state))?;
            Ok(*figures)
        }
        Reply::Failed { why, full: true } => bail!(DiskFull(why)),
        Reply::Failed { why, .. } => bail!(why),
        other => Err(anyhow!("asked to convert, it said {other:?}")),
    }
}

fn one_line(error: &anyhow::Error) -> String {
    format!("{error:#}")
}

fn now_us() -> u64 {
    microseconds(SystemTime::now())
}
