//! The log of one clock: the spans of the first frames, written down while a run goes on.
//!
//! Every clock has a log of its own, with room for the frames asked for, so no thread waits for another. A log ends with
//! the last of these frames, and holds a bounded number of waits between frames. Where no frames are asked for there is no
//! log, and a clock only checks whether there is one.

use std::thread::ThreadId;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use super::Activity;

#[derive(Debug)]
pub(in crate::metrics) struct SpanLog {
    /// Frames with a smaller number are written down.
    frames: u64,
    /// Parts of the stage.
    parts: usize,
    /// How many more waits between frames may be written down.
    waits: usize,
    /// Whether a later frame has come: from then on waits are not written down.
    over: bool,
    /// The thread that has the clock, once it has written something down.
    pub thread: Option<ThreadId>,
    /// The number of the clock within its stage, from 0.
    pub clock: usize,
    pub spans: Vec<LoggedSpan>,
}

/// The logs of all clocks of one stage.
pub(in crate::metrics) struct StageLogs {
    pub name: String,
    pub workers: usize,
    pub logs: Vec<SpanLog>,
}

#[derive(Clone, Copy, Debug)]
pub(in crate::metrics) struct LoggedSpan {
    pub begin: Instant,
    pub end: Instant,
    pub activity: Activity,
    pub frame: Option<u64>,
    pub part: Option<usize>,
    pub track: SpanTrack,
}

/// Who did something for the thread that has the clock; each has a track of its own in the trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::metrics) enum SpanTrack {
    /// The thread itself.
    Own,
    /// A helper thread, on a band of the frame.
    Band(usize),
    /// A worker process.
    Process(u32),
}

/// A part of a frame's work, or all of it, in a form that other processes understand: its times count from the start of the
/// machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpanElsewhere {
    /// Which part of the stage; none for all of its work.
    pub part: Option<u32>,
    /// When it began, on the clock that all processes share.
    pub begin: Duration,
    /// When it ended.
    pub end: Duration,
}

/// The most waits that a frame has in a stage: for the frame, for a buffer, for room.
const WAITS: usize = 3;
/// Spans of a part of a frame: the work, and the wait for a lock before it.
const A_PART: usize = 2;

impl SpanLog {
    /// A log for frames below `frames`, of a clock of a stage with so many parts; none if no frame is wanted.
    pub(in crate::metrics) fn new(frames: u64, parts: usize, clock: usize) -> Option<Self> {
        let count = usize::try_from(frames).ok().filter(|count| *count > 0)?;
        let (waits, spans) = (count * WAITS, Vec::with_capacity(count * (1 + WAITS + A_PART * parts)));
        Some(Self { frames, parts, waits, over: false, thread: None, clock, spans })
    }

    /// Whether this frame is to be written down.
    pub(in crate::metrics) fn wants(&mut self, frame: u64) -> bool {
        self.over |= frame >= self.frames;
        frame < self.frames
    }

    pub(in crate::metrics) fn push(&mut self, span: LoggedSpan) {
        // The thread that makes a clock need not be the one that uses it.
        self.thread.get_or_insert_with(|| std::thread::current().id());
        self.spans.push(span);
    }

    /// Writes down a wait between frames.
    pub(in crate::metrics) fn wait(&mut self, activity: Activity, begin: Instant) {
        if !self.over && self.waits > 0 {
            self.waits -= 1;
            let (end, track) = (Instant::now(), SpanTrack::Own);
            self.push(LoggedSpan { begin, end, activity, frame: None, part: None, track });
        }
    }

    /// Takes all spans out, to be sent to another process.
    pub(in crate::metrics) fn take(&mut self) -> Vec<SpanElsewhere> {
        if self.spans.is_empty() {
            return Vec::new();
        }
        let (here, boot) = both_clocks();
        let portable = |at: Instant| boot.saturating_sub(here.saturating_duration_since(at));
        let elsewhere = |span: LoggedSpan| SpanElsewhere {
            part: span.part.and_then(|part| u32::try_from(part).ok()),
            begin: portable(span.begin),
            end: portable(span.end),
        };
        self.spans.drain(..).map(elsewhere).collect()
    }

