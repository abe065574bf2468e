//! Whether a video that was just written is whole: it opens, it has the frames it should have and lasts as long, and
//! its first and its last frame can be decoded. Only a few frames are.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use ffmpeg_next::codec::{self, threading};
use ffmpeg_next::{Packet, Rational, decoder, frame, media};

use super::packets::open_packets;

/// What a video should be.
#[derive(Clone, Copy, Debug)]
pub struct Expected {
    /// Frames.
    pub frames: u64,
    /// From the first frame to the end of the last.
    pub duration: Duration,
    /// Decoder threads.
    pub threads: usize,
}

/// Finds out whether a video is what it should be.
///
/// # Errors
/// When it is not: what is wrong.
pub fn verify(path: &Path, expected: &Expected) -> Result<()> {
    let mut input = open_packets(path)?;
    let stream = input.streams().best(media::Type::Video).context("it has no video")?;
    let (index, clock, parameters) = (stream.index(), stream.time_base(), stream.parameters());
    let mut seen = Seen::default();
    let mut packet = Packet::empty();
    while packet.read(&mut input).is_ok() {
        if packet.stream() == index {
            seen.take(&packet);
        }
    }
    seen.hold_against(expected, clock)?;
    let open = || -> Result<decoder::Video> {
        let mut context = codec::Context::from_parameters(parameters.clone())?;
        let kind = threading::Type::Frame;
        context.set_threading(threading::Config { kind, count: expected.threads, ..Default::default() });
        Ok(context.decoder().video()?)
    };
    let first = seen.first.context("it has no frames")?;
    decode_from(&mut input, index, open()?, first, first).context("its first frame cannot be decoded")?;
    decode_from(&mut input, index, open()?, seen.last_key, seen.last).context("its last frame cannot be decoded")
}

/// What the packets of a video say.
#[derive(Default)]
struct Seen {
    frames: u64,
    first: Option<i64>,
    /// When the frame that is shown last begins.
    last: i64,
    last_duration: i64,
    /// When the last frame is shown that needs no other.
    last_key: i64,
}

impl Seen {
    fn take(&mut self, packet: &Packet) {
        let Some(pts) = packet.pts().or(packet.dts()) else { return };
        self.frames += 1;
        self.first = Some(self.first.map_or(pts, |first| first.min(pts)));
        if self.frames == 1 || pts > self.last {
            (self.last, self.last_duration) = (pts, packet.duration());
        }
        if packet.is_key() {
            self.last_key = pts;
        }
    }

    fn hold_against(&self, expected: &Expected, clock: Rational) -> Result<()> {
        let (is, should) = (self.frames, expected.frames);
        ensure!(is == should, "{is} frames were written, but there were {should}");
        let ticks = self.last + self.last_duration - self.first.unwrap_or(0);
        let (is, should) = (ticks as f64 * f64::from(clock), expected.duration.as_secs_f64());
        let frame = (should / expected.frames.max(1) as f64).max(self.last_duration as f64 * f64::from(clock));
        // Ticks of the container are rounded at both ends.
        let slack = frame + 2.0 * f64::from(clock);
        ensure!((is - should).abs() <= slack, "{is:.3} s were written, but there were {should:.3} s");
        Ok(())
    }
}

/// Decodes from the frame shown at `from` on, until the one shown at `wanted` is there.
fn decode_from(
    input: &mut ffmpeg_next::format::context::Input,
    index: usize,
    mut decoder: decoder::Video,
    from: i64,
    wanted: i64,
) -> Result<()> {
    seek(input, index, from)?;
    let (mut packet, mut picture, mut ended) = (Packet::empty(), frame::Video::empty(), false);
    while !ended {
        ended = packet.read(input).is_err();
        if ended {
            decoder.send_eof()?;
        } else if packet.stream() == index {
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
fn seek(input: &mut ffmpeg_next::format::context::Input, index: usize, ticks: i64) -> Result<()> {
    let clock = input.stream(index).context("the stream is gone")?.time_base();
    let us = (ticks as f64 * f64::from(clock) * 1e6).floor() as i64;
    input.seek(us, ..us + 1).or_else(|_| input.seek(us, ..)).map_err(|error| anyhow!("cannot go there: {error}"))
}
