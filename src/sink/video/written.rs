//! What a finished video file holds, as a person reads it.

use std::fs::metadata;
use std::path::Path;

use anyhow::{Context as _, Result};
use ffmpeg_next::ffi::AV_TIME_BASE;

use super::packets::open_packets;

/// `5.28 s, h264 with aac and subrip, 3.2 MB`.
///
/// # Errors
/// When it cannot be read.
pub fn written(path: &Path) -> Result<String> {
    let input = open_packets(path)?;
    let mut codecs = input.streams().map(|stream| stream.parameters().id().name());
    let pictures = codecs.next().context("it has no video")?;
    let others = codecs.collect::<Vec<_>>().join(" and ");
    let others = if others.is_empty() { String::new() } else { format!(" with {others}") };
    let seconds = input.duration().max(0) as f64 / f64::from(AV_TIME_BASE);
    let megabytes = metadata(path)?.len() as f64 / 1e6;
    Ok(format!("{seconds:.2} s, {pictures}{others}, {megabytes:.1} MB"))
}
