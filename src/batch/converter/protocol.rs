//! The messages between a batch and its converter processes: JSON, a line each. After a greeting each way, a converter
//! does one request at a time, and answers each but [`Request::Stop`] with any number of [`Reply::Delivered`] and one
//! last reply.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::batch::entry::Name;
use crate::batch::figures::Figures;
use crate::batch::probe::Probe;
use crate::child::{Role, printable};
use crate::pipeline::Settings;
use crate::sink::video::VideoOptions;
use crate::source::Cut;

/// What converter processes are started as.
pub(super) const ROLE: Role = Role { name: "converter process", word: "converter" };

/// What the batch's greeting tells a converter: all that its files have in common.
#[derive(Clone, Serialize, Deserialize)]
pub(in crate::batch) struct Hello {
    /// The chain, as text.
    pub chain: String,
    /// How outputs are encoded.
    pub video: VideoOptions,
    pub opencv_threads: i32,
    /// Whether OpenCV and FFmpeg may write to standard error.
    pub loud: bool,
}

/// What a converter's greeting tells the batch: nothing but that it is ready.
#[derive(Serialize, Deserialize)]
pub(super) struct Ready {}

/// What a converter is asked for.
#[derive(Serialize, Deserialize)]
pub(in crate::batch) enum Request {
    /// To probe a file.
    Probe { input: Name, settings: Settings },
    /// To find out what is quickest for a file.
    Choose { input: Name, output: Name, settings: Settings, workers: Option<usize>, decode_threads: Option<usize> },
    /// To convert a file.
    Convert {
        input: Name,
        /// The path of the folder of the output, and which folder that is.
        folder: (Name, String),
        /// The name of the file in it that is to be made.
        temporary: Name,
        /// What the output will be: its name says in which container it is.
        output: Name,
        strategy: String,
        settings: Settings,
    },
    /// To find out where a film can be cut into parts of at least so many seconds.
    Cut { input: Name, every_s: f64, settings: Settings },
    /// To join parts of a film, each with the frames it must have; the rest as for a conversion.
    Join {
        parts: Vec<(Name, u64)>,
        input: Name,
        folder: (Name, String),
        temporary: Name,
        output: Name,
        settings: Settings,
    },
    /// To give up the request in work, and to do nothing more.
    Stop,
}

impl Request {
    /// The file it is about.
    pub fn input(&self) -> PathBuf {
        match self {
            Self::Probe { input, .. }
            | Self::Choose { input, .. }
            | Self::Cut { input, .. }
            | Self::Join { input, .. }
            | Self::Convert { input, .. } => input.path(),
            Self::Stop => PathBuf::new(),
        }
    }
}

/// What it answers.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::batch) enum Reply {
    /// Frames of the file in work that are delivered so far; not the last reply.
    Delivered(u64),
    /// What the probe found.
    Probed(Probe),
    /// What is quickest, and why.
    Chosen(Choice, String),
    /// Where it can be cut, or why it cannot.
    Cuts(Result<Vec<Cut>, String>),
    /// The output is there, whole, under its temporary name.
    Converted(Box<Figures>),
    /// It could not be done, in one line; and whether that is because a disk is full.
    Failed { why: String, full: bool },
}

impl Reply {
    /// The same, if it can be true, with texts that a terminal shows as they are.
    ///
    /// # Errors
    /// What cannot be true.
    pub(super) fn checked(self) -> Result<Self, String> {
        /// More workers or decoder threads than anybody would try.
        const MOST: usize = 4096;
        Ok(match self {
            Self::Chosen(Choice { workers, decode_threads, .. }, _)
                if !(1..=MOST).contains(&workers) || !(1..=MOST).contains(&decode_threads) =>
            {
                return Err(format!("{workers} workers and {decode_threads} decoder threads"));
            }
            Self::Chosen(choice, why) => Self::Chosen(choice, printable(&why)),
            Self::Failed { why, full } => Self::Failed { why: printable(&why), full },
            other => other,
        })
    }
}

/// The fastest way to run files of one kind.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::batch) struct Choice {
    pub strategy: String,
    pub workers: usize,
    pub decode_threads: usize,
}

/// Writes a message as a line.
pub(super) fn write_line(to: &mut impl Write, mut message: Vec<u8>) -> Result<()> {
    message.push(b'\n');
    to.write_all(&message)?;
    Ok(to.flush()?)
}
