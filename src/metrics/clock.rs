//! The clock of one thread of a stage: adds up how long it works and waits.
//!
//! Nothing is shared with other threads until the clock is dropped, or somebody asks for the sums of a run that goes on.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use super::stage::StageMeter;
use super::stage_timer::StageTimer;
use super::stopwatch::Stopwatch;
use super::totals::{Spent, Totals};
use super::trace::Activity;
use super::trace::span_log::{LoggedSpan, SpanElsewhere, SpanLog, SpanTrack};

/// The clock of one thread of a stage. Dropping it adds what it measured to the stage.
#[derive(Debug)]
pub struct StageClock {
    meter: Arc<StageMeter>,
    stopwatch: Stopwatch,
    totals: RefCell<Totals>,
    /// The latest request for the sums so far that this clock has answered.
    answered: Cell<u64>,
    /// Where spans are written down, if frames are traced.
    log: Option<RefCell<SpanLog>>,
}

impl StageMeter {
    /// A clock for one thread of this stage.
    pub fn clock(self: &Arc<Self>) -> StageClock {
        let (totals, log) = (RefCell::new(Totals::new(self.parts.len())), self.log().map(RefCell::new));
        let answered = Cell::new(self.requests.load(Relaxed));
        StageClock { meter: Arc::clone(self), stopwatch: Stopwatch::new(self.on), totals, answered, log }
    }
}

