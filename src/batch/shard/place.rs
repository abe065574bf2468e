//! Where the inputs of a plan are, and that they are those it was made of. Opens no video.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::plan_file::{Piece, ShardPlan};
use crate::batch::identity::Identity;
use crate::batch::inputs::real;
use crate::batch::plan::Task;
use crate::source::TimeRange;

/// The input of a piece.
///
/// # Errors
/// When it is gone, has changed, or a link leads out of the folder: one line that names it.
fn input_of(plan: &ShardPlan, piece: &Piece) -> Result<PathBuf> {
    let path = plan.inputs().join(piece.input.path());
    let shown = path.display();
    // Without a file there, its identity tells why.
    let leads_out = path.exists() && !real(&path).starts_with(real(&plan.inputs()));
    ensure!(!leads_out, "{shown} leads out of {}, where the plan has its inputs", plan.inputs().display());
    let now = Identity::of(&path).context("it was there when the plan was made")?;
    ensure!(now == piece.identity, "{shown} has changed since the plan was made; make the plan anew for it");
    Ok(path)
}

/// What is to be done for a piece.
///
/// # Errors
/// When its input is not that of the plan.
pub(super) fn task(plan: &ShardPlan, piece: &Piece) -> Result<Task> {
    let input = input_of(plan, piece)?;
    let range = piece.part.as_ref().map(|part| TimeRange {
        start: Duration::from_micros(part.start_us),
        end: part.end_us.map(Duration::from_micros),
    });
    Ok(Task { input, output: piece.output.path(), range, refused: None })
}

/// A folder as a plan keeps it: relative to that of the plan where it is below it.
pub(super) fn kept(folder: &Path, at: &Path) -> PathBuf {
    let folder = real(folder);
    folder.strip_prefix(at).map(Path::to_owned).unwrap_or(folder)
}
