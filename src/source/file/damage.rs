//! Counts what is damaged in a video stream, from what FFmpeg says of its packets and pictures and from what is missing
//! between them. Decodes nothing.

use ffmpeg_next::format::context::Input;
use ffmpeg_next::format::stream::Stream;
use ffmpeg_next::{Packet, codec, frame};

use super::ffv1;
use crate::metrics::Damage;

/// Bytes between two packets that belong to neither: more, and something there could not be read.
const BETWEEN: isize = 160;
/// Formats whose packets follow one another in the file, and whose gaps in time and bytes are therefore losses. The times
/// of MP4 are from its index and have no gaps.
const IN_SEQUENCE: &[&str] = &["matroska", "flv", "nut"];
/// Formats in which a gap in time alone is a loss, since what is shown for longer is in them again and again.
const WITHOUT_GAPS: &[&str] = &["ogg"];
/// Formats whose index has every packet.
const HAVE_INDEX: &[&str] = &["mov"];
/// Formats whose head says how long each stream is, and those whose head says exactly how long the whole is; others are
/// believed to a tenth.
const SAY_LENGTH: &[&str] = &["mov", "ogg"];
const SAY_WHOLE: &[&str] = &["matroska"];

/// Counts damage of one stream.
#[derive(Clone, Debug, Default)]
pub(super) struct DamageCounter {
    /// Whether the stream may begin and end anywhere, as a broadcast does: what is torn there is no damage.
    cut_anywhere: bool,
    in_sequence: bool,
    without_gaps: bool,
    /// Whether all of the file was found to be there, so that its gaps were made with it.
    pub has_all: bool,
    says_length: bool,
    says_whole: bool,
    /// Packets of pictures that the index announces and were not read yet, where it does.
    left: Option<u64>,
    /// Pictures that came.
    frames: u64,
    /// Packets that the decoder refused, and pictures that it gave up.
    refused: u64,
    /// Pictures with errors in them, and packets that are marked as damaged.
    faulty: u64,
    corrupt: u64,
    /// Of FFV1, whether its packets have checksums; none of other codecs.
    checksums: Option<bool>,
    /// Errors of the demuxer, and whether the file is not whole.
    broken: u64,
    pub is_cut: bool,
    /// Whether there were such before the first picture without a fault, which is no damage of a broadcast.
    torn_at_start: bool,
    /// The earliest time of a packet of pictures before the first of them came, in ticks.
    earliest: Option<i64>,
    /// What `refused`, `faulty` and `corrupt` were at the latest picture without a fault.
    settled: Option<(u64, u64, u64)>,
    /// Where the packets so far end in the file; how many there are, and how many have unreadable bytes before them.
    position: isize,
    packets: u64,
    holes: u64,
    /// When the latest of all packets ends, in seconds.
    read_until: f64,
    /// When the latest picture begins and ends, in ticks, and pictures that are missing between others by their times.
    latest: Option<(i64, i64)>,
    missing: u64,
    /// Pictures that are missing at the end.
    short: u64,
}

impl DamageCounter {
    /// For the video of this input and codec; `live` if it is joined and left at any time.
    pub(super) fn new(input: &Input, stream: &Stream<'_>, may_jump: bool, live: bool) -> Self {
        let format = input.format().name().to_owned();
        let is = |names: &[&str]| format.split(',').any(|name| names.contains(&name));
        Self {
            // Ogg's clock may jump, too, but its pages are numbered and whole.
            cut_anywhere: (may_jump && !is(WITHOUT_GAPS)) || live,
            in_sequence: is(IN_SEQUENCE) && !live,
            without_gaps: is(WITHOUT_GAPS) && !live,
            checksums: (stream.parameters().id() == codec::Id::FFV1).then_some(false),
            left: u64::try_from(stream.frames()).ok().filter(|count| *count > 0 && is(HAVE_INDEX)),
            says_length: is(SAY_LENGTH),
            says_whole: is(SAY_WHOLE),
            ..Self::default()
        }
    }

    /// A packet of any stream was read, with ticks of so many seconds.
    pub(super) fn packet(&mut self, packet: &Packet, is_video: bool, tick: f64) {
        self.corrupt += u64::from(is_video && (packet.is_corrupt() || self.disagrees(packet)));
        self.left = self.left.map(|left| left.saturating_sub(u64::from(is_video)));
        if is_video && self.frames == 0 {
            self.earliest = self.earliest.into_iter().chain(packet.pts()).min();
        }
        if let Some(begin) = packet.pts().or(packet.dts()) {
            self.read_until = self.read_until.max(begin.saturating_add(packet.duration()) as f64 * tick);
        }
        if packet.position() >= 0 {
            self.packets += 1;
            self.holes += u64::from(self.packets > 1 && packet.position() > self.position + BETWEEN);
            self.position = self.position.max(packet.position() + packet.size() as isize);
        }
    }

    /// Whether a packet does not agree with its checksums, though others did.
    fn disagrees(&mut self, packet: &Packet) -> bool {
        let Some(had) = self.checksums else { return false };
        let agrees = packet.data().and_then(ffv1::agrees);
        self.checksums = Some(had || agrees == Some(true));
        had && agrees == Some(false)
    }

    /// Whether gaps in time are all that tells of a loss.
    pub(super) fn is_in_doubt(&self) -> bool {
        self.without_gaps && self.missing > 0
    }

    /// Where the packets so far end in the file, in bytes.
    pub(super) fn read(&self) -> u64 {
        self.position.unsigned_abs() as u64
    }

    /// How many errors were counted, whether or not they are damage.
    pub(super) fn errors(&self) -> u64 {
        self.refused + self.faulty + self.corrupt + self.broken
    }

