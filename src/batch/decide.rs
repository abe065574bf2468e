//! Whether a file is to be done, from what the ledger says, what the file is now, and what lies in the output folder.

use std::path::Path;

use super::entry::{Entry, State};
use super::identity::Identity;
use super::journal::{Ledger, Record};
use super::plan::Task;
use crate::transcode::atomic_file::{Author, wrote_lately};

/// A new attempt elsewhere may take so long until it writes, in microseconds.
const FIRST_SIGN_US: u64 = 60_000_000;

/// What is to be done about a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// Do it.
    Do,
    /// It is done, and neither it nor the options nor the output have changed since.
    Skip,
    /// It failed before, and nothing has changed since: why it did.
    FailedBefore(String),
    /// Another batch is at it.
    Elsewhere,
    /// It must not be done: why.
    Refuse(String),
}

/// What a batch asks of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    /// The output folder.
    pub folder: &'a Path,
    /// The hash of the options.
    pub options: &'a str,
    /// Whether what has failed is to be tried again.
    pub retry: bool,
}

/// Decides about a file, which is what `identity` says.
pub(super) fn decide(ledger: &Ledger, task: &Task, identity: Option<&Identity>, asked: &Asked<'_>) -> Decision {
    let output = asked.folder.join(&task.output);
    let Some(record) = ledger.record(&task.output) else {
        return match output.symlink_metadata() {
            Ok(_) => Decision::Refuse(format!(
                "{} is there already, and not from a batch; move it away, or choose another --name",
                output.display()
            )),
            Err(_) => Decision::Do,
        };
    };
    if let Some(other) = other_input(record, task, identity) {
        return Decision::Refuse(format!(
            "{} was made of {}; choose another -o, or --name",
            output.display(),
            other.input.path().display()
        ));
    }
    let same = |entry: &&Entry| {
        entry.options == asked.options && identity.is_some() && entry.input_identity.as_ref() == identity
    };
    match record.last.as_ref().filter(same) {
        Some(done) if done.state == State::Done && is_whole(done, &output) => Decision::Skip,
        Some(failed) if failed.state == State::Failed && !asked.retry => {
            Decision::FailedBefore(failed.error.clone().unwrap_or_default())
        }
        _ if record.open.iter().any(|open| lives(open, &output, ledger)) => Decision::Elsewhere,
        _ => Decision::Do,
    }
}

/// The latest attempt, if it was at another file, which is still there. A file that was moved, or is seen from another
/// machine, is known by its content.
fn other_input<'r>(record: &'r Record, task: &Task, identity: Option<&Identity>) -> Option<&'r Entry> {
    let entry = record.last.as_ref().or(record.open.last())?;
    let before = entry.input.path();
    let same_content = entry.input_identity.as_ref().zip(identity).is_some_and(|(a, b)| a.same_content(b));
    let is_other = !same_content && before != super::inputs::real(&task.input) && before.exists();
    is_other.then_some(entry)
}

/// Whether an output is still what was written.
fn is_whole(done: &Entry, output: &Path) -> bool {
    let written = done.result.output_identity.as_ref();
    written.zip(Identity::of(output).ok()).is_some_and(|(written, now)| written.same_content(&now))
}

/// Whether an attempt that has not ended goes on: seen from its process here, or from what it writes elsewhere.
pub(super) fn lives(open: &Entry, output: &Path, ledger: &Ledger) -> bool {
    let Some(author) = open.attempt.rsplit_once('-').and_then(|(author, _)| Author::parse(author)) else {
        return false;
    };
    let now = ledger.now();
    let lately = || {
        let since = super::identity::microseconds(now).saturating_sub(open.at_us);
        since < FIRST_SIGN_US || wrote_lately(&author, output, now)
    };
    author.lives().unwrap_or_else(lately)
}
