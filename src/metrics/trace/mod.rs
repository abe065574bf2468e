//! A trace: what every thread and worker process did with the first frames of a run, and when, as plain data.
//!
//! A result may hold thousands of spans, so each is written as one short text.

pub(super) mod span_log;
pub(super) mod tracks;

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The first frames of one run, span by span.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Trace {
    /// Frames with a smaller number were written down.
    pub frames: u64,
    /// The threads and worker processes, in the order of the path.
    #[serde(rename = "rows")]
    pub tracks: Vec<Track>,
    /// For each queue of the result, how many frames waited in it from when on: texts of the microseconds from the begin
    /// of the run and the frames, as `10345 3`.
    #[schemars(with = "Vec<Vec<String>>")]
    pub depths: Vec<Vec<Depth>>,
}

/// One thread, one worker process, or one band of the frames.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Track {
    /// `capture`, `worker 2`, `blur`, …
    pub name: String,
    /// The process, if it was not that of framerace itself.
    pub pid: Option<u32>,
    /// What it did, in the order it began. No two overlap unless one lies within the other. Each is a text of the
    /// microseconds from the begin of the run, the microseconds it took, what it was (busy, starved, blocked, locked),
    /// the frame's number (`-` for a wait between frames), and the stage by its place in the result, from 0; if it was
    /// only a part of that stage's work, a dot and the part's place follow: `10345 780 busy 12 1.0`.
    #[schemars(with = "Vec<String>")]
    pub spans: Vec<Span>,
}

/// Something that a thread did without interruption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Span {
    /// Microseconds from the begin of the run to its begin.
    pub begin_us: u64,
    /// Microseconds it took.
    pub duration_us: u64,
    /// What it was.
    pub activity: Activity,
    /// The frame's number; none for a wait between frames.
    pub frame: Option<u64>,
    /// The stage, by its place among those of the run.
    pub stage: usize,
    /// Which part of the stage's work, by its place among the stage's parts; none for all of it.
    pub part: Option<usize>,
}

/// What a thread does with its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// At work.
    Busy,
    /// Waits for input.
    Starved,
    /// Waits for room downstream.
    Blocked,
    /// Waits for a lock.
    Locked,
    /// Waits for a device, a network or another program in the middle of its work.
    Waiting,
}

/// How many frames waited in a queue from a moment on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Depth {
    /// Microseconds since the run began.
    pub at_us: u64,
    /// Frames in the queue.
    pub frames: u64,
}

impl Activity {
    const ALL: [Self; 5] = [Self::Busy, Self::Starved, Self::Blocked, Self::Locked, Self::Waiting];

    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Starved => "starved",
            Self::Blocked => "blocked",
            Self::Locked => "locked",
            Self::Waiting => "waiting",
        }
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        let Span { begin_us, duration_us, activity, frame, stage, part } = span;
        let frame = frame.map_or("-".to_owned(), |frame| frame.to_string());
        let part = part.map_or(Self::new(), |part| format!(".{part}"));
        format!("{begin_us} {duration_us} {} {frame} {stage}{part}", activity.name())
    }
}

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let read = || {
            let mut words = text.split(' ');
            let (begin, duration) = (words.next()?, words.next()?);
            let (activity, frame, place) = (words.next()?, words.next()?, words.next()?);
            let (stage, part) = place.split_once('.').map_or((place, None), |(stage, part)| (stage, Some(part)));
            let span = Self {
                begin_us: number(begin)?,
                duration_us: number(duration)?,
                activity: Activity::ALL.into_iter().find(|known| known.name() == activity)?,
                frame: if frame == "-" { None } else { Some(number(frame)?) },
                stage: number(stage)?,
                part: if let Some(part) = part { Some(number(part)?) } else { None },
            };
            words.next().is_none().then_some(span)
        };
        read().ok_or_else(|| format!("'{text}' is no span; one reads as '10345 780 busy 12 1.0'"))
    }
}

impl From<Depth> for String {
    fn from(Depth { at_us, frames }: Depth) -> Self {
        format!("{at_us} {frames}")
    }
}

impl TryFrom<String> for Depth {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let read = || {
            let (at, frames) = text.split_once(' ')?;
            Some(Self { at_us: number(at)?, frames: number(frames)? })
        };
        read().ok_or_else(|| format!("'{text}' is no depth of a queue; one reads as '10345 3'"))
    }
}

fn number<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}
