//! Where recordings were joined: the clock is set back (in a broadcast also forward) in mid-file, for every stream of it by
//! as much. From there on times are counted as if it had gone on.
//!
//! Pictures that are decoded and sound that is copied are read apart, but by the same packets in the same order, so that
//! both find the same discontinuities and stay in sync. Only containers whose parts can be put one behind the other are
//! mended, and only those that carry the clock of a broadcast where it goes forward: elsewhere a long gap is what it says.
//! Knows nothing of what becomes of packets.
#![expect(unsafe_code, reason = "flags of a format have no other door")]

use std::collections::BTreeMap;

use ffmpeg_next::ffi::AVFMT_TS_DISCONT;
use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Packet, media};

/// A packet that lies so many microseconds before those before says that the clock was set back. (As in ffmpeg.c.) In a
/// broadcast that is when it is decoded. Elsewhere it is when it is shown, which goes back and forth: there only a packet
/// that needs no other says so, since what is shown before it has come before it.
const BACK: i64 = 100_000;
/// Containers besides those of broadcasts that are still one file when several are put one behind the other. (Others have
/// an index, by which their times never go back.)
const JOINABLE: &[&str] = &["matroska,webm", "ogg"];
/// And one that lies so many after all that was read so far, that it was set forward. (As in ffmpeg.c.) A stream that was
/// silent for so long is no joint: the others have gone on meanwhile.
const FORWARD: i64 = 10_000_000;
/// So many discontinuities are remembered: streams pass them at nearly the same place of a file.
const REMEMBERED: usize = 32;
/// A packet that says it lasts longer, in microseconds, does not.
const LONGEST: i64 = 1_000_000;

/// The discontinuities of a file, as far as it was read.
pub(crate) struct Discontinuities {
    /// Whether the clock is that of a broadcast, and may be set forward.
    broadcast: bool,
    /// Whether it may be set back.
    joinable: bool,
    /// What is added to times, in microseconds, in each part of the file.
    offsets: Vec<i64>,
    streams: BTreeMap<usize, Stream>,
    /// The end of all that was read, in microseconds.
    end: Option<i64>,
    /// Whether the next packet is the first of another part, whatever its time is.
    begins: bool,
}

/// How far a stream was read.
#[derive(Default)]
struct Stream {
    part: usize,
    discontinuities: u64,
    /// When its latest packet begins, and when the latest ends, if there was one.
    latest: Option<(i64, i64)>,
}

impl Discontinuities {
    /// Those of a file that will be read from the beginning.
    pub(super) fn of(input: &Input) -> Self {
        // SAFETY: fields of a context that is alive, only read.
        let broadcast = unsafe { (*(*input.as_ptr()).iformat).flags & AVFMT_TS_DISCONT != 0 };
        Self::new(broadcast, broadcast || JOINABLE.contains(&input.format().name()))
    }

    fn new(broadcast: bool, joinable: bool) -> Self {
        Self { broadcast, joinable, offsets: vec![0], streams: BTreeMap::new(), end: None, begins: false }
    }

    /// Whether the file carries the clock of a broadcast, which begins anywhere.
    pub(crate) fn is_broadcast(&self) -> bool {
        self.broadcast
    }

    /// Whether the clock may be set anew in mid-file.
    pub(crate) fn may_occur(&self) -> bool {
        self.joinable
    }

    /// From here on packets are of another file, which was put behind the one before.
    pub(super) fn begin_part(&mut self) {
        self.begins = true;
    }

    /// Gives a packet the time it would have without discontinuities. Must see every packet of the file.
    pub(super) fn correct(&mut self, input: &Input, packet: &mut Packet) {
        let Some(stream) = input.stream(packet.stream()).filter(|_| self.joinable) else { return };
        // Matroska knows no decoding times: libavformat makes them up, and wrong ones where the clock is set back.
        let times = if self.broadcast { [packet.dts(), packet.pts()] } else { [packet.pts(), packet.dts()] };
        let Some(ticks) = times[0].or(times[1]) else { return };
        let tick = f64::from(stream.time_base()) * 1e6;
        let us = |ticks: i64| (ticks as f64 * tick).round() as i64;
        let offset = match stream.parameters().medium() {
            media::Type::Video | media::Type::Audio => {
                let may_begin = self.broadcast || packet.is_key();
                self.place(packet.stream(), us(ticks), us(packet.duration()), may_begin)
            }
            // Subtitles are sparse; their gaps are no discontinuity.
            _ => self.offsets.last().copied().unwrap_or(0),
        };
        let offset = (offset as f64 / tick).round() as i64;
        packet.set_pts(packet.pts().map(|pts| pts.saturating_add(offset)));
        packet.set_dts(packet.dts().map(|dts| dts.saturating_add(offset)));
    }

    /// How many discontinuities a stream has passed.
    pub(crate) fn in_stream(&self, index: usize) -> u64 {
        self.streams.get(&index).map_or(0, |stream| stream.discontinuities)
    }

