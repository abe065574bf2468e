//! Whether a video that was just written shows what it should: it opens, each frame is shown when it was meant to be, and
//! the first and the last can be decoded. Only a few frames are.
//!
//! Compares what a player shows: packets that an edit list leaves out do not count, and the end is the one that the track
//! or the container announces. What a demuxer guesses (the duration of the last packet) is not asked.
#![expect(unsafe_code, reason = "one flag of packets has no other door")]

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use ffmpeg_next::codec::{self, discard::Discard, threading};
use ffmpeg_next::ffi::AV_PKT_FLAG_DISCARD;
use ffmpeg_next::packet::Ref as _;
use ffmpeg_next::{Packet, Rational, decoder, frame};

use super::codec::Container;
use super::packets::open_packets;
use super::tags::Said;
use crate::source::words;

/// The new pictures are the first stream.
const PICTURES: usize = 0;

/// Containers cut sound into other packets than it came in, and take the beginning off that is not heard.
const SOUND_SLACK: f64 = 0.5;

/// What a video should show.
#[derive(Clone, Debug)]
pub struct Expected {
    /// When each frame is shown, from the first on.
    pub times: Vec<Duration>,
    /// When the last frame ends, from the first on.
    pub end: Duration,
    /// Streams of sound, by their numbers, and when each ends, in seconds by the file's clock.
    pub sound_ends: Vec<(usize, f64)>,
    pub(super) container: Container,
    /// What it should say of itself.
    pub(super) said: Said,
    /// Decoder threads.
    pub threads: usize,
}

/// Finds out whether a video shows what it should. Returns what a user should know of one that does: what
/// it could not hold is no error.
///
/// # Errors
/// When it does not: what is wrong.
pub fn verify(path: &Path, expected: &Expected) -> Result<Vec<String>> {
    let mut input = open_packets(path)?;
    let lost = expected.said.missing(&input, expected.container);
    let stream = input.stream(PICTURES).context("it has no video")?;
    let (clock, parameters, announced) = (stream.time_base(), stream.parameters(), stream.duration());
    let clocks: Vec<_> = input.streams().map(|stream| f64::from(stream.time_base())).collect();
    let mut shown = Shown::default();
    let mut ends = vec![0.0_f64; clocks.len()];
    let mut packet = Packet::empty();
    while packet.read(&mut input).is_ok() {
        if packet.stream() == PICTURES {
            shown.take(&packet);
        }
        let (end, clock) = (&mut ends[packet.stream()], clocks[packet.stream()]);
        let ticks = packet.pts().or(packet.dts()).unwrap_or(0).saturating_add(packet.duration());
        *end = end.max(ticks as f64 * clock);
    }
    for (index, should) in &expected.sound_ends {
        let is = ends.get(*index).copied().unwrap_or(0.0);
        ensure!(
            is > should - SOUND_SLACK,
            "stream {index}, sound, ends after {is:.2} s, but should after {should:.2} s"
        );
    }
    shown.times.sort_unstable();
    let first = *shown.times.first().context("it has no frames")?;
    let last = shown.times.last().copied().unwrap_or(first);
    compare(&shown.times, expected, clock)?;
    // What the track announces or, with its edit list, the whole file, which counts from time zero. (Sound that is longer
    // hides the end of the pictures: then nothing is said.)
    let whole = input.duration() as f64 / 1e6 - first as f64 * f64::from(clock);
    let end = (announced as f64 * f64::from(clock)).max(whole);
    let open = || -> Result<decoder::Video> {
        let mut context = codec::Context::from_parameters(parameters.clone())?;
        let kind = threading::Type::Frame;
        context.set_threading(threading::Config { kind, count: expected.threads, ..Default::default() });
        Ok(context.decoder().video()?)
    };
    decode_from(&mut input, open()?, first, first).context("its first frame cannot be decoded")?;
    decode_from(&mut input, open()?, shown.last_key, last).context("its last frame cannot be decoded")?;
    Ok(cut_short(end, expected, clock).into_iter().chain(at_one_time(&shown.times)).chain(lost).collect())
}

