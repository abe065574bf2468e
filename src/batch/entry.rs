//! The lines of the journal.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::figures::Figures;
use super::identity::Identity;

/// The version of the format. A journal with lines of a later version is refused, because it could be misunderstood.
pub(super) const VERSION: u32 = 1;

/// The state of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It has begun. If no later line of the same attempt follows, it was interrupted.
    Begun,
    /// The output is whole, and is about to get its name.
    Made,
    /// The output is whole.
    Done,
    /// The output has all that could be read, but the input is damaged.
    Damaged,
    /// The file could not be converted; trying again would fail in the same way.
    Failed,
    /// It was given up for a reason that is not in the file: Ctrl-C, a full disk.
    Stopped,
}

/// A file name, which need not be valid UTF-8.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Name {
    /// A name that is valid UTF-8.
    Text(String),
    /// The bytes of any other name.
    Bytes(Vec<u8>),
}

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The version of the format.
    pub version: u32,
    /// Identifies the attempt, across machines and restarts: its process and a random number.
    pub attempt: String,
    /// Its state.
    pub state: State,
    /// Time of this line in microseconds since 1970, by the clock of the machine that wrote it.
    pub at_us: u64,
    /// Path of the input.
    pub input: Name,
    /// Identity of the input; none when it could not be read.
    pub input_identity: Option<Identity>,
    /// Path of the output, relative to the output folder.
    pub output: Name,
    /// Hash of all options that change the content of the output.
    pub options: String,
    /// These options, as a user gives them. Journals of earlier versions do not have them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_with: Option<String>,
    /// Its figures, once it has ended.
    #[serde(default, flatten)]
    pub result: Figures,
    /// Why it failed, or what is damaged in the input.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
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
