//! What a batch has made, by which it knows it again: only that is ever replaced. A name alone says nothing: under it may be
//! a user's file by now, and a number of a removed file is given to the next one.

use std::fmt::Write;
use std::fs::File;
use std::io::Result;
use std::os::unix::fs::FileExt;

use serde::{Deserialize, Serialize};

use super::identity::Identity;
use crate::transcode::folder::FileState;

/// Bytes at the beginning that are kept: what two videos have in common is shorter.
const HEAD: usize = 64;

/// A file that a batch has made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// Its content.
    #[serde(flatten)]
    pub identity: Identity,
    /// Its number within its file system.
    #[serde(default)]
    pub inode: u64,
    /// When it was made, in microseconds since 1970, if its file system keeps that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub born_us: Option<i64>,
    /// Its first bytes, as hexadecimal digits.
    #[serde(default)]
    pub head: String,
}

impl Made {
    /// That of an open file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(file: &File) -> Result<Self> {
        let state = FileState::of(file)?;
        let mut bytes = [0; HEAD];
        let length = file.read_at(&mut bytes, 0)?;
        let mut head = String::new();
        bytes[..length].iter().for_each(|byte| _ = write!(head, "{byte:02x}"));
        Ok(Self { identity: Identity::of_file(file)?, inode: state.inode, born_us: state.born_us(), head })
    }

    /// Whether a file is this one: as it was, or with its end torn off.
    pub(super) fn is(&self, now: &Self) -> bool {
        let known = self.born_us.is_some();
        // Where the file system keeps no time of birth, its numbers may be no lasting ones either.
        let same_file = (self.inode, self.born_us) == (now.inode, now.born_us);
        let is_torn = now.identity.size < self.identity.size && self.head.starts_with(&now.head);
        if known { same_file && (self.identity == now.identity || is_torn) } else { self.identity == now.identity }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_is_known_again_by_number_birth_and_content() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x");
        let look = || Made::of(&File::open(&path).expect("there")).expect("readable");
        fs::write(&path, "what a batch has made").expect("written");
        let made = look();
        assert!(made.is(&look()));
        fs::write(&path, "what a batch").expect("written");
        assert!(made.is(&look()), "torn");
        for other in ["what a batch has made and more", "mine", "what a batch has mad."] {
            fs::write(&path, other).expect("written");
            assert!(!made.is(&look()), "{other}");
        }
        // On many file systems the next file gets the same number.
        fs::remove_file(&path).and_then(|()| fs::write(&path, "what a batch")).expect("written");
        assert!(made.born_us.is_none() || !made.is(&look()));
    }
}
