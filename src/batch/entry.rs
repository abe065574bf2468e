//! A line of the ledger.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::identity::Identity;

/// The form of its lines. A line of a later form is not understood here, and nothing is done rather than the wrong
/// thing.
pub(super) const VERSION: u32 = 1;

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It has begun. Without a later line of the same attempt it was cut off.
    Begun,
    /// The output is whole.
    Done,
    /// The file could not be done, and would not be the next time either.
    Failed,
    /// It was given up for reasons that are not the file's own: Ctrl-C, a full disk.
    Stopped,
}

/// A name that need not be text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Name {
    /// As it is.
    Text(String),
    /// Its bytes, where they are not UTF-8.
    Bytes(Vec<u8>),
}

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The form of the line.
    pub version: u32,
    /// Which attempt, on all machines and at all times: its process, and a number.
    pub attempt: String,
    /// What became of it.
    pub state: State,
    /// When, in microseconds since 1970, by the clock of the machine.
    pub at_us: u64,
    /// Where the input was.
    pub input: Name,
    /// What it was; none when it could not be read.
    pub input_identity: Option<Identity>,
    /// The output's name below the output folder.
    pub output: Name,
    /// Hash of all options that change what is written.
    pub options: String,
    /// What was made of it, for an attempt that has ended.
    #[serde(default, flatten)]
    pub result: Figures,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What an attempt did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// What the output is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_identity: Option<Identity>,
    /// Frames read.
    #[serde(default)]
    pub frames_in: u64,
    /// Frames written.
    #[serde(default)]
    pub frames_out: u64,
    /// How long the input plays, in seconds.
    #[serde(default)]
    pub duration_in_s: f64,
    /// How long the output plays, in seconds.
    #[serde(default)]
    pub duration_out_s: f64,
    /// How long it took, in seconds.
    #[serde(default)]
    pub seconds: f64,
    /// The strategy that did it, and its workers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<String>,
    /// The stage that limited it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limited_by: Option<String>,
    /// What the user should know: frames that could not be decoded, streams that were left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Name {
    /// The name of a path.
    pub fn of(path: &Path) -> Self {
        match path.to_str() {
            Some(text) => Self::Text(text.to_owned()),
            None => Self::Bytes(path.as_os_str().as_encoded_bytes().to_vec()),
        }
    }

    /// The path of this name.
    pub fn path(&self) -> PathBuf {
        match self {
            Self::Text(text) => text.into(),
            Self::Bytes(bytes) => OsString::from_vec(bytes.clone()).into(),
        }
    }
}

impl Entry {
    /// The beginning of an attempt.
    pub fn begun(
        attempt: String,
        at_us: u64,
        input: &Path,
        identity: Option<Identity>,
        output: &Path,
        options: &str,
    ) -> Self {
        Self {
            version: VERSION,
            attempt,
            state: State::Begun,
            at_us,
            input: Name::of(input),
            input_identity: identity,
            output: Name::of(output),
            options: options.to_owned(),
            result: Figures::default(),
            error: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_no_text_come_back() {
        let path = PathBuf::from(OsString::from_vec(b"a\xff\n'\".mp4".to_vec()));
        let name = Name::of(&path);
        let text = serde_json::to_string(&name).expect("JSON");
        assert_eq!(serde_json::from_str::<Name>(&text).expect("a name").path(), path);
    }
}
