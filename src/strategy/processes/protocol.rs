//! The messages between parent and worker process, and what a transport of them must do.
//!
//! The first message each way is a greeting in JSON; then every frame is one short request and one short response, of
//! fixed layout. A worker whose input ends sends its final statistics and exits.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use opencv::core::{Mat, MatTraitConst};
use serde::{Deserialize, Serialize};

use crate::child::Role;
use crate::child::sandbox::Policy;
use crate::frame::{Shape, Stamp};
use crate::metrics::{BufferReport, SpanElsewhere, Spent, Tally};

/// What worker processes are started as.
pub(super) const ROLE: Role = Role { name: "worker process", word: "worker" };

/// The longest message in bytes; an error text is cut.
pub(super) const LONGEST: usize = 64 << 10;

/// Carries messages, and images where these are not in shared memory. Both sides use the same.
pub(super) trait Transport: Send {
    /// Sends one message.
    fn send(&mut self, message: &[u8]) -> Result<()>;

    /// Waits for a message or the end of messages; false when neither came in time.
    fn wait(&self, at_most: Duration) -> Result<bool>;

    /// Receives one message; false when the other side has closed.
    fn receive(&mut self, message: &mut Vec<u8>) -> Result<bool>;

    /// Sends an image after a message. Nothing to do in shared memory.
    fn send_image(&mut self, _: &Mat) -> Result<()> {
        Ok(())
    }

    /// Receives the image after a message into the memory of `image`. Nothing to do in shared memory.
    fn receive_image(&mut self, _: &mut Mat) -> Result<()> {
        Ok(())
    }

    /// Tells the other side that no more messages will come.
    fn close(&mut self);
}

/// What the parent's greeting tells a worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Hello {
    /// The filters, by name.
    pub chain: String,
    pub input: Shape,
    pub output: Shape,
    pub meters: bool,
    /// Frames with a smaller number are traced: 0 for none.
    pub trace_frames: u64,
    pub opencv_threads: i32,
    pub sandbox: Policy,
    /// Slots of shared memory; 0 where there is none.
    pub slots: usize,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Done {
    pub slot: u32,
    pub frame: u64,
    pub output: ImageFormat,
    pub spent: Spent,
}

/// Width, height and OpenCV type of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ImageFormat(pub [i32; 3]);

impl ImageFormat {
    /// That of images of this shape.
    pub(super) fn of(shape: Shape) -> Self {
        Self([shape.width, shape.height, shape.mat_type()])
    }

    /// That of an image.
    pub(super) fn of_image(image: &Mat) -> Self {
        Self([image.cols(), image.rows(), image.typ()])
    }
}

/// A frame to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub slot: u32,
    pub stamp: Stamp,
    /// Whether to measure each filter exactly.
    pub detailed: bool,
}

impl Request {
    pub(super) fn encode(&self, message: &mut Vec<u8>) {
        message.clear();
        message.extend(self.slot.to_le_bytes());
        message.extend(self.stamp.index.to_le_bytes());
        message.extend(nanos(self.stamp.pts).to_le_bytes());
        message.extend(nanos(self.stamp.duration).to_le_bytes());
        message.extend(self.stamp.attempt.to_le_bytes());
        message.extend(u32::from(self.detailed).to_le_bytes());
    }

