//! The messages between a run and the process of one of its inputs: JSON, a line each. After a greeting each way the process
//! waits to be told to go; then it says how far it is, and at last what it has measured. It exits when nothing more can
//! come.

use std::io::Write;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::child::Role;
use crate::metrics::RunElsewhere;
use crate::pipeline::Settings;

/// What these processes are started as.
pub(crate) const ROLE: Role = Role { name: "process of an input", word: "input-process" };

/// What the greeting tells the process.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Hello {
    /// The input, as it would be given on the command line.
    pub input: String,
    /// The filters, by name.
    pub chain: String,
    pub settings: Settings,
    pub opencv_threads: i32,
}

/// What its own greeting tells: that its input is open.
#[derive(Serialize, Deserialize)]
pub(crate) struct Ready {}

/// What it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Order {
    /// All other processes are ready, too.
    Go,
    /// No more frames are to be captured.
    End,
}

/// What it says.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Message {
    /// Frames that are delivered so far.
    Delivered(u64),
    /// The run of its input is over.
    Done(Box<RunElsewhere>),
    /// It is over without a result.
    Failed(String),
}

/// Writes a message as a line.
pub(crate) fn write_line(to: &mut impl Write, mut message: Vec<u8>) -> Result<()> {
    message.push(b'\n');
    to.write_all(&message)?;
    Ok(to.flush()?)
}
