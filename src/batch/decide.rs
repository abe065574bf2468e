//! Decides whether a file is to be converted: from the journal, from what the file is now, and from what is in the
//! output folder. Converts nothing.

use std::path::Path;

use super::context::BatchContext;
use super::entry::{Entry, State};
use super::identity::Identity;
use super::inputs::real;
use super::journal::{Journal, Record};
use super::lease::holder;
use super::outcome::Outcome;
use super::plan::Task;
use crate::transcode::owner::Owner;

/// The outcome of a file that is now as `identity` says, if it is known already; none: it is to be converted.
pub(super) fn decide(
    context: &BatchContext<'_>,
    journal: &Journal,
    task: &Task,
    identity: Option<&Identity>,
) -> Option<Outcome> {
    let refuse = |why: String| Some(Outcome::Failed(why));
    let output = context.output(task);
    let Some(record) = journal.record(&task.output) else {
        return match output.symlink_metadata() {
            Ok(_) => refuse(format!(
                "{} is there already, and not from a batch; move it away, or choose another --name",
                output.display()
            )),
            Err(_) => None,
        };
    };
    if let Some(other) = other_input(record, task, identity) {
        return refuse(format!(
            "{} was made of {}; choose another -o, or --name",
            output.display(),
            other.input.path().display()
        ));
    }
    let same = |entry: &&Entry| {
        entry.options == context.options_hash && identity.is_some() && entry.input_identity.as_ref() == identity
    };
    match record.last.as_ref().filter(same) {
        Some(done) if done.state == State::Done && is_whole(done, &output) => Some(Outcome::Skipped),
        Some(damaged) if damaged.state == State::Damaged && is_whole(damaged, &output) => {
            Some(Outcome::Damaged(damaged.error.clone().unwrap_or_default()))
        }
        Some(failed) if failed.state == State::Failed && !context.batch.retry => {
            Some(Outcome::FailedBefore(failed.error.clone().unwrap_or_default()))
        }
        _ => taken(context, journal, record).map(|(_, who)| Outcome::Elsewhere(who)),
    }
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

/// Whether an output is still the file that was written.
fn is_whole(done: &Entry, output: &Path) -> bool {
    let written = done.result.output_identity.as_ref();
    written.zip(Identity::of(output).ok()).is_some_and(|(written, now)| written.same_content(&now))
}

/// The first attempt that has begun and not ended and whose batch lives, and who that is.
pub(super) fn taken<'r>(
    context: &BatchContext<'_>,
    journal: &Journal,
    record: &'r Record,
) -> Option<(&'r Entry, String)> {
    let who = |open: &Entry| {
        let (owner, _) = open.attempt.rsplit_once('-')?;
        holder(&Owner::parse(owner)?, &context.batch.folder, journal.now())
    };
    record.open.iter().find_map(|open| Some((open, who(open)?)))
}
