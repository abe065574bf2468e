//! How a race stands while it goes on: who leads, whether that is sure, and how much time is left. It decides nothing.

use std::time::Duration;

use super::plan::{Entry, Rounds};
use crate::metrics::Run;
use crate::pipeline::Standing;
use crate::statistics::{SHOWN, median, ratio};

/// So many are shown.
const LEADERS: usize = 2;

/// How these stand after the rounds they have in common; none before the first.
pub(super) fn standing<'a>(rivals: impl Iterator<Item = &'a Entry>) -> Option<Standing> {
    let of = |entry: &Entry| (entry.candidate.label.clone(), entry.runs.iter().map(Run::fps).collect::<Vec<_>>());
    let mut rivals: Vec<(String, Vec<f64>)> = rivals.map(of).collect();
    let rounds = rivals.iter().map(|(_, fps)| fps.len()).min().filter(|rounds| *rounds > 0)?;
    rivals.iter_mut().for_each(|(_, fps)| fps.truncate(rounds));
    rivals.sort_by(|a, b| median(&b.1).total_cmp(&median(&a.1)));
    let tied = match &rivals[..] {
        [(_, first), (_, second), ..] => ratio(first, second, SHOWN).map(|ratio| ratio.holds(1.0)),
        _ => None,
    };
    let leaders = rivals.into_iter().take(LEADERS).map(|(name, fps)| (name, median(&fps))).collect();
    Some(Standing { leaders, tied })
}

/// The time that is left after so much of it, of which this part is done.
pub(super) fn left(rounds: Rounds, elapsed: Duration, done: f64) -> Option<Duration> {
    match rounds {
        // What has to be run all the same takes as long as it takes.
        Rounds::Settle { budget, .. } => Some(budget.saturating_sub(elapsed)).filter(|left| !left.is_zero()),
        Rounds::Fixed(_) if done > 0.0 => Some(elapsed.mul_f64((1.0 - done).max(0.0) / done)),
        Rounds::Fixed(_) => None,
    }
}
