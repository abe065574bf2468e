//! What a batch and its converter processes say to each other: JSON, a line each. A converter does one thing at a
//! time, and answers everything but [`Request::Stop`] with one last reply.

use serde::{Deserialize, Serialize};

use crate::batch::entry::Name;
use crate::batch::figures::Figures;
use crate::batch::probe::Probe;
use crate::pipeline::Settings;
use crate::sink::video::VideoOptions;

/// Only the same framerace is talked to.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What every file of a batch has in common; the first line a converter gets.
#[derive(Clone, Serialize, Deserialize)]
pub(in crate::batch) struct Hello {
    pub version: String,
    /// The chain, as text.
    pub chain: String,
    /// How outputs are encoded.
    pub video: VideoOptions,
    pub opencv_threads: i32,
    /// Whether OpenCV and FFmpeg may say what they like.
    pub loud: bool,
}

impl Hello {
    /// For converters of this version.
    pub(in crate::batch) fn new(chain: String, video: VideoOptions, opencv_threads: i32, loud: bool) -> Self {
        Self { version: VERSION.to_owned(), chain, video, opencv_threads, loud }
    }
}

/// What a converter is asked for.
#[derive(Serialize, Deserialize)]
pub(in crate::batch) enum Request {
    /// To probe a file.
    Probe { input: Name, settings: Settings },
    /// To find out what is quickest for a file.
    Choose { input: Name, output: Name, settings: Settings, workers: Option<usize>, decode_threads: Option<usize> },
    /// To convert a file.
    Convert { input: Name, output: Name, strategy: String, settings: Settings },
    /// To give up what it is at, and to do nothing more.
    Stop,
}

/// What it says.
#[derive(Debug, Serialize, Deserialize)]
pub(in crate::batch) enum Reply {
    /// It is there.
    Ready { version: String },
    /// Frames of the file in work that are delivered; more is to come.
    Delivered(u64),
    /// What the probe found.
    Probed(Probe),
    /// What is quickest: a strategy, its workers, decoder threads, and why.
    Chosen { strategy: String, workers: usize, decode_threads: usize, why: String },
    /// The output is there, whole.
    Converted(Box<Figures>),
    /// It could not be done, in one line; and whether that is because there is no room.
    Failed { why: String, full: bool },
}

/// A message as a line.
pub(super) fn line(message: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn a_message_is_one_line_whatever_is_in_it() {
        let input = Name::of(Path::new("a\nb\".mp4"));
        let line = line(&Request::Probe { input: input.clone(), settings: Settings::default() }).expect("JSON");
        assert_eq!(line.iter().position(|byte| *byte == b'\n'), Some(line.len() - 1));
        let read = serde_json::from_slice(&line).expect("a request");
        assert!(matches!(read, Request::Probe { input: same, .. } if same == input));
    }
}
