//! Where the inputs of a plan are, and that they are those it was made of. Opens no video.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::plan_file::{Piece, ShardPlan};
use crate::batch::identity::Identity;
use crate::batch::inputs::real;

/// The input of a piece.
///
/// # Errors
/// When it is gone, has changed, or a link leads out of the folder: one line that names it.
pub(super) fn input_of(plan: &ShardPlan, piece: &Piece) -> Result<PathBuf> {
    let path = plan.inputs().join(piece.input.path());
    let shown = path.display();
    // Without a file there, its identity tells why.
    let leads_out = path.exists() && !real(&path).starts_with(real(&plan.inputs()));
    ensure!(!leads_out, "{shown} leads out of {}, where the plan has its inputs", plan.inputs().display());
    let now = Identity::of(&path).context("it was there when the plan was made")?;
    ensure!(now == piece.identity, "{shown} has changed since the plan was made; make the plan anew for it");
    Ok(path)
}

/// A folder as a plan keeps it: relative to that of the plan where it is below it.
pub(super) fn kept(folder: &Path, at: &Path) -> PathBuf {
    let folder = real(folder);
    folder.strip_prefix(at).map(Path::to_owned).unwrap_or(folder)
}
