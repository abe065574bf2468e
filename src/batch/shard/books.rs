//! The ledgers of a plan's shards: where they are, and how they are opened.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::plan_file::{Piece, ShardPlan};
use crate::batch::decide::is_whole;
use crate::batch::entry::{Entry, State};
use crate::batch::journal::{JOURNAL_FILE, Journal};
use crate::batch::others::OtherJournals;
use crate::batch::outputs::Outputs;
use crate::transcode::folder::Folder;
use crate::transcode::owner::Owner;

/// The folder of all shards' ledgers in the output folder.
const SHARDS: &str = "framerace-shards";

/// The folder of a shard's ledgers, relative to the output folder.
pub(super) fn folder_of(plan: &ShardPlan, shard: usize) -> PathBuf {
    Path::new(SHARDS).join(&plan.id).join(format!("{shard:05}"))
}

/// Opens this process's own ledger of a shard; all that others have written of it counts, too, and what a `batch` has.
///
/// # Errors
/// When it cannot be read or written.
pub(super) fn open(plan: &ShardPlan, shard: usize, outputs: &Outputs<'_>) -> Result<Journal> {
    let folder = outputs.folder.below(&folder_of(plan, shard), true)?;
    let own = OsString::from(format!("{}.jsonl", Owner::this()));
    let batch = plan.outputs().join(JOURNAL_FILE);
    let others = OtherJournals::new(folder.path(), &own, Some(batch));
    Journal::open_beside(&folder, &own, Some(others))
}

/// Looks at all ledgers of a shard.
///
/// # Errors
/// When one cannot be read.
pub(super) fn look(plan: &ShardPlan, shard: usize) -> Result<Journal> {
    let path = plan.outputs();
    let folder = Folder::open(&path).with_context(|| format!("cannot open {}", path.display()))?;
    let others = OtherJournals::new(&path.join(folder_of(plan, shard)), "".as_ref(), None);
    Journal::look(&folder, others)
}

/// The line that says that a piece is there, if it is: made of this input, with these options.
pub(super) fn done<'j>(plan: &ShardPlan, piece: &Piece, journal: &'j Journal) -> Option<&'j Entry> {
    let output = plan.outputs().join(piece.output.path());
    let is_made = |entry: &&Entry| {
        matches!(entry.state, State::Done | State::Damaged)
            && entry.options == plan.options_hash
            && entry.input_identity.as_ref() == Some(&piece.identity)
    };
    let made = &journal.record(&piece.output.path())?.made;
    made.iter().rev().filter(is_made).find(|made| is_whole(made, &output))
}

/// The line that says that a piece failed, and that trying again would not help, if the ledger ends with that.
pub(super) fn failed<'j>(piece: &Piece, journal: &'j Journal) -> Option<&'j Entry> {
    journal.record(&piece.output.path())?.last.as_ref().filter(|last| last.state == State::Failed)
}
