//! Where a film can be cut in time, by its packets alone: at key pictures, so that each part can be read by itself. Decodes
//! nothing.
#![expect(unsafe_code, reason = "one flag of packets has no other door")]

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, anyhow};
use ffmpeg_next::Packet;
use ffmpeg_next::ffi::{AV_PKT_FLAG_CORRUPT, AV_PKT_FLAG_DISCARD};
use ffmpeg_next::packet::Ref as _;
use serde::{Deserialize, Serialize};

use super::packets::Packets;
use super::words::words;
use crate::source::VideoInfo;

/// A part of a film.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// When its first frame is shown, from that of the whole, rounded down to microseconds.
    pub start_us: u64,
    /// How many frames its packets promise.
    pub frames: u64,
}

/// Cuts a film of these facts into parts of at least `every`, the last of which may be shorter.
///
/// # Errors
/// When it cannot be read. The inner error says why it cannot be cut.
pub(crate) fn cuts(path: &Path, facts: &VideoInfo, every: Duration) -> Result<Result<Vec<Cut>, String>> {
    let opened = Packets::open_undecoded(path)?;
    let mut packets = opened.map_err(|error| anyhow!("cannot read {}: {}", path.display(), words(error)))?;
    if packets.has_parts() {
        return Ok(Err("it is several files, one behind the other".into()));
    }
    if packets.discontinuities.is_broadcast() {
        return Ok(Err("its clock may jump".into()));
    }
    if facts.start_us < 0 {
        return Ok(Err("its first pictures are shown before time zero".into()));
    }
    let (mut shown, mut packet) = (Vec::new(), Packet::empty());
    while packets.read(&mut packet).is_ok() {
        if packet.stream() != facts.stream {
            continue;
        }
        // SAFETY: a number of a packet that is alive.
        let flags = unsafe { (*packet.as_ptr()).flags };
        if flags & AV_PKT_FLAG_DISCARD != 0 {
            return Ok(Err("an edit list leaves some of its pictures out".into()));
        }
        if flags & AV_PKT_FLAG_CORRUPT != 0 {
            return Ok(Err("it is damaged".into()));
        }
        let Some(pts) = packet.pts() else { return Ok(Err("not all of its pictures have time stamps".into())) };
        shown.push((pts, packet.is_key()));
    }
    if packets.discontinuities.in_stream(facts.stream) > 0 {
        return Ok(Err("its clock jumps".into()));
    }
    Ok(cut(shown, facts, every))
}

/// Cuts pictures that are shown at these ticks and are key pictures or not.
fn cut(mut shown: Vec<(i64, bool)>, facts: &VideoInfo, every: Duration) -> Result<Vec<Cut>, String> {
    shown.sort_unstable();
    let micros =
        |ticks: i64| i128::from(ticks) * 1_000_000 * i128::from(facts.time_base.0) / i128::from(facts.time_base.1);
    let Some((first, _)) = shown.first().copied() else { return Err("it has no pictures".into()) };
    if micros(first).abs_diff(i128::from(facts.start_us)) > 1000 {
        return Err("its first pictures cannot be decoded, or are not shown".into());
    }
    if shown.windows(2).any(|pair| micros(pair[1].0) - micros(pair[0].0) < 2) {
        return Err("two of its pictures are shown at one time".into());
    }
    let mut cuts = vec![Cut { start_us: 0, frames: 0 }];
    for (pts, is_key) in shown {
        let at = u64::try_from(micros(pts) - micros(first)).unwrap_or(0);
        let last = cuts.len() - 1;
        let is_due = Duration::from_micros(at - cuts[last].start_us) >= every;
        if is_key && is_due && cuts[last].frames > 0 {
            // Rounded down once more: its times are reckoned from the first frame with more digits.
            cuts.push(Cut { start_us: at.saturating_sub(1), frames: 1 });
        } else {
            cuts[last].frames += 1;
        }
    }
    if cuts.len() == 1 { Err("no key picture follows after so long".into()) } else { Ok(cuts) }
}
