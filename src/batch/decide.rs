//! Decides whether a file is to be converted: from the journal, from what the file is now, and from what is in the
//! output folder. Converts nothing.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result};
use rustix::fs::OFlags;
use rustix::io::Errno;

use super::entry::{Entry, State};
use super::identity::Identity;
use super::inputs::real;
use super::journal::Journal;
use super::lease::holder;
use super::made::Made;
use super::outcome::Outcome;
use super::outputs::Outputs;
use super::plan::Task;
use super::record::Record;
use crate::transcode::atomic_file::NotOurs;
use crate::transcode::folder::FileState;
use crate::transcode::owner::Owner;

/// The outcome of a file that is now as `identity` says, if it is known already; none: it is to be converted.
pub(super) fn decide(
    outputs: &Outputs<'_>,
    journal: &Journal,
    task: &Task,
    identity: Option<&Identity>,
) -> Option<Outcome> {
    let refuse = |why: String| Some(Outcome::Failed(why));
    let output = outputs.path(task);
    let may_be_written = || replaced(outputs, task, journal).err().and_then(|error| refuse(format!("{error:#}")));
    let Some(record) = journal.record(&task.output) else { return may_be_written() };
    if let Some(other) = other_input(record, task, identity) {
        return refuse(format!(
            "{} was made of {}; choose another -o, or --name",
            output.display(),
            other.input.path().display()
        ));
    }
    let same = |entry: &&Entry| {
        entry.options == outputs.options_hash && identity.is_some() && entry.input_identity.as_ref() == identity
    };
    // Where several have made it, the one that is there counts.
    let is_done = |made: &&Entry| made.state == State::Done && is_whole(made, &output);
    if record.made.iter().filter(same).any(|made| is_done(&made)) {
        return Some(Outcome::Skipped);
    }
    match record.last.as_ref().filter(same) {
        Some(done) if done.state == State::Done && is_whole(done, &output) => Some(Outcome::Skipped),
        Some(damaged) if damaged.state == State::Damaged && is_whole(damaged, &output) => {
            Some(Outcome::Damaged(damaged.error.clone().unwrap_or_default()))
        }
        Some(failed) if failed.state == State::Failed && !outputs.batch.retry => {
            Some(Outcome::FailedBefore(failed.error.clone().unwrap_or_default()))
        }
        _ => taken(outputs, journal, record)
            .map(|(_, who)| Outcome::Elsewhere(who))
            .or_else(may_be_written)
            .or_else(|| finished_otherwise(outputs, record, &output)),
    }
}

/// What is to be replaced by the output of a task, and is held meanwhile: what a batch has finished there. None where
/// nothing is.
///
/// # Errors
/// When it is something else: [`NotOurs`].
pub(super) fn replaced(outputs: &Outputs<'_>, task: &Task, journal: &Journal) -> Result<Option<(File, FileState)>> {
    let (folder, name) = match outputs.place(task, false) {
        Err(error) if error.downcast_ref() == Some(&Errno::NOENT) => return Ok(None),
        place => place?,
    };
    if folder.state(name).is_none() {
        return Ok(None);
    }
    let output = outputs.path(task);
    let shown = output.display();
    let known = journal.record(&task.output).map(|record| record.made.as_slice()).unwrap_or_default();
    let is_ours = |file: &File| {
        Made::of(file).is_ok_and(|now| {
            known.iter().any(|entry| entry.result.output_identity.as_ref().is_some_and(|made| made.is(&now)))
        })
    };
    let file = folder.read(name).ok().filter(is_ours).ok_or_else(|| {
        NotOurs(format!(
            "{shown} is there already, and is not what a batch has put there; move it away, or choose another --name"
        ))
    })?;
    // A file that may not be written must not be replaced either.
    folder.file(name, OFlags::WRONLY).with_context(|| format!("cannot write {shown}"))?;
    let state = FileState::of(&file)?;
    Ok(Some((file, state)))
}

/// The latest attempt, if it read another file that still exists. A file that was moved, or that has another path on
/// another machine, is recognized by its content.
fn other_input<'r>(record: &'r Record, task: &Task, identity: Option<&Identity>) -> Option<&'r Entry> {
    let entry = record.last.as_ref().or(record.open.last())?;
    let before = entry.input.path();
    let same_content = entry.input_identity.as_ref().zip(identity).is_some_and(|(a, b)| a.same_content(b));
    let is_other = !same_content && before != real(&task.input) && before.exists();
    is_other.then_some(entry)
}

/// That an output is there and whole which other options have made, and which is not to be replaced.
fn finished_otherwise(outputs: &Outputs<'_>, record: &Record, output: &Path) -> Option<Outcome> {
    if outputs.batch.redo {
        return None;
    }
    let made = record.made.iter().rev().find(|made| is_whole(made, output))?;
    let with = made.made_with.clone().unwrap_or_else(|| "other options".into());
    (made.options != outputs.options_hash).then_some(Outcome::Kept(with))
}

/// Whether an output is still the file that was written.
pub(super) fn is_whole(done: &Entry, output: &Path) -> bool {
    let written = done.result.output_identity.as_ref();
    written.zip(Identity::of(output).ok()).is_some_and(|(written, now)| written.identity.same_content(&now))
}

/// The first attempt that has begun and not ended and whose batch lives, and who that is.
pub(super) fn taken<'r>(outputs: &Outputs<'_>, journal: &Journal, record: &'r Record) -> Option<(&'r Entry, String)> {
    let who = |open: &Entry| {
        let (owner, _) = open.attempt.rsplit_once('-')?;
        holder(&Owner::parse(owner)?, &outputs.leases, journal.now())
    };
    record.open.iter().find_map(|open| Some((open, who(open)?)))
}
