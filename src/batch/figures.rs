//! The figures of one conversion, as the journal keeps them and the summary adds them up.

use serde::{Deserialize, Serialize};

use super::made::Made;
use crate::metrics::{Damage, Run, StageReport};

/// The figures of one conversion.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Figures {
    /// What identifies the output file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_identity: Option<Made>,
    /// Frames read.
    pub frames_in: u64,
    /// Frames written.
    pub frames_out: u64,
    /// Playing time of the input, in seconds.
    pub duration_in_s: f64,
    /// Playing time of the output, in seconds.
    pub duration_out_s: f64,
    /// What was damaged in the input.
    pub damage: Damage,
    /// How long the conversion took, in seconds.
    pub seconds: f64,
    /// The strategy and its number of workers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<String>,
    /// The stage that limited the speed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limited_by: Option<String>,
    /// Notes for the user: frames that could not be decoded, streams that were left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Figures {
    /// Those that a run knows; the rest is not set.
    pub(super) fn of(run: &Run) -> Self {
        let workers = if run.workers == 1 { "worker" } else { "workers" };
        Self {
            frames_in: run.ledger.captured,
            frames_out: run.ledger.delivered,
            damage: run.damage,
            strategy: Some(format!("{}, {} {workers}", run.strategy, run.workers)),
            limited_by: limited_by(run),
            notes: run.notes.clone(),
            ..Self::default()
        }
    }
}

/// The stage that was busy for the longest time, and the part that took more than half of it: `deliver (encode)`.
fn limited_by(run: &Run) -> Option<String> {
    let at_work = |stage: &StageReport| stage.busy - stage.cpu_wait;
    let stage = run.stages.iter().max_by(|a, b| at_work(a).total_cmp(&at_work(b)))?;
    let part = stage.parts.iter().find(|part| part.share > 0.5);
    Some(part.map_or_else(|| stage.name.clone(), |part| format!("{} ({})", stage.name, part.name)))
}
