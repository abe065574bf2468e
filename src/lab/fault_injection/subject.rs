//! The subject of a trial: runs what it was assigned, and tells of every frame it delivers.

use std::io::{Write, stdin, stdout};
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::{Signal, set_parent_process_death_signal};
use serde::{Deserialize, Serialize};

use super::witness::Witness;
use crate::child::WorkerCommand;
use crate::host::libraries;
use crate::pipeline::{Limits, Settings, Watch};
use crate::run::run;
use crate::source::OpenOptions;
use crate::strategy::find;

/// What a subject is to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Assignment {
    pub input: String,
    pub chain: String,
    pub strategy: String,
    pub workers: usize,
    pub queue: usize,
    pub frames: u64,
    pub frame_timeout: Duration,
    pub worker_command: WorkerCommand,
}

/// What a subject does from its start to its end. The hidden command `subject` of the program calls this, with an
/// assignment on standard input; frames go to standard output, and after them what was lost on the way.
///
/// # Errors
/// Whatever ends the run.
pub fn subject_main() -> Result<()> {
    // A filter that hangs would hang for ever if the lab were killed. A kernel that cannot is no reason not to try.
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
    libraries::prepare(1, false)?;
    let assignment: Assignment =
        serde_json::from_reader(stdin()).context("this command is framerace's own; it needs the crash lab")?;
    let settings = Settings {
        workers: assignment.workers,
        queue: assignment.queue,
        limits: Limits { frames: Some(assignment.frames), duration: None },
        open: OpenOptions::default(),
        frame_timeout: assignment.frame_timeout,
        worker_command: Some(assignment.worker_command),
        ..Settings::default()
    };
    let strategy = find(&assignment.strategy).context("no such strategy")?;
    let mut witness = Witness(stdout());
    let (input, chain) = (assignment.input.parse()?, assignment.chain.parse()?);
    let run = run(strategy, &input, &chain, &mut witness, &settings, &Watch::default())?;
    writeln!(stdout(), "{}", serde_json::to_string(&run.losses)?)?;
    Ok(())
}
