//! One video stream of a file being demuxed and decoded, picture by picture.

mod ahead;
mod seek;

use std::collections::VecDeque;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use ffmpeg_next::{Error, Packet, decoder, frame};

use super::address::{Address, hint};
use super::damage::{DamageCounter, seconds};
use super::decoders::Decoders;
use super::ending::{is_cut, is_followed};
use super::ogg;
use super::open::Bound;
use super::packets::Packets;
use super::probe::{self, Looks};
use super::rotation::Rotation;
use crate::host::plain_file::open_plain;
use crate::metrics::Damage;
use crate::source::VideoInfo;

pub(super) use self::ahead::{Ahead, Bond};

/// Pictures that a decoder gives up one after the other while it is emptied, at most.
const MOST_HELD: u32 = 64;

/// A file being decoded.
pub(super) struct Stream {
    packets: Packets,
    index: usize,
    pub decoder: decoder::Video,
    /// Decodes what the decoder refuses because of errors in it, where no picture needs another.
    tolerant: Option<decoder::Video>,
    decoders: Decoders,
    /// How many errors of the decoder and of the demuxer are known.
    reported: (u64, u64),
    /// What the decoder has refused.
    refused: Option<Packet>,
    /// How many frames the file says it has.
    pub frames_announced: Option<u64>,
    draining: bool,
    /// How long a picture lasts, in ticks, where the stream has a rate.
    usual: Option<i64>,
    /// Frames since the beginning of this pass.
    pub since_start: u64,
    damage: DamageCounter,
    /// Whether another file begins where this one ends, which is not read.
    pub is_followed: bool,
    /// Why there is no more to read.
    pub cause: Option<Error>,
    /// When the latest packet was read.
    pub fed: Instant,
    /// The packets it was fed until its first picture came; none if it is not to be read again, or not all were good.
    head: Option<Vec<Packet>>,
    /// Packets that were read and are still to be decoded, and whether there are none after them in this pass.
    pending: VecDeque<Packet>,
    no_more: bool,
    /// Pictures to come that were handed out already, and then those that only their damage was counted of.
    known: (u64, u64),
}

impl Stream {
    /// Opens the best video stream.
    pub(super) fn open(address: &Address, threads: usize, bound: Bound) -> Result<Self> {
        Self::over(address.open(bound)?, address.name(), threads, bound, false)
    }

