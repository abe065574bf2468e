//! What an error of FFmpeg means to a user. Demuxers return any number as an error of the system: "Operation not permitted"
//! or "Device or resource busy" then say nothing of the file.

use std::fmt::Display;

use anyhow::anyhow;
use ffmpeg_next::Error;

use crate::host::shortage::shortage;

/// An error in words, for a sentence that names the file.
pub(crate) fn words(error: Error) -> String {
    match error {
        Error::Other { errno: libc::ENOMEM } => "there is too little memory for what it announces".into(),
        Error::Other { errno: libc::EIO } => "it could not be read on".into(),
        Error::Other { errno } if KNOWN.contains(&errno) => error.to_string(),
        Error::Other { .. } | Error::Bug | Error::Bug2 | Error::Unknown => "what is in it makes no sense".into(),
        Error::External => "its library does not say why".into(),
        Error::PatchWelcome => "it uses what this FFmpeg cannot read".into(),
        error => error.to_string(),
    }
}

/// Why a file cannot be decoded by so many threads: a decoder that gets none says the same as one that is told nonsense.
pub(super) fn undecodable(name: &dyn Display, error: Error, threads: usize) -> anyhow::Error {
    match shortage(threads, 0).filter(|_| matches!(error, Error::Other { .. })) {
        Some(shortage) => anyhow::Error::new(shortage).context(format!("cannot decode {name}")),
        None => anyhow!("cannot decode {name}: {}; look at it with ffprobe", words(error)),
    }
}

/// Errors of the system that are about a file or a connection.
const KNOWN: &[i32] = &[
    libc::ENOENT,
    libc::EACCES,
    libc::ENOSPC,
    libc::ECONNREFUSED,
    libc::ECONNRESET,
    libc::ETIMEDOUT,
    libc::ENETUNREACH,
    libc::EHOSTUNREACH,
    libc::EADDRNOTAVAIL,
    libc::EPIPE,
];
