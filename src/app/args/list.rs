//! A list of inputs on standard input. Opens none of them.

use std::ffi::OsString;
use std::io::{Read, stdin};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use super::conversion::is_stdin;

/// The inputs, with those that standard input lists in the place of `-`. After each of them is this byte.
pub fn with_list(inputs: &[PathBuf], separator: u8) -> Result<Vec<PathBuf>> {
    let mut text = Vec::new();
    stdin().lock().read_to_end(&mut text).context("cannot read the list of inputs on standard input")?;
    let paths: Vec<PathBuf> = text
        .split(|byte| *byte == separator)
        .map(|path| if separator == b'\n' { path.strip_suffix(b"\r").unwrap_or(path) } else { path })
        .filter(|path| !path.is_empty())
        .map(|path| OsString::from_vec(path.to_vec()).into())
        .collect();
    ensure!(
        !paths.is_empty(),
        "standard input lists no inputs; it takes a path a line, or after each a zero byte with -0"
    );
    let (before, after) = inputs.split_at(inputs.iter().position(|input| is_stdin(input)).unwrap_or(inputs.len()));
    let after = after.iter().filter(|input| !is_stdin(input));
    Ok(before.iter().chain(&paths).chain(after).cloned().collect())
}
