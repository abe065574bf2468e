//! One video of several that were encoded alike, one after the other: their packets go on into a new container as they are.
//! Sound and the rest are copied from another file, as beside new pictures. Nothing is decoded or encoded.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use ffmpeg_next::Packet;

use super::codec::Container;
use super::muxer::Muxer;
use super::packets::{Others, open_packets};
use super::passthrough::PassthroughStreams;
use super::streams::extra;
use super::verify::Expected;
use crate::source::SourceInfo;

/// A piece of a video, and how many frames it must have.
pub type JoinedPiece = (PathBuf, u64);

/// Writes one video of these pieces, whose times are those within the whole, and tells what it shows and what a user
/// should know.
///
/// # Errors
/// When a piece has not the frames it must have, was encoded in another way than the first, or does not come after the one
/// before it; or the file cannot be written.
pub fn join(
    (file, container): (File, Container),
    pieces: &[JoinedPiece],
    source: &SourceInfo,
    (others, sound): (Option<Others>, bool),
) -> Result<(Expected, Vec<String>)> {
    ensure!(container.is_matroska(), "only .mkv and .webm are joined of pieces");
    let facts = source.video.as_ref().context("the film has no video")?;
    let others = others.map(|others| PassthroughStreams::open(others, Some(facts.stream), sound)).transpose()?;
    let (first, _) = pieces.first().context("there are no pieces")?;
    let first = open_packets(first)?;
    let stream = first.stream(0).context("a piece has no video")?;
    let (clock, head, id) = (stream.time_base(), extra(&stream), stream.parameters().id());
    let mut muxer = Muxer::new(container, file)?;
    let start = (facts.start_us as f64 / 1e6 / f64::from(clock)).round() as i64;
    let mut notes = muxer.begin_copy(container, (&stream, &facts.side_data), start, others)?;
    let mut joined = Joined { times: Vec::new(), end: start };
    for (path, frames) in pieces {
        let shown = path.display();
        let input = open_packets(path)?;
        let stream = input.stream(0).with_context(|| format!("{shown} has no video"))?;
        let is_alike = stream.time_base() == clock && stream.parameters().id() == id && extra(&stream) == head;
        ensure!(is_alike, "{shown} was encoded in another way than the first piece");
        drop(input);
        joined.add(&mut muxer, (path, *frames), start)?;
    }
    let seconds = |ticks: i64| Duration::from_secs_f64((ticks as f64 * f64::from(clock)).max(0.0));
    let first = joined.times.first().copied().unwrap_or(start);
    let end = seconds(joined.end - start);
    muxer.finish(f64::INFINITY, end)?;
    notes.extend(muxer.others().into_iter().flat_map(PassthroughStreams::shortages));
    let expected = Expected {
        times: joined.times.iter().map(|time| seconds(time - first)).collect(),
        end: seconds(joined.end - first),
        sound_ends: muxer.others().into_iter().flat_map(PassthroughStreams::sound_ends).collect(),
        container,
        said: muxer.said.clone(),
        threads: 1,
    };
    Ok((expected, notes))
}

/// What was written so far: when each frame is shown, and when the last ends, in ticks.
struct Joined {
    times: Vec<i64>,
    end: i64,
}

impl Joined {
    fn add(&mut self, muxer: &mut Muxer, (path, frames): (&Path, u64), start: i64) -> Result<()> {
        let shown = path.display();
        let mut times = Vec::new();
        each(path, |packet| {
            let pts = packet.pts().with_context(|| format!("{shown} has a frame without a time"))?;
            ensure!(!times.is_empty() || packet.is_key(), "{shown} begins with a frame that needs another");
            times.push(pts);
            self.end = self.end.max(pts + packet.duration().max(1));
            Ok(())
        })?;
        let decoding = decoding_times(&times);
        let mut next = decoding.iter();
        each(path, |mut packet| {
            packet.set_pts(packet.pts().map(|pts| pts - start));
            packet.set_dts(next.next().map(|dts| dts - start));
            muxer.write(packet)
        })?;
        times.sort_unstable();
        ensure!(
            times.len() as u64 == frames,
            "{shown} has {} frames, and the packets of the film promise {frames}; plan without --segment",
            times.len()
        );
        let follows = self.times.last().zip(times.first()).is_none_or(|(before, next)| before < next);
        ensure!(follows, "{shown} does not come after the piece before it");
        self.times.extend(times);
        Ok(())
    }
}

/// Calls `take` with each packet of the pictures of a file.
fn each(path: &Path, mut take: impl FnMut(Packet) -> Result<()>) -> Result<()> {
    let mut input = open_packets(path)?;
    loop {
        let mut packet = Packet::empty();
        if packet.read(&mut input).is_err() {
            return Ok(());
        }
        if packet.stream() == 0 {
            take(packet)?;
        }
    }
}

/// When frames are decoded that are shown at these times, in the order of decoding. Matroska keeps no such times, and what a
/// reader makes up need not go on from one piece to the next: here it is as late as can be, and no frame is shown before.
fn decoding_times(times: &[i64]) -> Vec<i64> {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let rank = |time: &i64| sorted.partition_point(|other| other < time);
    let delay = times.iter().enumerate().map(|(at, time)| at.saturating_sub(rank(time))).max().unwrap_or(0);
    let first = sorted.first().copied().unwrap_or(0);
    let before = (0..delay).map(|at| first - (delay - at) as i64);
    before.chain(sorted.iter().copied()).take(times.len()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_frame_is_shown_before_it_is_decoded_and_one_is_decoded_after_the_other() {
        assert_eq!(decoding_times(&[0, 40, 80]), [0, 40, 80]);
        let times = [0, 120, 40, 80, 240, 160, 200];
        let decoding = decoding_times(&times);
        assert_eq!(decoding, [-1, 0, 40, 80, 120, 160, 200]);
        assert!(decoding.iter().zip(&times).all(|(dts, pts)| dts <= pts));
        assert!(decoding_times(&[]).is_empty());
    }
}
