//! The messages between parent and worker process, and what a transport of them must do.
//!
//! The first message each way is a greeting in JSON; then every frame is one short request and one short response, in the
//! compact form of postcard. A worker whose input ends sends its final statistics and exits.

use anyhow::{Context, Result, bail};
use opencv::core::{Mat, MatTraitConst};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::deadline::Deadline;
use crate::child::sandbox::Policy;
use crate::child::{Role, WORKER, printable};
use crate::frame::{Shape, Stamp};
use crate::metrics::{BufferReport, SpanElsewhere, Spent, Tally};

/// What worker processes are started as.
pub(super) const ROLE: Role = Role { name: "worker process", word: WORKER };

/// The longest message in bytes.
pub(super) const LONGEST: usize = 64 << 10;

/// Carries messages, and images where these are not in shared memory. Both sides use the same. Whatever it waits for
/// counts for the deadline.
pub(super) trait Transport: Send {
    /// Sends one message.
    fn send(&mut self, message: &[u8], deadline: &mut Deadline) -> Result<()>;

    /// Receives one message; false when the other side has closed.
    fn receive(&mut self, message: &mut Vec<u8>, deadline: &mut Deadline) -> Result<bool>;

    /// Sends an image after a message. Nothing to do in shared memory.
    fn send_image(&mut self, _: &Mat, _: &mut Deadline) -> Result<()> {
        Ok(())
    }

    /// Receives the image after a message into the memory of `image`. Nothing to do for a worker with shared memory.
    fn receive_image(&mut self, _: &mut Mat, _: &mut Deadline) -> Result<()> {
        Ok(())
    }

    /// Tells the other side that no more messages will come.
    fn close(&mut self);
}

/// What the parent's greeting tells a worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Hello {
    /// What it is to do, by input.
    pub inputs: Vec<Stream>,
    pub meters: bool,
    /// Frames with a smaller number are traced: 0 for none.
    pub trace_frames: u64,
    pub opencv_threads: i32,
    pub sandbox: Policy,
    /// Images of shared memory that outputs are written to, one after the other; 1 where there is no shared memory.
    pub outputs: usize,
}

/// One of the inputs that a worker has frames of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Stream {
    /// The filters, by name.
    pub chain: String,
    pub input: Shape,
    pub output: Shape,
    /// Images of shared memory that have its captured frames; those of the inputs follow each other.
    pub slots: usize,
}

impl Hello {
    /// Images that have captured frames, in all.
    pub(super) fn slots(&self) -> usize {
        self.inputs.iter().map(|stream| stream.slots).sum()
    }

    /// The shapes that take most memory, of captured and of finished frames: that of every place in shared memory.
    pub(super) fn largest(&self) -> Result<(Shape, Shape)> {
        let largest = |shape: fn(&Stream) -> Shape| {
            let shapes = self.inputs.iter().map(shape);
            shapes.max_by_key(Shape::bytes).context("a worker process without an input")
        };
        Ok((largest(|stream| stream.input)?, largest(|stream| stream.output)?))
    }
}

/// What a worker's greeting tells the parent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ready {
    /// What it is kept from, in words; none if its sandbox is closed later.
    pub sandbox: Option<String>,
}

/// What a worker has measured, sent when it shuts down.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct FinalStatistics {
    /// The filters of one input after the other.
    pub parts: Vec<Tally>,
    pub buffers: BufferReport,
    /// What it is kept from, in words; none if its sandbox was never closed.
    pub sandbox: Option<String>,
}

/// What a worker sends.
#[derive(Debug)]
pub(super) enum Response {
    /// It can take frames; its greeting, in JSON.
    Ready(Vec<u8>),
    /// The frame in this slot is done, and when it did what.
    Done(Done, Spans),
    /// It could not do a frame, or could not start.
    Failed(String),
    /// It shuts down.
    Final(FinalStatistics),
}

/// When a worker did what of a frame; empty unless the frame is traced.
pub(super) type Spans = Vec<SpanElsewhere>;

/// A finished frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Done {
    pub slot: u32,
    pub frame: u64,
    pub output: ImageFormat,
    pub spent: Spent,
}

/// Width, height and OpenCV type of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ImageFormat(pub [i32; 3]);

impl ImageFormat {
    /// That of an image.
    pub(super) fn of(image: &Mat) -> Self {
        Self([image.cols(), image.rows(), image.typ()])
    }
}

/// A frame to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Request {
    pub slot: u32,
    pub stamp: Stamp,
    /// Whether to measure each filter exactly.
    pub detailed: bool,
}

impl Request {
    pub(super) fn encode(&self, message: &mut Vec<u8>) -> Result<()> {
        message.clear();
        append(self, message)
    }

    pub(super) fn decode(message: &[u8]) -> Result<Self> {
        read(message)
    }
}

impl Response {
    pub(super) fn encode(&self, message: &mut Vec<u8>) -> Result<()> {
        message.clear();
        match self {
            Self::Ready(greeting) => {
                message.push(b'R');
                message.extend(greeting);
            }
            Self::Done(done, spans) => {
                message.push(b'D');
                append(&(done, spans), message)?;
            }
            Self::Failed(why) => {
                message.push(b'F');
                message.extend(&why.as_bytes()[..why.len().min(LONGEST / 2)]);
            }
            Self::Final(statistics) => {
                message.push(b'B');
                serde_json::to_writer(message, statistics)?;
            }
        }
        Ok(())
    }

    pub(super) fn decode(message: &[u8]) -> Result<Self> {
        let Some((tag, rest)) = message.split_first() else { bail!("an empty message") };
        let text = || printable(&String::from_utf8_lossy(rest));
        Ok(match tag {
            b'R' => Self::Ready(rest.to_vec()),
            b'F' => Self::Failed(text()),
            b'B' => Self::Final(serde_json::from_slice(rest)?),
            b'D' => {
                let (done, spans) = read(rest)?;
                Self::Done(done, spans)
            }
            other => bail!("a message of unknown kind {other}"),
        })
    }
}

fn append(content: &impl Serialize, message: &mut Vec<u8>) -> Result<()> {
    *message = postcard::to_extend(content, std::mem::take(message))?;
    Ok(())
}

/// Reads a message that holds this and nothing else.
fn read<T: DeserializeOwned>(message: &[u8]) -> Result<T> {
    match postcard::take_from_bytes(message) {
        Ok((content, [])) => Ok(content),
        Ok(_) => bail!("a message is too long"),
        Err(postcard::Error::DeserializeUnexpectedEnd) => bail!("a message ends early"),
        Err(error) => bail!("a message makes no sense: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_are_a_message_or_an_error(bytes: Vec<u8>) {
            let _ = Response::decode(&bytes);
            let _ = Request::decode(&bytes);
        }
    }
}
