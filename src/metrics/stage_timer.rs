//! The timer of one frame's work in a stage: where one part ends and the next begins, and which time was spent waiting
//! for a lock or for a device.
//!
//! It is lent to whoever does the work, and adds what it measured to the sums of the thread's clock.

use std::cell::{RefCell, RefMut};
use std::time::{Duration, Instant};

use super::stopwatch::{Moment, Stopwatch};
use super::totals::{Spent, Totals};
use super::trace::Activity;
use super::trace::span_log::{LoggedSpan, SpanLog, SpanTrack};

/// Times one frame's work in a stage, which may be made of parts.
#[derive(Debug)]
pub struct StageTimer<'a> {
    stopwatch: &'a Stopwatch,
    totals: &'a RefCell<Totals>,
    log: Option<&'a RefCell<SpanLog>>,
    /// Whether CPU time and parts are measured for this frame, whatever is decided for the next ones meanwhile.
    detailed: bool,
    state: RefCell<State>,
}

#[derive(Debug)]
struct State {
    /// When the frame's work began; none if it is not timed.
    start: Option<Moment>,
    /// When the current part began.
    part_start: Option<Moment>,
    /// Corrections for the current part, and for the whole frame.
    part: Corrections,
    frame: Corrections,
    /// The frame's number, and how many spans the log had before it; none if it is not traced.
    traced: Option<(u64, usize)>,
}

/// What must be added to or taken from the clocks of this thread to know what a piece of work took.
#[derive(Clone, Copy, Debug, Default)]
struct Corrections {
    /// What passed while it waited for locks.
    locked: Spent,
    /// The time it waited for devices.
    waiting: Duration,
    /// CPU time that other threads used for it.
    other_cpu: Duration,
}

impl Corrections {
    fn apply(self, Spent { busy, cpu, cpu_wait, .. }: Spent) -> Spent {
        Spent {
            busy: busy.saturating_sub(self.locked.busy),
            cpu: cpu.saturating_sub(self.locked.cpu) + self.other_cpu,
            cpu_wait: cpu_wait.saturating_sub(self.locked.cpu_wait),
            locked: self.locked.busy,
            waiting: self.waiting,
        }
    }
}

impl<'a> StageTimer<'a> {
    /// Begins to time one frame.
    pub(super) fn start(
        stopwatch: &'a Stopwatch,
        totals: &'a RefCell<Totals>,
        log: Option<&'a RefCell<SpanLog>>,
        detailed: bool,
    ) -> Self {
        let start = stopwatch.read(detailed);
        let (part, frame) = (Corrections::default(), Corrections::default());
        let state = State { start, part_start: start, part, frame, traced: None };
        Self { stopwatch, totals, log, detailed, state: RefCell::new(state) }
    }

    /// What the frame took; none if clocks are off or the frame is left out.
    pub(super) fn finish(self) -> Option<Spent> {
        let (start, frame) = (self.state.borrow().start, self.state.borrow().frame);
        let (start, end) = start.zip(self.stopwatch.read(self.detailed))?;
        self.span(Activity::Busy, None, start.wall, end.wall);
        Some(frame.apply(start.until(&end)))
    }

    /// Adds CPU time that other threads used for this frame.
    pub fn add_cpu(&self, cpu: Duration) {
        self.correct(|corrections| corrections.other_cpu += cpu);
    }

    /// A part ended here; it began where the last one ended.
    pub fn split(&self, part: usize) {
        if !self.detailed {
            return;
        }
        let mut state = self.state.borrow_mut();
        let Some((from, now)) = state.part_start.zip(self.stopwatch.read(true)) else { return };
        let spent = std::mem::take(&mut state.part).apply(from.until(&now));
        state.part_start = Some(now);
        drop(state);
        self.totals.borrow_mut().add_part(part, spent);
        self.span(Activity::Busy, Some(part), from.wall, now.wall);
    }

    /// Does not count this frame: there was nothing to do.
    pub fn forget(&self) {
        let mut state = self.state.borrow_mut();
        state.start = None;
        if let Some((log, (_, spans))) = self.log.zip(state.traced.take()) {
            log.borrow_mut().spans.truncate(spans);
        }
    }

    /// Waits for a lock. The time counts as locked and not as busy.
    pub fn locked<T>(&self, wait: impl FnOnce() -> T) -> T {
        let from = self.stopwatch.read(self.detailed);
        let done = wait();
        if let Some((from, now)) = from.zip(self.stopwatch.read(self.detailed)) {
            self.correct(|corrections| corrections.locked += from.until(&now));
            self.span(Activity::Locked, None, from.wall, now.wall);
        }
        done
    }

    /// Counts time as locked that was measured already, by one who may not read all clocks while it holds the lock. It took
    /// no CPU time.
    pub fn was_locked(&self, time: Duration) {
        self.correct(|corrections| corrections.locked.busy += time);
    }

    /// Waits for a device, a network or another program. The time counts as waiting, which is a part of busy: the worker
    /// is occupied with the frame.
    pub fn waiting<T>(&self, wait: impl FnOnce() -> T) -> T {
        let from = self.stopwatch.read_times(false);
        let done = wait();
        if let Some((from, now)) = from.zip(self.stopwatch.read_times(false)) {
            self.correct(|corrections| corrections.waiting += now.wall - from.wall);
            self.span(Activity::Waiting, None, from.wall, now.wall);
        }
        done
    }

    fn correct(&self, change: impl Fn(&mut Corrections)) {
        let (mut part, mut frame) =
            RefMut::map_split(self.state.borrow_mut(), |state| (&mut state.part, &mut state.frame));
        change(&mut part);
        change(&mut frame);
    }

    /// Says which frame this is: where frames are traced, spans have its number.
    pub fn frame(&self, index: u64) {
        let Some(mut log) = self.log.map(RefCell::borrow_mut) else { return };
        self.state.borrow_mut().traced = log.wants(index).then(|| (index, log.spans.len()));
    }

    /// Whether this frame is traced.
    pub fn is_traced(&self) -> bool {
        self.state.borrow().traced.is_some()
    }

    /// Writes down that a helper thread did a band of the frame for this part.
    pub fn band(&self, part: usize, band: usize, (begin, end): (Instant, Instant)) {
        self.push(Activity::Busy, Some(part), SpanTrack::Band(band), (begin, end));
    }

    fn span(&self, activity: Activity, part: Option<usize>, begin: Instant, end: Instant) {
        self.push(activity, part, SpanTrack::Own, (begin, end));
    }

    fn push(&self, activity: Activity, part: Option<usize>, track: SpanTrack, (begin, end): (Instant, Instant)) {
        if let Some((log, (frame, _))) = self.log.zip(self.state.borrow().traced) {
            log.borrow_mut().push(LoggedSpan { begin, end, activity, frame: Some(frame), part, track });
        }
    }
}
