//! What an error of FFmpeg means to a user. Demuxers return any number as an error of the system: "Operation not permitted"
//! or "Device or resource busy" then say nothing of the file.

use ffmpeg_next::Error;

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