    /// The decoder refused a packet or gave up a picture.
    pub(super) fn refuse(&mut self) {
        self.refused += 1;
    }

    /// The file could not be read further, though it has not ended.
    pub(super) fn broken(&mut self) {
        self.broken += 1;
    }

    /// A picture came, maybe with errors in it. `usual` is how long one lasts, in ticks.
    pub(super) fn picture(&mut self, picture: &frame::Video, usual: Option<i64>, faulty: bool) {
        self.picture_at(picture.timestamp(), picture.packet().duration, usual, faulty);
    }

    /// As [`picture`](Self::picture), of one with this time stamp and duration in ticks.
    pub(super) fn picture_at(&mut self, stamp: Option<i64>, duration: i64, usual: Option<i64>, faulty: bool) {
        self.frames += 1;
        self.faulty += u64::from(faulty);
        if !faulty {
            if self.settled.is_none() && self.cut_anywhere {
                self.torn_at_start = self.refused + self.faulty + self.corrupt > 0;
                (self.refused, self.faulty, self.corrupt) = (0, 0, 0);
            }
            self.settled = Some((self.refused, self.faulty, self.corrupt));
        }
        let Some(begin) = stamp else { return };
        // Decoders pass over what they cannot begin with, and do not say so.
        let passed_over = self.earliest.take().map_or(0, |earliest| begin.saturating_sub(earliest));
        self.torn_at_start |= self.cut_anywhere && usual.is_some_and(|usual| passed_over > usual / 2);
        let lasts = duration.max(usual.unwrap_or(0));
        if let Some((_, end)) = self.latest
            && let Some(usual) = usual.filter(|_| self.in_sequence || self.without_gaps || self.cut_anywhere)
        {
            self.missing += u64::try_from((begin.saturating_sub(end) + usual / 2) / usual).unwrap_or(0);
        }
        self.latest = Some((begin, begin.saturating_add(lasts)));
    }

    /// The stream begins anew.
    pub(super) fn again(&mut self) {
        (self.read_until, self.left) = (0.0, None);
        self.pictures_again();
    }

    /// Pictures come from the beginning again.
    pub(super) fn pictures_again(&mut self) {
        self.latest = None;
    }

    /// Reading went to another place: what lies between, in time and in bytes, is not lost.
    pub(super) fn leapt(&mut self) {
        (self.latest, self.packets) = (None, 0);
    }

    /// There are no more pictures: finds out how many are missing by what the head says of the length. `span` is when the
    /// stream begins and how long it is, in ticks of `tick` seconds; then when it ends and how long the whole file is, in
    /// seconds.
    pub(super) fn end(&mut self, span: (i64, i64), tick: f64, (said, whole): (Option<f64>, f64), usual: Option<i64>) {
        let (Some((_, end)), Some(usual)) = (self.latest, usual) else { return };
        let usual = usual as f64 * tick;
        let said = said.filter(|_| self.says_whole);
        let left = if self.cut_anywhere || self.left == Some(0) {
            0.0
        } else if self.says_length {
            span.0.saturating_add(span.1).saturating_sub(end) as f64 * tick
        } else if let Some(said) = said {
            said - end as f64 * tick
        } else {
            let left = whole - self.read_until;
            let is_much = left > if self.says_whole { whole * 0.001 } else { (whole * 0.1).max(3.0 * usual) };
            if is_much && self.read_until > 0.0 { left } else { 0.0 }
        };
        // Times may be rounded to whole milliseconds.
        self.short = if left > 0.9 * usual { (left / usual).round() as u64 } else { 0 };
    }

    /// What is damaged, so far.
    pub(super) fn damage(&self) -> Damage {
        let settled = self.settled.filter(|_| self.is_torn_at_end());
        let (refused, faulty, corrupt) = settled.unwrap_or((self.refused, self.faulty, self.corrupt));
        // A broadcast marks the end of every part that it is joined of, too.
        let faulty = if self.cut_anywhere { faulty } else { faulty.max(corrupt) };
        // Gaps in time alone are how some videos are; so are gaps between all packets.
        let unread = self.holes > 0 && self.holes * 4 <= self.packets;
        let is_loss = if self.cut_anywhere { corrupt > 0 } else { !self.has_all && (unread || self.without_gaps) };
        let missing = if is_loss { self.missing } else { 0 };
        let lost = refused.max(missing + self.short);
        Damage { lost, faulty, frames: self.frames + lost, places: self.broken + u64::from(self.is_cut) }
    }

    /// What a user should know of a broadcast that was cut in the middle of a picture or joined, which is no damage.
    pub(super) fn cuts(&self) -> Option<&'static str> {
        match (self.torn_at_start, self.is_torn_at_end()) {
            (false, false) if self.cut_anywhere && self.corrupt > 0 && !self.damage().is_any() => {
                Some("has packets that are marked as damaged; their frames could be decoded without errors")
            }
            (false, false) => None,
            (true, false) => {
                Some("begins in the middle of a group of pictures; what needs those before it was left out")
            }
            (false, true) => Some("ends in the middle of a picture"),
            (true, true) => Some("begins and ends in the middle of a picture"),
        }
    }

    /// Whether the last picture is not whole, and may be so.
    fn is_torn_at_end(&self) -> bool {
        let Some((refused, faulty, _)) = self.settled.filter(|_| self.cut_anywhere) else { return false };
        self.refused + self.faulty == refused + faulty + 1
    }
}

/// Seconds of a time as Matroska's tags have it: `00:00:01.600000000`.
pub(super) fn seconds(text: &str) -> Option<f64> {
    text.split(':').try_fold(0.0, |all, part| part.parse::<f64>().ok().map(|part| all * 60.0 + part))
}