impl StageClock {
    /// Does one frame's work. `work` is given a timer, to mark where one part ends and the next begins.
    pub fn busy<T>(&self, work: impl FnOnce(&StageTimer<'_>) -> T) -> T {
        self.busy_spent(work).0
    }

    /// As [`busy`](Self::busy), and returns what the frame took: nothing if clocks are off.
    pub fn busy_spent<T>(&self, work: impl FnOnce(&StageTimer<'_>) -> T) -> (T, Spent) {
        let detailed = self.is_detailed();
        let timer = StageTimer::start(&self.stopwatch, &self.totals, self.log.as_ref(), detailed);
        let done = work(&timer);
        let Some(spent) = timer.finish() else { return (done, Spent::default()) };
        self.add_frame(spent, detailed);
        (done, spent)
    }

    /// Counts a frame that was done in another process.
    pub fn note(&self, spent: Spent) {
        self.add_frame(spent, self.is_detailed());
    }

    fn add_frame(&self, spent: Spent, detailed: bool) {
        let mut totals = self.totals.borrow_mut();
        if detailed {
            totals.whole.add_frame(spent);
            totals.detailed = (totals.detailed.0 + 1, totals.detailed.1 + spent.busy);
        } else {
            // A worker process may send details that it began to measure before they were switched off.
            totals.whole.add_frame(Spent { cpu: Duration::ZERO, cpu_wait: Duration::ZERO, ..spent });
        }
        totals.service.record(spent.busy);
        let requests = self.meter.requests.load(Relaxed);
        if self.answered.replace(requests) != requests {
            totals.move_sums(&mut self.meter.totals.lock());
        }
    }

    /// Takes back time that was counted as blocked although the stage's work went on in another process meanwhile.
    pub fn not_blocked(&self, overlap: Duration) {
        let blocked = &mut self.totals.borrow_mut().whole.blocked;
        *blocked = blocked.saturating_sub(overlap);
    }

    /// Adds to a part of the stage what was spent on it outside any timer.
    pub fn note_part(&self, part: usize, spent: Spent) {
        self.totals.borrow_mut().add_part(part, spent);
    }

    /// Does something for a frame outside its timer, and returns what it took: nothing if clocks are off.
    pub fn timed<T>(&self, work: impl FnOnce() -> T) -> (T, Spent) {
        let (done, spent) = self.spent_on(self.is_detailed(), work);
        (done, spent.unwrap_or_default())
    }

    fn spent_on<T>(&self, detailed: bool, work: impl FnOnce() -> T) -> (T, Option<Spent>) {
        let from = self.stopwatch.read_times(detailed);
        let done = work();
        (done, from.zip(self.stopwatch.read_times(detailed)).map(|(from, now)| from.until(&now)))
    }

    /// Does work that earlier frames left, in a part of the stage, and returns what it took: nothing if clocks are off.
    /// `work` returns the CPU time of other threads.
    ///
    /// # Errors
    /// When `work` fails.
    pub fn rest<E>(&self, part: usize, work: impl FnOnce() -> Result<Duration, E>) -> Result<Spent, E> {
        let (done, own) = self.spent_on(true, work);
        let others = *done.as_ref().unwrap_or(&Duration::ZERO);
        let spent = own.map_or(Spent::default(), |own| Spent { cpu: own.cpu + others, ..own });
        let mut totals = self.totals.borrow_mut();
        let Totals { whole, parts, detailed, .. } = &mut *totals;
        // All of it was measured in detail: it stands for itself and is not scaled up.
        detailed.1 += spent.busy;
        for tally in [Some(whole), parts.get_mut(part).map(|part| &mut part.0)].into_iter().flatten() {
            tally.spent += spent;
        }
        done.map(|_| spent)
    }

    /// Opens the scheduler's record now, for a process whose sandbox will not let it open files later.
    pub fn open(&self) {
        if self.is_detailed() {
            self.stopwatch.cpu_wait();
        }
    }

    /// Whether it measures CPU time and parts; a worker process is told, and does the same.
    pub fn is_detailed(&self) -> bool {
        self.meter.is_detailed()
    }

    /// Waits for input.
    pub fn starved<T>(&self, wait: impl FnOnce() -> T) -> T {
        self.wait(wait, Activity::Starved)
    }

    /// Waits for room downstream.
    pub fn blocked<T>(&self, wait: impl FnOnce() -> T) -> T {
        self.wait(wait, Activity::Blocked)
    }

    /// Counts the time since `from` as waiting for input.
    pub fn starved_since(&self, from: Instant) {
        self.waited(Activity::Starved, from);
    }

    fn wait<T>(&self, wait: impl FnOnce() -> T, activity: Activity) -> T {
        if !self.meter.on {
            return wait();
        }
        let from = Instant::now();
        let done = wait();
        self.waited(activity, from);
        done
    }

    fn waited(&self, activity: Activity, from: Instant) {
        if !self.meter.on {
            return;
        }
        let whole = &mut self.totals.borrow_mut().whole;
        *(if activity == Activity::Starved { &mut whole.starved } else { &mut whole.blocked }) += from.elapsed();
        if let Some(log) = &self.log {
            log.borrow_mut().wait(activity, from);
        }
    }

    /// Now, if this frame is traced: where a [`span`](Self::span) begins.
    pub fn span_begin(&self, frame: u64) -> Option<Instant> {
        let traced = self.log.as_ref().is_some_and(|log| log.borrow_mut().wants(frame));
        traced.then(Instant::now)
    }

    /// Writes down that a part of the stage's work on a frame, outside its timer, took from `begin` until now.
    pub fn span(&self, part: usize, frame: u64, begin: Option<Instant>) {
        if let Some((log, begin)) = self.log.as_ref().zip(begin) {
            let (end, activity, track) = (Instant::now(), Activity::Busy, SpanTrack::Own);
            log.borrow_mut().push(LoggedSpan { begin, end, activity, frame: Some(frame), part: Some(part), track });
        }
    }

    /// Takes the spans out of the log, to be sent to another process.
    pub fn take_spans(&self) -> Vec<SpanElsewhere> {
        self.log.as_ref().map_or_else(Vec::new, |log| log.borrow_mut().take())
    }

    /// Writes down what another process did to a frame that it did not have before `since`. Returns when it was done.
    pub fn spans_elsewhere(
        &self,
        process: u32,
        frame: u64,
        spans: &[SpanElsewhere],
        since: Instant,
    ) -> Option<Instant> {
        self.log.as_ref().and_then(|log| log.borrow_mut().elsewhere(process, frame, spans, since))
    }
}

impl Drop for StageClock {
    fn drop(&mut self) {
        self.meter.totals.lock().absorb(self.totals.get_mut());
        self.meter.logs.lock().extend(self.log.take().map(RefCell::into_inner));
    }
}
