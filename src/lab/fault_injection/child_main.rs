//! What the child under test of a trial does: runs the strategy it was assigned, and reports every frame it delivers.

use std::io::{Read, Write, stdin, stdout};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use super::recording_sink::RecordingSink;
use crate::child::handshake::read_parent;
use crate::child::{Role, WorkerCommand, die_with_parent};
use crate::host::libraries;
use crate::pipeline::{Limits, Settings, Watch};
use crate::run::run;
use crate::source::OpenOptions;
use crate::strategy::find;

/// What children under test are started as.
pub(super) const ROLE: Role = Role { name: "child under test", word: "child-under-test" };

/// What a child under test has to run.
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

/// Runs this process as a child under test: the hidden command `child-under-test` of the program. It reads an assignment
/// from standard input; it writes a line for each frame to standard output, and after them what was lost on the way.
///
/// # Errors
/// Whatever ends the run.
pub fn child_main() -> Result<()> {
    // A filter that hangs would hang for ever if the lab were killed.
    die_with_parent();
    libraries::prepare(1, false)?;
    let mut message = Vec::new();
    stdin().read_to_end(&mut message)?;
    ensure!(!message.is_empty(), "this command is framerace's own; it needs the crash lab");
    let assignment: Assignment = read_parent(&message, ROLE.name)?;
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
    let mut sink = RecordingSink(stdout());
    let (input, chain) = (assignment.input.parse()?, assignment.chain.parse()?);
    let run = run(strategy, &input, &chain, &mut sink, &settings, &Watch::default())?;
    writeln!(stdout(), "{}", serde_json::to_string(&run.losses)?)?;
    Ok(())
}
