//! What is wrong with a path, told before a decoder sees it.

use std::fs::metadata;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::host::plain_file::open_plain;
use crate::near_miss::no_file;

const EXAMPLE: &str = "synthetic:1280x720@30x300";

/// What to type instead of a path that is not there: what other programs call a camera, or synthetic frames without their
/// word, or a file that is near.
fn not_there(path: &Path) -> String {
    let (shown, folded) = (path.display(), path.to_string_lossy().to_lowercase());
    let number = ["webcam", "camera", "video", "cam", ""].iter().find_map(|word| {
        let number = folded.strip_prefix(word)?;
        if number.is_empty() && !word.is_empty() { Some(0) } else { number.parse::<u32>().ok() }
    });
    if let Some(number) = number {
        return format!("no file {shown}; a camera is camera:{number}; see framerace devices");
    }
    let size =
        folded.split_once('x').filter(|(width, height)| [width, height].iter().all(|side| side.parse::<u32>().is_ok()));
    match size {
        Some((width, height)) => {
            format!("no file {shown}; frames of that size drawn by framerace are synthetic:{width}x{height}@30x300")
        }
        None if folded == "synthetic" => format!("no file {shown}; it takes a size, a rate and a count: {EXAMPLE}"),
        None => no_file(path),
    }
}

/// Tells what is wrong with a path before a decoder sees it.
pub(in crate::source) fn check(path: &Path) -> Result<()> {
    let name = path.display();
    match metadata(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => bail!(not_there(path)),
        Err(e) => bail!("cannot read {name}: {e}"),
        Ok(meta) if meta.is_dir() => {
            bail!("{name} is a directory; give a video file, or numbered images as {}", path.join("%04d.png").display())
        }
        Ok(meta) if meta.is_file() && meta.len() == 0 => bail!("{name} is empty"),
        Ok(meta) if meta.is_file() => open_plain(path).map(drop).with_context(|| format!("cannot read {name}")),
        // Opening a pipe would wait for its writer.
        Ok(_) => Ok(()),
    }
}
