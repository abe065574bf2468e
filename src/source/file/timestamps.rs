//! Where frames belong: the time stamps of a stream, in ticks of its clock, become times from the first frame on.
//!
//! Times are counted in ticks and converted at the end, so that nothing adds up over hours. A frame without a time
//! stamp goes where the one before ended; one whose time is not after that of the one before goes one tick after it.
//! Knows numbers only.

use std::time::Duration;

use crate::frame::Timing;

/// A time stamp that lies this far before the latest says that the clock was set back (recordings that were joined), and
/// not that one frame is out of order.
const SET_BACK: Duration = Duration::from_millis(500);

/// The time line of one source over all its passes.
pub(in crate::source) struct Timeline {
    /// A tick in nanoseconds, as numerator and denominator.
    tick: (i128, i128),
    /// What a frame lasts that does not say so, in ticks, where the rate is known.
    usual: Duration,
    /// The tick of the stream that is time zero of this pass.
    zero: Option<i64>,
    /// Where this pass begins.
    offset: Duration,
    latest: Option<Timing>,
    missing: u64,
    misplaced: u64,
}

impl Timeline {
    /// The time line of a stream with ticks of so many seconds, of frames that usually last so long.
    pub(in crate::source) fn new(time_base: (i32, i32), usual: Duration) -> Self {
        let tick = (i128::from(time_base.0.max(1)) * 1_000_000_000, i128::from(time_base.1.max(1)));
        let (zero, offset, latest) = (None, Duration::ZERO, None);
        Self { tick, usual, zero, offset, latest, missing: 0, misplaced: 0 }
    }

    /// The place of the next frame, by its own time stamp and duration in ticks; a duration of zero is none.
    pub(in crate::source) fn place(&mut self, stamp: Option<i64>, duration: i64) -> Timing {
        let duration = if duration > 0 { self.time(duration.into()) } else { self.usual };
        let after = self.end();
        let pts = match stamp {
            None => {
                self.missing += 1;
                after
            }
            Some(stamp) => self.place_stamped(stamp, after),
        };
        let timing = Timing { pts, duration, ..Timing::default() };
        self.latest = Some(timing);
        timing
    }

    fn place_stamped(&mut self, stamp: i64, after: Duration) -> Duration {
        if self.zero.is_none() {
            self.begin_at(stamp, after);
            return after;
        }
        let pts = self.time_of(stamp);
        let latest = self.latest.map(|latest| latest.pts);
        match (pts, latest) {
            (Some(pts), None) => pts,
            (Some(pts), Some(latest)) if pts > latest => pts,
            (pts, latest) => {
                self.misplaced += 1;
                let (pts, latest) = (pts.unwrap_or_default(), latest.unwrap_or_default());
                if latest.saturating_sub(pts) >= SET_BACK {
                    self.begin_at(stamp, after);
                    return after;
                }
                latest + self.time(1).max(Duration::from_nanos(1))
            }
        }
    }

    /// The first frame of the stream has this time stamp; frames from anywhere after it may come next.
    pub(in crate::source) fn begin(&mut self, first: i64) {
        self.begin_at(first, Duration::ZERO);
    }

    /// The time of a stamp on the stream's clock, in this pass; none before its first frame.
    pub(in crate::source) fn time_of(&self, stamp: i64) -> Option<Duration> {
        let ticks = i128::from(stamp) - i128::from(self.zero?);
        if ticks < 0 { None } else { self.offset.checked_add(self.time(ticks)) }
    }

    /// From here on the stream's clock counts from `stamp`, which is `now`.
    pub(in crate::source) fn begin_at(&mut self, stamp: i64, now: Duration) {
        (self.zero, self.offset) = (Some(stamp), now);
    }

    /// The stream begins anew: its first frame follows the latest.
    pub(in crate::source) fn again(&mut self) {
        self.zero = None;
    }

    /// When the latest frame ends.
    pub(in crate::source) fn end(&self) -> Duration {
        self.latest.map_or(Duration::ZERO, |latest| latest.pts.saturating_add(latest.duration))
    }

    /// What a user should know of the times.
    pub(in crate::source) fn complaint(&self) -> Option<String> {
        let frames = |count: u64| if count == 1 { "1 frame".into() } else { format!("{count} frames") };
        let missing = (self.missing > 0)
            .then(|| format!("has {} without a time stamp, placed by the frame rate", frames(self.missing)));
        let misplaced = (self.misplaced > 0).then(|| {
            format!("has {} with a time stamp that is not after the one before, put after it", frames(self.misplaced))
        });
        let both: Vec<_> = [missing, misplaced].into_iter().flatten().collect();
        (!both.is_empty()).then(|| both.join("; "))
    }

    /// So many ticks, rounded to the nanosecond.
    fn time(&self, ticks: i128) -> Duration {
        let (numerator, denominator) = self.tick;
        let nanos = (ticks.max(0) * numerator + denominator / 2) / denominator;
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FRAME: Duration = Duration::from_millis(40);

    fn times(line: &mut Timeline, stamps: &[Option<i64>]) -> Vec<u128> {
        stamps.iter().map(|stamp| line.place(*stamp, 0).pts.as_millis()).collect()
    }

    #[test]
    fn times_count_from_the_first_frame_and_do_not_drift() {
        let mut line = Timeline::new((1001, 30_000), FRAME);
        line.place(Some(-7), 0);
        let hours = 10 * 3600 * 30_000 / 1001;
        let exact = (i128::from(hours) + 7) * 1001 * 1_000_000_000 / 30_000;
        assert!((line.place(Some(hours), 1).pts.as_nanos() as i128 - exact).abs() <= 1);
        assert_eq!(line.complaint(), None);
    }

    #[test]
    fn frames_without_a_time_follow_the_one_before() {
        let mut line = Timeline::new((1, 1000), FRAME);
        assert_eq!(times(&mut line, &[None, Some(500), None, Some(600)]), [0, 40, 80, 140]);
        assert_eq!(line.complaint().as_deref(), Some("has 2 frames without a time stamp, placed by the frame rate"));
    }

    #[test]
    fn no_time_comes_twice_or_goes_back() {
        let mut line = Timeline::new((1, 1000), FRAME);
        assert_eq!(times(&mut line, &[Some(0), Some(40), Some(40), Some(20), Some(80)]), [0, 40, 41, 42, 80]);
        assert!(line.complaint().is_some_and(|text| text.starts_with("has 2 frames with a time stamp")));
    }

    #[test]
    fn a_clock_that_is_set_back_goes_on_where_it_was() {
        let mut line = Timeline::new((1, 1000), FRAME);
        assert_eq!(times(&mut line, &[Some(5000), Some(7000), Some(10), Some(50)]), [0, 2000, 2040, 2080]);
        line.again();
        assert_eq!(times(&mut line, &[Some(5000), Some(7000)]), [2120, 4120]);
    }

    proptest! {
        #[test]
        fn any_stamps_give_times_that_grow(
            base: (i32, i32), stamps: Vec<(Option<i32>, i32)>, far in proptest::option::of(any::<i64>()),
        ) {
            let mut line = Timeline::new(base, FRAME);
            let mut latest = None;
            for (stamp, duration) in stamps {
                let pts = line.place(stamp.map(i64::from), duration.into()).pts;
                prop_assert!(latest.is_none_or(|latest| pts > latest || pts.as_secs() > 1 << 31), "{latest:?} {pts:?}");
                latest = Some(pts);
            }
            line.place(far, far.unwrap_or(0));
        }
    }
}