    /// Why nothing could be decoded of what cannot be gone back in, where the container is the reason.
    pub(super) fn hint(&self, is_pipe: bool) -> Option<&'static str> {
        hint(&self.packets.input, is_pipe)
    }

    /// Takes the best video stream of what was opened as `name`; `live` if it is joined and left at any time.
    pub(super) fn over(packets: Packets, name: &Path, threads: usize, bound: Bound, live: bool) -> Result<Self> {
        let input = &packets.input;
        let Some(stream) = probe::best_stream(input) else {
            bail!("{} has no video stream; look at it with ffprobe", name.display());
        };
        let decoders = Decoders::new(name, threads, bound);
        let (decoder, tolerant) = decoders.open(&stream)?;
        let frames_announced = u64::try_from(stream.frames()).ok().filter(|frames| *frames > 0);
        let index = stream.index();
        let frame = f64::from(stream.avg_frame_rate().invert()) / f64::from(stream.time_base());
        let usual = Some(frame.round() as i64).filter(|ticks| *ticks > 0);
        let may_jump = packets.discontinuities.is_broadcast();
        let damage = DamageCounter::new(input, &stream, may_jump, live);
        let (cause, fed) = (None, Instant::now());
        Ok(Self {
            packets,
            index,
            decoder,
            tolerant,
            decoders,
            reported: (0, 0),
            refused: None,
            frames_announced,
            draining: false,
            usual,
            since_start: 0,
            damage,
            is_followed: false,
            cause,
            fed,
            head: (!live).then(Vec::new),
            pending: VecDeque::new(),
            no_more: false,
            known: (0, 0),
        })
    }

    /// Goes on with the next part of a file that is several; false if there is none.
    fn go_on(&mut self) -> bool {
        while self.packets.go_on() {
            let Some(stream) = probe::best_stream(&self.packets.input) else { continue };
            let Ok((decoder, tolerant)) = self.decoders.open(&stream) else { continue };
            (self.index, self.decoder, self.tolerant, self.draining) = (stream.index(), decoder, tolerant, false);
            return true;
        }
        false
    }

    /// Whether it has an end: it says how long it is, or how many frames it has, or `bytes`, if those are its own.
    pub(super) fn has_end(&self, facts: &VideoInfo, bytes: bool) -> bool {
        let size = || self.packets.input.io_size().filter(|size| bytes && *size > 0);
        facts.duration.is_some() || self.frames_announced.is_some() || size().is_some()
    }

    /// How a player would turn its pictures.
    pub(super) fn turn(&self) -> Option<Rotation> {
        probe::turn(&self.packets.input.stream(self.index)?)
    }

    /// What the stream and its first picture say of themselves.
    pub(super) fn facts(&self, picture: &frame::Video, turn: Option<Rotation>) -> Result<VideoInfo> {
        probe::facts(&self.packets.input, self.index, picture, turn).context("the stream is gone")
    }

    /// What a picture says of itself beside its pixels.
    pub(super) fn looks(&self, picture: &frame::Video) -> Option<Looks> {
        Some(probe::looks(&self.packets.input.stream(self.index)?, picture))
    }

    /// How often the clock of its pictures was set anew since the beginning of this pass.
    pub(super) fn discontinuities(&self) -> u64 {
        self.packets.discontinuities.in_stream(self.index)
    }

    /// What is damaged in it, so far.
    pub(super) fn damage(&self) -> Damage {
        self.damage.damage()
    }

    /// What a user should know of a broadcast that was cut in the middle of a picture.
    pub(super) fn cuts(&self) -> Option<&'static str> {
        self.damage.cuts()
    }

    /// There are no more pictures of what `facts` describe, which is at `path` if it is a file.
    pub(super) fn ended(&mut self, facts: &VideoInfo, path: Option<&Path>) {
        if let Some(path) = path {
            let format = self.packets.input.format();
            self.damage.is_cut = is_cut(path, format.name());
            self.damage.has_all = self.damage.is_in_doubt() && open_plain(path).is_ok_and(ogg::is_whole);
            self.is_followed = is_followed(path, format.name(), self.damage.read());
        }
        if let Some(stream) = self.packets.input.stream(self.index) {
            let whole = facts.duration.unwrap_or_default().as_secs_f64();
            let said = stream.metadata().get("DURATION").and_then(seconds);
            let span = (stream.start_time(), stream.duration());
            self.damage.end(span, f64::from(stream.time_base()), (said, whole), self.usual);
        }
    }

    /// Decodes the next picture; false at the end. Damaged packets are counted and passed over, as players do.
    pub(super) fn decode(&mut self, picture: &mut frame::Video) -> bool {
        let mut refused = 0;
        loop {
            match self.decoder.receive_frame(picture) {
                Ok(()) if self.known.0 > 0 => self.known.0 -= 1,
                Ok(()) => {
                    self.since_start += 1;
                    if self.known.1 > 0 {
                        self.known.1 -= 1;
                        return true;
                    }
                    let errors = self.decoders.errors.count();
                    let reported = errors > std::mem::replace(&mut self.reported.0, errors);
                    let faulty = picture.is_corrupt() || picture.has_decode_errors() || reported;
                    self.damage.picture(picture, self.usual_step(), faulty);
                    return true;
                }
                Err(Error::Other { errno }) if errno == ffmpeg_next::error::EAGAIN => {}
                Err(Error::Eof) if self.go_on() => {}
                Err(Error::Eof) => return false,
                // Each of its threads may hold one; one that does nothing but fail has no end.
                Err(_) if self.draining && refused > MOST_HELD => return false,
                Err(_) => {
                    self.damage.refuse();
                    refused += 1;
                }
            }
            if !self.draining {
                self.feed();
            }
            if let Some(packet) = self.refused.take() {
                if self.rescue(&packet, picture) {
                    return true;
                }
                self.damage.refuse();
            }
        }
    }

    /// Decodes what was refused as far as that goes.
    fn rescue(&mut self, packet: &Packet, picture: &mut frame::Video) -> bool {
        let Some(decoder) = &mut self.tolerant else { return false };
        let rescued = decoder.send_packet(packet).and_then(|()| decoder.receive_frame(picture)).is_ok();
        if rescued {
            self.since_start += 1;
            self.damage.picture(picture, self.usual_step(), true);
        }
        rescued
    }

    /// How long a picture lasts, where that tells whether others are missing: at a joint there is no telling.
    fn usual_step(&self) -> Option<i64> {
        self.usual.filter(|_| self.discontinuities() == 0)
    }

    /// Gives the decoder the next packet of the stream, or the end.
    fn feed(&mut self) {
        match self.next_packet() {
            Ok(packet) => {
                self.fed = Instant::now();
                if self.decoder.send_packet(&packet).is_err() {
                    (self.refused, self.head) = (Some(packet), None);
                } else if let Some(head) = self.head.as_mut().filter(|_| self.since_start == 0) {
                    head.push(packet);
                }
            }
            Err(error) => {
                self.cause = Some(error);
                self.draining = true;
                // Refused only by a decoder that is being emptied already.
                let _ = self.decoder.send_eof();
            }
        }
    }

    /// Whether the clock of its pictures may be set anew in the middle of the file.
    pub(super) fn clock_may_jump(&self) -> bool {
        self.packets.discontinuities.is_broadcast()
    }

    /// Goes on as if nothing had been damaged since `before`, a clone of [`damage_counter`](Self::damage_counter).
    pub(super) fn forget_damage(&mut self, before: DamageCounter) {
        self.damage = before;
        self.damage.leapt();
    }

    /// The counts of its damage.
    pub(super) fn damage_counter(&self) -> DamageCounter {
        self.damage.clone()
    }
}
