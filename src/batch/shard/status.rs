//! How far the shards of a plan are, from their ledgers alone: no file that is made or read is opened, and nobody who is at
//! work is asked.

use anyhow::Result;
use schemars::JsonSchema;
use serde::Serialize;

use super::books::{failed, look};
use super::plan_file::ShardPlan;
use crate::batch::entry::State;

/// How far a shard is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct ShardStatus {
    /// Which one.
    pub shard: usize,
    /// Its pieces.
    pub pieces: usize,
    /// Those that are done, by the ledger.
    pub done: usize,
    /// Those that failed and are not tried again.
    pub failed: usize,
    /// Those that were begun and have not ended, in work or cut off.
    pub begun: usize,
    /// Frames that are written.
    pub frames: u64,
    /// Frames of all its pieces, if every piece has a known length.
    pub of_frames: Option<u64>,
    /// Frames a second, from the beginning of its first piece to the last line of its ledger.
    pub fps: Option<f64>,
    /// Seconds that the rest takes at this rate.
    pub left_s: Option<f64>,
}

/// How far every shard is. Where nothing has begun, that is nowhere.
///
/// # Errors
/// When a ledger cannot be read.
pub fn status(plan: &ShardPlan) -> Result<Vec<ShardStatus>> {
    let mut pieces = vec![Vec::new(); plan.shards];
    plan.pieces.iter().for_each(|piece| pieces[piece.shard].push(piece));
    let is_there = plan.outputs().exists();
    let mut all = Vec::with_capacity(plan.shards);
    for (shard, pieces) in pieces.iter().enumerate() {
        let mut status = ShardStatus { shard, pieces: pieces.len(), ..ShardStatus::default() };
        status.of_frames = pieces.iter().map(|piece| piece.frames).sum();
        if is_there {
            let journal = look(plan, shard)?;
            // No ledger tells when it was read; the last line is the latest that is known for certain.
            let (mut first, mut last) = (u64::MAX, 0);
            for piece in pieces {
                let Some(record) = journal.record(&piece.output.path()) else { continue };
                let is_made = |state| matches!(state, State::Done | State::Damaged);
                let made =
                    record.made.iter().rev().find(|made| is_made(made.state) && made.options == plan.options_hash);
                if let Some(made) = made {
                    status.done += 1;
                    status.frames += made.result.frames_out;
                    let begun = made.at_us.saturating_sub((made.result.seconds * 1e6) as u64);
                    (first, last) = (first.min(begun), last.max(made.at_us));
                } else if !record.open.is_empty() {
                    status.begun += 1;
                } else if failed(piece, &journal).is_some() {
                    status.failed += 1;
                }
            }
            let seconds = last.saturating_sub(first) as f64 / 1e6;
            status.fps = (seconds > 0.0).then(|| status.frames as f64 / seconds);
            let left = status.of_frames.map(|all| all.saturating_sub(status.frames));
            status.left_s = left.zip(status.fps).filter(|(_, fps)| *fps > 0.0).map(|(left, fps)| left as f64 / fps);
        }
        all.push(status);
    }
    Ok(all)
}
