//! What happens during a batch as lines of JSON, for programs that start one: an object a line, with its kind in `event`.
//! Plain data; it neither writes nor waits.

use std::collections::BTreeMap;

use anyhow::Result;
use schemars::JsonSchema;
use serde::Serialize;

use super::entry::Name;
use super::inputs::LeftOut;
use super::outcome::{Ended, Event, Outcome, Summary};
use super::preview::Planned;
use super::spec::Batch;

/// One line.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct EventLine {
    /// Seconds since the batch began.
    pub at_s: f64,
    /// What happened.
    #[serde(flatten)]
    pub event: Happened,
}

/// What happened.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Happened {
    /// The first line.
    Started {
        /// The version of this form.
        schema: u32,
        /// The version of framerace.
        framerace: String,
        /// The output folder.
        folder: Name,
        /// The options that change what outputs hold.
        options: String,
    },
    /// Files that were found in folders and are not tried.
    LeftOut {
        /// What they are.
        what: String,
        /// Their paths.
        files: Vec<Name>,
    },
    /// What would be done with a file; with `--dry-run` only.
    WouldDo {
        /// The input.
        input: Name,
        /// The output, within the output folder.
        output: Name,
        /// `convert`, or the outcome that is known without a conversion.
        outcome: String,
        /// Why.
        why: Option<String>,
    },
    /// The files to convert are known.
    Planned {
        /// How many files.
        files: usize,
        /// Frames in all of them, if every file has a known length.
        frames: Option<u64>,
    },
    /// The conversion of a file has begun.
    Begun {
        /// The input.
        input: Name,
        /// The output, within the output folder.
        output: Name,
        /// Its frames, if known.
        frames: Option<u64>,
    },
    /// A file has got on by a tenth of its frames, or by 500 of an unknown number.
    Progress {
        /// The input.
        input: Name,
        /// Frames that are written.
        frames: u64,
        /// All of its frames, if known.
        of: Option<u64>,
    },
    /// A file has its outcome, with or without a conversion.
    Ended {
        /// The input.
        input: Name,
        /// The output, within the output folder.
        output: Name,
        /// `done`, `damaged` (the output has all that could be read), `skipped` (done before), `kept` (other options have made it),
        /// `failed`, `failed-before`, `postponed` (it follows alone), `not-now`, `elsewhere`, `disk-full` or `stopped`.
        outcome: String,
        /// Why, or what is damaged.
        why: Option<String>,
        /// Frames read.
        frames_in: u64,
        /// Frames written.
        frames_out: u64,
        /// Playing time of the output, in seconds.
        plays_s: f64,
        /// How long the conversion took, in seconds.
        seconds: f64,
        /// The strategy and its number of workers.
        strategy: Option<String>,
        /// The stage that limited the speed.
        limited_by: Option<String>,
        /// What could not go along, and the like.
        notes: Vec<String>,
    },
    /// Anything else that is worth a line.
    Note {
        /// What.
        text: String,
    },
    /// The last line of a batch that came to its end, or was stopped in good order.
    Summary {
        /// Files, however they ended.
        files: usize,
        /// Files with each outcome, by its name; `left` are those that were not begun.
        outcomes: BTreeMap<String, usize>,
        /// Frames written.
        frames: u64,
        /// How long it took, in seconds.
        seconds: f64,
        /// Frames written a second.
        fps: f64,
        /// Playing time of the outputs over the time it took.
        times_real_time: f64,
        /// The most memory that it took with all its processes, in MB.
        peak_memory_mb: f64,
    },
    /// The last line of a batch that could not go on.
    Error {
        /// Why.
        why: String,
    },
}

/// The version of the form.
const SCHEMA: u32 = 1;

impl EventLine {
    /// The schema of the lines, as JSON.
    ///
    /// # Errors
    /// Never in practice.
    pub fn schema() -> Result<String> {
        Ok(serde_json::to_string_pretty(&schemars::schema_for!(Self))? + "\n")
    }
}

impl Happened {
    /// The first line.
    pub fn started(batch: &Batch) -> Self {
        Self::Started {
            schema: SCHEMA,
            framerace: env!("CARGO_PKG_VERSION").into(),
            folder: Name::of(&batch.folder),
            options: batch.options_text(),
        }
    }

    /// Files that are not tried.
    pub fn left_out(left_out: &LeftOut) -> Self {
        let files = left_out.files.iter().map(|file| Name::of(file)).collect();
        Self::LeftOut { what: left_out.what.into(), files }
    }

    /// What would be done with a file.
    pub fn would_do(planned: &Planned) -> Self {
        let Planned { task, outcome } = planned;
        Self::WouldDo {
            input: Name::of(&task.input),
            output: Name::of(&task.output),
            outcome: outcome.as_ref().map_or("convert", Outcome::name).into(),
            why: outcome.as_ref().and_then(Outcome::reason).map(str::to_owned),
        }
    }

    /// The line for an event.
    pub fn of(event: &Event<'_>) -> Self {
        let note = |text: String| Self::Note { text };
        match event {
            Event::LeftOut(left_out) => Self::left_out(left_out),
            Event::RemovedStale(count) => note(format!("temporary files of interrupted attempts removed: {count}")),
            Event::JournalRestored => note("the ledger was removed or cut off, and is written again".into()),
            Event::Planned { files, frames, .. } => Self::Planned { files: *files, frames: *frames },
            Event::Chosen(why) => note(format!("auto: {why}")),
            Event::Began { task, frames, .. } => {
                Self::Begun { input: Name::of(&task.input), output: Name::of(&task.output), frames: *frames }
            }
            Event::Again { input, why } => note(format!("again: {}: {why}", input.display())),
            Event::Ended(ended) => Self::ended(ended),
        }
    }

    fn ended(ended: &Ended) -> Self {
        let figures = &ended.figures;
        Self::Ended {
            input: Name::of(&ended.input),
            output: Name::of(&ended.output),
            outcome: ended.outcome.name().into(),
            why: ended.outcome.reason().map(str::to_owned),
            frames_in: figures.frames_in,
            frames_out: figures.frames_out,
            plays_s: figures.duration_out_s,
            seconds: figures.seconds,
            strategy: figures.strategy.clone(),
            limited_by: figures.limited_by.clone(),
            notes: figures.notes.clone(),
        }
    }

    /// The last line.
    pub fn summary(summary: &Summary) -> Self {
        let mut outcomes = BTreeMap::new();
        for ended in &summary.ended {
            *outcomes.entry(ended.outcome.name().to_owned()).or_default() += 1;
        }
        if summary.left > 0 {
            outcomes.insert("left".into(), summary.left);
        }
        let (frames, plays, seconds) = (summary.frames(), summary.plays(), summary.seconds.max(1e-9));
        Self::Summary {
            files: summary.ended.len() + summary.left,
            outcomes,
            frames,
            seconds: summary.seconds,
            fps: frames as f64 / seconds,
            times_real_time: plays / seconds,
            peak_memory_mb: summary.peak_memory as f64 / f64::from(1 << 20),
        }
    }
}