/// What the packets of a video say.
#[derive(Default)]
struct Shown {
    /// When frames are shown, in ticks.
    times: Vec<i64>,
    /// When the last frame is shown that needs no other.
    last_key: i64,
}

impl Shown {
    fn take(&mut self, packet: &Packet) {
        let Some(pts) = packet.pts().or(packet.dts()) else { return };
        if packet.is_key() {
            self.last_key = pts;
        }
        // SAFETY: a number of a packet that is alive.
        let left_out = unsafe { (*packet.as_ptr()).flags } & AV_PKT_FLAG_DISCARD != 0;
        if !left_out {
            self.times.push(pts);
        }
    }
}

/// Holds the times of frames, in ticks and in their order, against what they should be.
fn compare(times: &[i64], expected: &Expected, clock: Rational) -> Result<()> {
    let (is, should) = (times.len(), expected.times.len());
    ensure!(is == should, "{is} frames were written, but there were {should}");
    let tick = f64::from(clock);
    for (number, (is, should)) in times.iter().zip(&expected.times).enumerate() {
        let (is, should) = ((is - times[0]) as f64 * tick, should.as_secs_f64());
        // Both times are rounded to ticks of the container.
        let near = (is - should).abs() <= 1.5 * tick;
        ensure!(near, "frame {number} is shown at {is:.3} s, but should be at {should:.3} s");
    }
    Ok(())
}

/// What to say of a video that ends after `end` seconds, and so shows its last frame for less time than it should. All
/// frames are there; not every container says how long the last one lasts, nor how long it lasts itself.
fn cut_short(end: f64, expected: &Expected, clock: Rational) -> Option<String> {
    let [should, last] = [expected.end, expected.times.last().copied().unwrap_or_default()].map(|t| t.as_secs_f64());
    let slack = 2.0 * f64::from(clock) + 1e-3;
    (end > 0.0 && end < should - slack).then(|| {
        format!("the last frame is shown for {:.3} s, and not for {:.3} s", (end - last).max(0.0), should - last)
    })
}

/// What to say of frames that came out at the time of the one before, in ticks and in their order.
fn at_one_time(times: &[i64]) -> Option<String> {
    let count = times.windows(2).filter(|pair| pair[0] == pair[1]).count();
    let have = if count == 1 { "1 frame has".into() } else { format!("{count} frames have") };
    let what =
        "the time of the frame before, which comes less than a millisecond earlier; .mp4 and .mov tell them apart";
    (count > 0).then(|| format!("{have} {what}"))
}

/// Decodes from the frame shown at `from` on, until the one shown at `wanted` is there. Of those between only what it is made
/// from is decoded, and not smoothed: a check of a whole group of pictures took a sixteenth of the time of its encoding.
fn decode_from(
    input: &mut ffmpeg_next::format::context::Input,
    mut decoder: decoder::Video,
    from: i64,
    wanted: i64,
) -> Result<()> {
    seek(input, from)?;
    decoder.skip_loop_filter(Discard::All);
    let (mut packet, mut picture, mut ended) = (Packet::empty(), frame::Video::empty(), false);
    while !ended {
        ended = packet.read(input).is_err();
        if ended {
            decoder.send_eof()?;
        } else if packet.stream() == PICTURES {
            let before = packet.pts().is_some_and(|pts| pts < wanted);
            decoder.skip_frame(if before { Discard::NonReference } else { Discard::Default });
            decoder.send_packet(&packet)?;
        }
        while decoder.receive_frame(&mut picture).is_ok() {
            if picture.timestamp() >= Some(wanted) {
                return Ok(());
            }
        }
    }
    Err(anyhow!("it is not there"))
}

/// Goes to the frame that needs no other, at or before `ticks`.
fn seek(input: &mut ffmpeg_next::format::context::Input, ticks: i64) -> Result<()> {
    let clock = input.stream(PICTURES).context("the stream is gone")?.time_base();
    let us = (ticks as f64 * f64::from(clock) * 1e6).floor() as i64;
    input
        .seek(us, ..us + 1)
        .or_else(|_| input.seek(us, ..))
        .map_err(|error| anyhow!("cannot go there: {}", words(error)))
}
