//! The end of a plan: every piece is there exactly once and is the one that was made, or it is said which shards are missing.
//! What dead attempts have left is swept, and the outputs enter the ledger of the folder, so that a `batch` knows them.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result};
use schemars::JsonSchema;
use serde::Serialize;

use super::books::{done, failed, folder_of, look};
use super::film;
use super::plan_file::ShardPlan;
use crate::batch::entry::{Name, State};
use crate::batch::inputs::real;
use crate::batch::journal::Journal;
use crate::batch::lease::holder;
use crate::batch::preview::tasks_now;
use crate::child::WorkerCommand;
use crate::transcode::folder::Folder;
use crate::transcode::owner::Owner;
use crate::transcode::temporary::remove_left_by;

/// What a plan has come to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Merged {
    /// Pieces of the plan.
    pub pieces: usize,
    /// Pieces that are there, whole.
    pub done: usize,
    /// Those of them whose input was damaged: what, by input.
    pub damaged: Vec<(Name, String)>,
    /// Pieces that cannot be made: why, by input.
    pub failed: Vec<(Name, String)>,
    /// What is missing.
    pub missing: Missing,
    /// Frames of all outputs.
    pub frames: u64,
    /// Their playing time, in seconds.
    pub plays_s: f64,
    /// Seconds of work, one after the other, of all that is there.
    pub work_s: f64,
    /// Inputs that have come since the plan was made, which are in no shard.
    pub added: Vec<Name>,
    /// What a user should know of films that were joined.
    pub notes: Vec<String>,
    /// Files of attempts that were cut off, which were removed.
    pub swept: usize,
}

/// Pieces that are neither there nor known to fail.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Missing {
    /// How many.
    pub pieces: usize,
    /// The shards that they are in.
    pub shards: BTreeSet<usize>,
}

impl Missing {
    /// The shards as engines take them: `3,5`, counted from `base`.
    pub fn indices(&self, base: u64) -> String {
        let indices: Vec<_> = self.shards.iter().map(|shard| (*shard as u64 + base).to_string()).collect();
        indices.join(",")
    }
}

/// Looks at every piece. If none is missing, sweeps what dead attempts have left, and enters the outputs into the ledger of
/// the folder; `only_look` does neither.
///
/// # Errors
/// When a ledger cannot be read, or that of the folder cannot be written.
pub fn merge(plan: &ShardPlan, only_look: bool, program: &WorkerCommand) -> Result<Merged> {
    let mut merged = Merged { pieces: plan.pieces.len(), ..Merged::default() };
    let mut pieces = vec![Vec::new(); plan.shards];
    plan.pieces.iter().for_each(|piece| pieces[piece.shard].push(piece));
    if !plan.outputs().exists() {
        merged.missing =
            Missing { pieces: plan.pieces.len(), shards: plan.pieces.iter().map(|piece| piece.shard).collect() };
        return Ok(merged);
    }
    let path = plan.outputs();
    let folder = Folder::open(&path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut books = if only_look { Journal::preview(&folder)? } else { Journal::open(&folder)? };
    let (mut entries, mut owners) = (Vec::new(), HashSet::new());
    for (shard, pieces) in pieces.iter().enumerate() {
        let journal = look(plan, shard)?;
        for piece in pieces {
            if let Some(record) = journal.record(&piece.output.path()) {
                let attempts =
                    record.made.iter().chain(&record.open).filter_map(|entry| entry.attempt.rsplit_once('-'));
                owners.extend(attempts.map(|(owner, _)| (shard, owner.to_owned())));
            }
            if film::joined(plan, piece, &books).is_some() {
                merged.done += 1;
                merged.frames += piece.frames.unwrap_or(0);
            } else if let Some(entry) = done(plan, piece, &journal) {
                merged.done += 1;
                merged.frames += entry.result.frames_out;
                merged.plays_s += entry.result.duration_out_s;
                merged.work_s += entry.result.seconds;
                if entry.state == State::Damaged {
                    merged.damaged.push((piece.input.clone(), entry.error.clone().unwrap_or_default()));
                }
                entries.extend(piece.part.is_none().then(|| entry.clone()));
            } else if let Some(entry) = failed(piece, &journal) {
                merged.failed.push((piece.input.clone(), entry.error.clone().unwrap_or_default()));
            } else {
                merged.missing.pieces += 1;
                merged.missing.shards.insert(shard);
            }
        }
    }
    if merged.missing.pieces > 0 || only_look {
        return Ok(merged);
    }
    merged.added = added(plan)?;
    if merged.failed.is_empty() {
        merged.notes = film::join_all(plan, program, &mut books)?;
    }
    merged.swept = sweep(plan, &owners)?;
    for entry in entries {
        let is_known =
            |record: &crate::batch::record::Record| record.made.iter().any(|made| made.attempt == entry.attempt);
        if !books.record(&entry.output.path()).is_some_and(is_known) {
            books.append(&entry)?;
        }
    }
    Ok(merged)
}

/// Inputs that have come since. Where the inputs are not to be seen from here, nothing is said.
fn added(plan: &ShardPlan) -> Result<Vec<Name>> {
    let batch = plan.batch(WorkerCommand::new(""))?;
    let known: HashSet<PathBuf> =
        plan.pieces.iter().map(|piece| real(&plan.inputs().join(piece.input.path()))).collect();
    let Ok((tasks, _)) = tasks_now(&batch) else { return Ok(Vec::new()) };
    let new = tasks.iter().filter(|task| !known.contains(&real(&task.input)));
    Ok(new.map(|task| Name::of(&task.input)).collect())
}

/// Removes what attempts at this plan have left that are over.
fn sweep(plan: &ShardPlan, owners: &HashSet<(usize, String)>) -> Result<usize> {
    let path = plan.outputs();
    let root = Folder::open(&path).with_context(|| format!("cannot open {}", path.display()))?;
    let now = SystemTime::now();
    let is_over = |owner: &Owner| {
        let text = owner.to_string();
        let mut shards = owners.iter().filter(|(_, known)| *known == text).map(|(shard, _)| *shard).peekable();
        shards.peek().is_some() && shards.all(|shard| holder(owner, &path.join(folder_of(plan, shard)), now).is_none())
    };
    let outputs = plan.pieces.iter().map(|piece| piece.output.path().parent().unwrap_or(Path::new("")).to_owned());
    let folders: BTreeSet<PathBuf> = outputs.chain((0..plan.shards).map(|shard| folder_of(plan, shard))).collect();
    let left = folders.iter().filter_map(|below| Some(remove_left_by(&root.below(below, false).ok()?, is_over)));
    Ok(left.sum())
}
