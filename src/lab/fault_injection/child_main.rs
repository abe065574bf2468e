//! What the child under test of a trial does: runs the strategy it was assigned, and reports every frame it delivers, by its
//! number and a hash of its pixels, in a line of text, at once.

use std::io::{Read, Write, stdin, stdout};
use std::ops::ControlFlow;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, Error, Result, ensure};
use opencv::core::{Mat, MatTraitConst, MatTraitConstManual};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use crate::child::handshake::read_parent;
use crate::child::{Role, WorkerCommand, die_with_parent};
use crate::frame::Frame;
use crate::host::libraries;
use crate::metrics::StageTimer;
use crate::pipeline::{Limits, Settings, Watch};
use crate::run::run;
use crate::sink::Sink;
use crate::source::OpenOptions;
use crate::strategy::find;

/// What children under test are started as.
pub(super) const ROLE: Role = Role { name: "child under test", word: "child-under-test" };

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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record {
    pub index: u64,
    pub hash: u128,
}

struct RecordingSink<W>(W);

impl<W: Write + Send> Sink for RecordingSink<W> {
    fn write(&mut self, frame: &Frame, _: &StageTimer<'_>) -> Result<ControlFlow<()>> {
        let Record { index, hash } = Record { index: frame.stamp.index, hash: hash(frame.output())? };
        // One write for each line: a child that dies leaves no half of a line.
        self.0.write_all(format!("{index} {hash:032x}\n").as_bytes())?;
        self.0.flush()?;
        Ok(ControlFlow::Continue(()))
    }
}

/// A hash of shape, type and pixels.
fn hash(image: &Mat) -> Result<u128> {
    let mut hash = Xxh3::new();
    for number in [image.cols(), image.rows(), image.typ()] {
        hash.update(&number.to_le_bytes());
    }
    hash.update(image.data_bytes()?);
    Ok(hash.digest128())
}

impl FromStr for Record {
    type Err = Error;

    fn from_str(line: &str) -> Result<Self> {
        let (index, hash) = line.split_once(' ').context("a line of the child under test that cannot be read")?;
        Ok(Self { index: index.parse()?, hash: u128::from_str_radix(hash, 16)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_back() {
        let record: Record = "17 000000000000000000000000deadbeef".parse().unwrap();
        assert_eq!(record, Record { index: 17, hash: 0xdead_beef });
        assert!("17".parse::<Record>().is_err() && "x 1".parse::<Record>().is_err());
    }
}
