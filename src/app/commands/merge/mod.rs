//! `merge`: says what a plan has come to.

pub mod args;

use anyhow::{Context, Result, bail, ensure};
use framerace::batch::{Merged, Name, ShardPlan, merge};
use framerace::lab::report::counted;
use framerace::marks::RIGHT;
use framerace::text::plain_json;

use self::args::MergeArgs;
use crate::app::args::command::Command;
use crate::app::args::console::ColorArgs;
use crate::app::exit_code::{GateTripped, Misused};
use crate::app::results::target::{print, print_painted, terminal_width};
use crate::app::terminal::stderr::Stderr;
use crate::app::this_program::this_program;

/// Files that are named.
const MOST: usize = 10;

impl Command for MergeArgs {
    fn color(&self) -> ColorArgs {
        self.color.clone()
    }

    fn execute(self: Box<Self>, stderr: &Stderr) -> Result<()> {
        let plan = ShardPlan::read(&self.plan).map_err(|error| Misused(format!("{error:#}")))?;
        let merged = merge(&plan, self.missing, &this_program())
            .with_context(|| format!("cannot merge {}", self.plan.display()))?;
        let indices = merged.missing.indices(self.shard_base);
        if self.missing {
            print(&format!("{indices}\n"))?;
        } else if self.json {
            print(&(plain_json(&serde_json::to_string(&merged)?) + "\n"))?;
        } else {
            name(stderr, "failed", &merged.failed);
            name(stderr, "done, damaged", &merged.damaged);
            merged.notes.iter().take(MOST).for_each(|note| stderr.line(&format!("note: {note}")));
            for added in merged.added.iter().take(MOST) {
                stderr.line(&format!("note: {} has come since; it is in no shard", added.path().display()));
            }
            print_painted(&answer(&plan, &merged), &self.color)?;
        }
        let missing = merged.missing.pieces;
        if missing > 0 {
            bail!(GateTripped(format!(
                "{missing} of {} missing, in shards {indices}",
                counted(merged.pieces, "piece")
            )));
        }
        let failed = merged.failed.len();
        ensure!(failed == 0, "{failed} of {} failed; the rest is there", counted(merged.pieces, "piece"));
        let damaged = merged.damaged.len();
        ensure!(
            damaged == 0 || plan.how.accept_damaged,
            "{damaged} of {} damaged; what could be decoded is written, and plan --accept-damaged takes that for done",
            counted(merged.pieces, "piece")
        );
        Ok(())
    }
}

fn name(stderr: &Stderr, what: &str, files: &[(Name, String)]) {
    for (input, why) in files.iter().take(MOST) {
        stderr.line(&format!("{what}: {}: {why}", input.path().display()));
    }
    if files.len() > MOST {
        stderr.line(&format!("{what}: and {} more", files.len() - MOST));
    }
}

fn answer(plan: &ShardPlan, merged: &Merged) -> String {
    let width = terminal_width();
    let counts = [
        (merged.done - merged.damaged.len(), "done"),
        (merged.damaged.len(), "damaged"),
        (merged.failed.len(), "failed"),
        (merged.missing.pieces, "missing"),
    ];
    let counts: Vec<_> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    let mark =
        if merged.done == merged.pieces && merged.damaged.is_empty() { format!("{RIGHT} ") } else { String::new() };
    let has_parts = plan.pieces.iter().any(|piece| piece.part.is_some());
    let (pieces, shards) =
        (counted(merged.pieces, if has_parts { "piece" } else { "file" }), counted(plan.shards, "shard"));
    let what = width.sentence(&format!("{mark}{pieces} of {shards}: {}", counts.join(", ")));
    let frames = counted(usize::try_from(merged.frames).unwrap_or(usize::MAX), "frame");
    let sum = format!("{frames}, {:.1} s of playing time, made in {:.1} s of work", merged.plays_s, merged.work_s);
    let swept = match merged.swept {
        0 => String::new(),
        swept => width.sentence(&format!("removed {} of attempts that were cut off", counted(swept, "file"))),
    };
    what + &width.sentence(&sum) + &swept
}
