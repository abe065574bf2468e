//! What a batch would do: its files, named and looked up in the journal. Writes nothing, and opens no video.

use std::path::Path;

use anyhow::Result;

use super::decide::decide;
use super::identity::Identity;
use super::inputs::{LeftOut, gather, real};
use super::journal::{JOURNAL_FILE, Journal};
use super::outcome::Outcome;
use super::outputs::Outputs;
use super::plan::{Task, plan};
use super::spec::Batch;

/// What a batch would do.
pub struct Preview {
    /// Every file, in the order of the inputs.
    pub files: Vec<Planned>,
    /// Files that would not be tried.
    pub left_out: Vec<LeftOut>,
}

/// A file of a batch, and what would become of it.
pub struct Planned {
    /// The file.
    pub task: Task,
    /// Its outcome where that is known without a conversion; none: it would be converted.
    pub outcome: Option<Outcome>,
}

/// Finds out what a batch would do, and writes nothing. Whether a file can be read is known only when it is converted.
///
/// # Errors
/// When an input does not exist, or the output folder or the journal cannot be read.
pub fn preview(batch: &Batch) -> Result<Preview> {
    // Without a folder there is nothing in it.
    let there = batch.folder.exists().then(|| Outputs::of(batch)).transpose()?;
    let books = there.map(|outputs| anyhow::Ok((Journal::preview(&outputs.folder)?, outputs))).transpose()?;
    let (tasks, left_out) = match &books {
        Some((journal, _)) => tasks(batch, journal)?,
        None => named(batch, &|_| false)?,
    };
    let outcome = |task: &Task| {
        if let Some(why) = &task.refused {
            return Some(Outcome::Failed(why.clone()));
        }
        let (journal, outputs) = books.as_ref()?;
        let known = decide(outputs, journal, task, Identity::of(&task.input).ok().as_ref());
        known.filter(|known| !(batch.take_over && known.elsewhere().is_some()))
    };
    let files = tasks.into_iter().map(|task| Planned { outcome: outcome(&task), task });
    Ok(Preview { files: files.collect(), left_out })
}

/// The same as [`tasks`], for a folder that need not be there. Writes nothing.
pub(super) fn tasks_now(batch: &Batch) -> Result<(Vec<Task>, Vec<LeftOut>)> {
    if batch.folder.exists() {
        return tasks(batch, &Journal::preview(&Outputs::of(batch)?.folder)?);
    }
    named(batch, &|_| false)
}

/// One task for each input file, and the files that are left out. Files that are outputs of a batch are no inputs.
pub(super) fn tasks(batch: &Batch, journal: &Journal) -> Result<(Vec<Task>, Vec<LeftOut>)> {
    let folder = real(&batch.folder);
    let is_output = |path: &Path| {
        let path = real(path);
        path.strip_prefix(&folder).is_ok_and(|output| {
            output == Path::new(JOURNAL_FILE) || journal.record(output).is_some_and(|record| !record.made.is_empty())
        })
    };
    named(batch, &is_output)
}

fn named(batch: &Batch, is_output: &dyn Fn(&Path) -> bool) -> Result<(Vec<Task>, Vec<LeftOut>)> {
    let (found, left_out) = gather(&batch.inputs, batch.recursive, &batch.folder, is_output)?;
    let mut tasks = plan(&found, &batch.pattern, &batch.chain.to_string(), &batch.folder);
    for task in tasks.iter_mut().filter(|task| task.refused.is_none()) {
        // Each container has its own codecs, and each codec its own scales.
        task.refused = batch.video.check(&task.output).err().map(|why| format!("{why:#}"));
    }
    Ok((tasks, left_out))
}