    /// What is to be added to the time of a packet, all in microseconds. Only one that `may_begin` a part does.
    fn place(&mut self, index: usize, time: i64, duration: i64, may_begin: bool) -> i64 {
        let newest = self.offsets.len() - 1;
        let stream = self.streams.entry(index).or_insert(Stream { part: newest, ..Stream::default() });
        let end = self.end.unwrap_or(time);
        let (before, due) = stream.latest.unwrap_or((end.saturating_sub(FORWARD - BACK), end));
        let at = |part: usize, offsets: &[i64]| time.saturating_add(offsets[part]);
        // Where one stream has passed a joint already, another does where it fits better.
        let last = if may_begin { newest } else { stream.part };
        let nearest = (stream.part..=last).min_by_key(|part| at(*part, &self.offsets).abs_diff(due));
        let mut part = nearest.unwrap_or(last);
        let now = at(part, &self.offsets);
        let jumps = now < before.saturating_sub(BACK) || (self.broadcast && now > end.saturating_add(FORWARD));
        if may_begin && (std::mem::take(&mut self.begins) || jumps) {
            self.offsets.push(due.saturating_sub(time));
            part = newest + 1;
        }
        stream.discontinuities += u64::from(part != stream.part);
        let (offset, begins) = (self.offsets[part], at(part, &self.offsets));
        let ends = begins.saturating_add(duration.clamp(0, LONGEST));
        let latest = stream.latest.map_or((begins, ends), |latest| (latest.0.max(begins), latest.1.max(ends)));
        (stream.part, stream.latest) = (part, Some(latest));
        self.end = Some(self.end.map_or(ends, |end| end.max(ends)));
        self.forget();
        offset
    }

    /// Forgets the oldest part if there are too many.
    fn forget(&mut self) {
        if self.offsets.len() > REMEMBERED {
            self.offsets.remove(0);
            self.streams.values_mut().for_each(|stream| stream.part = stream.part.saturating_sub(1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    /// Where packets of 40 ms come to lie, by their stream and time.
    fn placed(packets: &[(usize, i64)]) -> Vec<i64> {
        let mut discontinuities = Discontinuities::new(true, true);
        packets.iter().map(|(stream, time)| time + discontinuities.place(*stream, *time, 40_000, true)).collect()
    }

    #[test]
    fn a_clock_that_is_set_anew_goes_on() {
        let far = 3600 * SECOND;
        assert_eq!(placed(&[(0, 0), (0, 40_000), (0, 0), (0, 40_000)]), [0, 40_000, 0, 40_000], "too little to tell");
        assert_eq!(placed(&[(0, SECOND), (0, 0), (0, 40_000)]), [SECOND, 1_040_000, 1_080_000]);
        assert_eq!(placed(&[(0, 0), (0, far), (0, far + 40_000)]), [0, 40_000, 80_000]);
    }

    #[test]
    fn elsewhere_a_clock_is_only_set_back() {
        let mut joined = Discontinuities::new(false, true);
        let far = 3600 * SECOND;
        let placed = [0, far, far + 40_000, 0, 40_000].map(|time| time + joined.place(0, time, 40_000, true));
        assert_eq!(placed, [0, far, far + 40_000, far + 80_000, far + 120_000]);
        let mut reordered = Discontinuities::new(false, true);
        let shown = [(0, true), (SECOND, false), (0, false), (2 * SECOND, true), (SECOND, false)];
        let placed = shown.map(|(time, key)| time + reordered.place(0, time, 40_000, key));
        assert_eq!(placed, shown.map(|(time, _)| time), "what needs others may be shown before them");
    }

    #[test]
    fn streams_stay_in_sync_even_where_the_end_of_one_comes_after_the_joint() {
        let far = 3600 * SECOND;
        let (pictures, sound) = (0, 1);
        let packets = [(pictures, 0), (sound, 10_000), (pictures, far), (sound, 50_000), (sound, far + 50_000)];
        assert_eq!(placed(&packets), [0, 10_000, 40_000, 50_000, 90_000]);
    }

    #[test]
    fn a_stream_that_was_silent_is_where_the_others_are() {
        let mut packets: Vec<_> = (0..20).map(|n| (0, n * SECOND)).collect();
        packets.insert(0, (1, 0));
        packets.push((1, 19 * SECOND));
        assert_eq!(placed(&packets).last(), Some(&(19 * SECOND)));
    }

    #[test]
    fn a_stream_with_another_clock_is_put_beside_the_first() {
        let far = 3600 * SECOND;
        assert_eq!(
            placed(&[(0, far), (1, 0), (0, far + 40_000), (1, 40_000)])[1..],
            [far + 40_000, far + 40_000, far + 80_000]
        );
    }

    #[test]
    fn wild_times_neither_overflow_nor_grow_without_bound() {
        let mut discontinuities = Discontinuities::new(true, true);
        for n in 0..1000 {
            discontinuities.place(n % 3, [i64::MAX, i64::MIN, 0, 5 * SECOND][n % 4], i64::MAX, n % 5 > 0);
        }
        assert!(discontinuities.offsets.len() <= REMEMBERED);
    }
}