    /// Writes down what another process did to a frame. It had the frame no sooner than `since`; times that cannot be true
    /// are corrected. Returns when it was done.
    pub(in crate::metrics) fn elsewhere(
        &mut self,
        process: u32,
        frame: u64,
        spans: &[SpanElsewhere],
        since: Instant,
    ) -> Option<Instant> {
        if spans.is_empty() {
            return None;
        }
        let (here, boot) = both_clocks();
        let instant = |at: Duration| here.checked_sub(boot.saturating_sub(at)).unwrap_or(since).max(since);
        // There is one span of the whole and one of each part; a faulty worker process may send more.
        for span in spans.iter().take(1 + self.parts) {
            let begin = instant(span.begin);
            self.push(LoggedSpan {
                begin,
                end: instant(span.end).max(begin),
                activity: Activity::Busy,
                frame: Some(frame),
                part: span.part.map(|part| part as usize),
                track: SpanTrack::Process(process),
            });
        }
        self.spans.last().map(|span| span.end)
    }
}

/// The same moment on this process's clock and on the one that all processes share.
fn both_clocks() -> (Instant, Duration) {
    let pair = |_| {
        let here = Instant::now();
        let boot = clock_gettime(ClockId::Monotonic);
        let boot = Duration::try_from(boot).unwrap_or_default();
        (here.elapsed(), here, boot)
    };
    // A thread may lose its core between two readings, which would shift all spans: the closest of three pairs is taken.
    let (_, here, boot) =
        (0..3).map(pair).min_by_key(|pair| pair.0).unwrap_or((Duration::ZERO, Instant::now(), Duration::ZERO));
    (here, boot)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_the_same_in_every_process() {
        let mut log = SpanLog::new(1, 0, 0).unwrap();
        let (begin, activity, track) = (Instant::now(), Activity::Busy, SpanTrack::Own);
        let end = begin + Duration::from_micros(50);
        let span = LoggedSpan { begin, end, activity, frame: Some(0), part: None, track };
        std::thread::sleep(Duration::from_millis(1));
        log.push(span);
        let away = log.take();
        log.elsewhere(7, 0, &away, begin);
        let back = log.spans[0];
        let off = back.begin.saturating_duration_since(begin).max(begin.saturating_duration_since(back.begin));
        assert!(off < Duration::from_micros(500) && back.track == SpanTrack::Process(7), "{off:?}");
        log.spans.truncate(0);
        for (from, to) in [(Duration::ZERO, Duration::MAX), (Duration::MAX, Duration::ZERO)] {
            log.elsewhere(7, 0, &[SpanElsewhere { part: None, begin: from, end: to }], begin);
            log.elsewhere(7, 0, &[away[0]; 9], begin);
            let said = log.spans[log.spans.len() - 2];
            assert!(log.spans.len() <= 4, "a worker that sends too much");
            assert!(begin <= said.begin && said.begin <= said.end && said.end <= Instant::now(), "{said:?}");
        }
    }

    #[test]
    fn a_log_is_bounded_and_ends_with_its_frames() {
        let mut log = SpanLog::new(2, 1, 0).unwrap();
        (0..1000).for_each(|_| log.wait(Activity::Starved, Instant::now()));
        assert_eq!(log.spans.len(), 2 * WAITS);
        let mut log = SpanLog::new(2, 1, 0).unwrap();
        assert!(log.wants(1) && !log.wants(2));
        log.wait(Activity::Starved, Instant::now());
        assert_eq!(log.spans.len(), 0, "waits after the last frame are left out");
        assert!(SpanLog::new(0, 1, 0).is_none());
    }
}