    pub(super) fn decode(message: &[u8]) -> Result<Self> {
        let mut fields = Fields(message);
        let (slot, index) = (fields.u32()?, fields.u64()?);
        let mut time = || fields.u64().map(Duration::from_nanos);
        let (pts, duration) = (time()?, time()?);
        let (attempt, detailed) = (fields.u32()?, fields.u32()? != 0);
        fields.end()?;
        Ok(Self { slot, stamp: Stamp { index, pts, duration, attempt }, detailed })
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
                message.extend(done.slot.to_le_bytes());
                message.extend(done.frame.to_le_bytes());
                for number in done.output.0 {
                    message.extend(number.to_le_bytes());
                }
                let Spent { busy, cpu, queued, locked, waiting } = done.spent;
                for time in [busy, cpu, queued, locked, waiting] {
                    message.extend(nanos(time).to_le_bytes());
                }
                message.extend(u32::try_from(spans.len())?.to_le_bytes());
                for span in spans {
                    // Parts count from 1 here; 0 is the whole frame.
                    message.extend(span.part.map_or(0, |part| part.saturating_add(1)).to_le_bytes());
                    message.extend(nanos(span.begin).to_le_bytes());
                    message.extend(nanos(span.end).to_le_bytes());
                }
            }
            Self::Failed(why) => {
                message.push(b'F');
                message.extend(why.as_bytes());
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
        let text = || String::from_utf8_lossy(rest).into_owned();
        Ok(match tag {
            b'R' => Self::Ready(rest.to_vec()),
            b'F' => Self::Failed(text()),
            b'B' => Self::Final(serde_json::from_slice(rest)?),
            b'D' => {
                let mut fields = Fields(rest);
                let (slot, frame) = (fields.u32()?, fields.u64()?);
                let mut number = || fields.u32().map(u32::cast_signed);
                let output = ImageFormat([number()?, number()?, number()?]);
                let mut time = || fields.u64().map(Duration::from_nanos);
                let spent = Spent { busy: time()?, cpu: time()?, queued: time()?, locked: time()?, waiting: time()? };
                let mut spans = Vec::new();
                // The count is not trusted: each span must be in the message.
                for _ in 0..fields.u32()? {
                    spans.push(fields.span()?);
                }
                fields.end()?;
                Self::Done(Done { slot, frame, output, spent }, spans)
            }
            other => bail!("a message of unknown kind {other}"),
        })
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Reads the numbers of a message one after the other.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn u32(&mut self) -> Result<u32> {
        let (head, rest) = self.0.split_first_chunk().context("a message ends early")?;
        self.0 = rest;
        Ok(u32::from_le_bytes(*head))
    }

    fn u64(&mut self) -> Result<u64> {
        let (head, rest) = self.0.split_first_chunk().context("a message ends early")?;
        self.0 = rest;
        Ok(u64::from_le_bytes(*head))
    }

    fn span(&mut self) -> Result<SpanElsewhere> {
        let part = self.u32()?.checked_sub(1);
        let (begin, end) = (Duration::from_nanos(self.u64()?), Duration::from_nanos(self.u64()?));
        Ok(SpanElsewhere { part, begin, end })
    }

    fn end(&self) -> Result<()> {
        ensure!(self.0.is_empty(), "a message is too long");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn requests_arrive_as_they_were_sent(
            slot: u32, index: u64, pts: u64, duration: u64, attempt: u32, detailed: bool,
        ) {
            let [pts, duration] = [pts, duration].map(Duration::from_nanos);
            let request = Request { slot, stamp: Stamp { index, pts, duration, attempt }, detailed };
            let mut message = Vec::new();
            request.encode(&mut message);
            prop_assert_eq!(Request::decode(&message).unwrap(), request);
        }

        #[test]
        fn finished_frames_arrive_as_they_were_sent(
            slot: u32, frame: u64, output: [i32; 3], times: [u64; 5],
            spans: Vec<(Option<u16>, u64, u64)>,
        ) {
            let [busy, cpu, queued, locked, waiting] = times.map(Duration::from_nanos);
            let done = Done { slot, frame, output: ImageFormat(output), spent: Spent { busy, cpu, queued, locked, waiting } };
            let mut message = Vec::new();
            let nanos = Duration::from_nanos;
            let span = |(part, begin, end): (Option<u16>, u64, u64)| SpanElsewhere {
                part: part.map(u32::from),
                begin: nanos(begin),
                end: nanos(end),
            };
            let spans: Vec<_> = spans.into_iter().map(span).collect();
            Response::Done(done, spans.clone()).encode(&mut message).unwrap();
            let Response::Done(arrived, seen) = Response::decode(&message).unwrap() else { panic!("not done") };
            prop_assert_eq!((arrived, seen), (done, spans));
        }

        #[test]
        fn any_bytes_are_a_message_or_an_error(bytes: Vec<u8>) {
            let _ = Response::decode(&bytes);
            let _ = Request::decode(&bytes);
        }
    }
}
