//! The clock of one thread of a stage: what it writes down while it works and waits.
//!
//! Wall time comes from `Instant`, CPU time from the thread's own clock. Where the two part, the thread slept or was
//! not given a core; which of the two, the kernel's scheduler knows. Nothing is shared with other threads until the
//! clock is dropped, or somebody asks how things stand.

use std::cell::{Cell, OnceCell, RefCell};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::lap::Lap;
use super::stage::StageMeter;
use super::totals::{Spent, Tally, Totals};
use super::trace::Activity;
use super::trace::span_log::SpanLog;
use crate::host::usage::{RunQueue, thread_cpu};

/// The clock of one thread of a stage. Dropping it adds what it measured to the stage.
#[derive(Debug)]
pub struct StageClock {
    meter: Arc<StageMeter>,
    pub(super) totals: RefCell<Totals>,
    /// How often it has heard somebody ask how things stand.
    heard: Cell<u64>,
    /// Opened by the first frame, because the thread that makes a clock need not be the one that uses it.
    queue: OnceCell<RunQueue>,
    /// Where spans are written down, if they are.
    pub(super) log: Option<RefCell<SpanLog>>,
}

impl StageMeter {
    /// A clock for one thread of this stage.
    pub fn clock(self: &Arc<Self>) -> StageClock {
        let (totals, log) = (RefCell::new(self.blank()), self.log().map(RefCell::new));
        let heard = Cell::new(self.asked());
        StageClock { meter: Arc::clone(self), totals, heard, queue: OnceCell::new(), log }
    }
}

impl StageClock {
    /// Does one frame's work; the [`Lap`] lets it say where one part ends and the next begins.
    pub fn busy<T>(&self, work: impl FnOnce(&mut Lap<'_>) -> T) -> T {
        self.busy_spent(work).0
    }

    /// As [`busy`](Self::busy), and tells what the frame took: nothing if clocks are off.
    pub fn busy_spent<T>(&self, work: impl FnOnce(&mut Lap<'_>) -> T) -> (T, Spent) {
        let fine = self.meter.is_fine();
        let start = self.now(fine);
        let queued_before = self.queued(fine);
        let mut lap = Lap {
            clock: self,
            fine,
            start,
            split: None,
            queued: queued_before,
            locked: Duration::ZERO,
            others: Duration::ZERO,
            others_in_all: Duration::ZERO,
            traced: None,
        };
        let done = work(&mut lap);
        let Some((start, end)) = lap.start.zip(self.now(fine)) else { return (done, Spent::default()) };
        let spent = Spent {
            busy: (end.wall - start.wall).saturating_sub(lap.locked),
            cpu: end.cpu.saturating_sub(start.cpu) + lap.others_in_all,
            queued: self.queued(fine).saturating_sub(queued_before),
        };
        lap.span(Activity::Busy, None, start.wall, end.wall);
        self.note_as(spent, fine);
        self.totals.borrow_mut().whole.locked += lap.locked;
        (done, spent)
    }

    /// Notes a frame that was done in another process.
    pub fn note(&self, spent: Spent) {
        self.note_as(spent, self.meter.is_fine());
    }

    fn note_as(&self, spent: Spent, fine: bool) {
        let mut totals = self.totals.borrow_mut();
        if fine {
            totals.whole.add_frame(spent);
            totals.fine = (totals.fine.0 + 1, totals.fine.1 + spent.busy);
        } else {
            // A look that was begun before looks were given up is given up, too.
            totals.whole.add_frame(Spent { busy: spent.busy, ..Spent::default() });
        }
        totals.service.record(spent.busy);
        let asked = self.meter.asked();
        if self.heard.replace(asked) != asked {
            self.meter.hand_in(&mut totals);
        }
    }

    /// Takes back time that was noted as blocked although this stage's work went on meanwhile, elsewhere.
    pub fn not_blocked(&self, overlap: Duration) {
        let blocked = &mut self.totals.borrow_mut().whole.blocked;
        *blocked = blocked.saturating_sub(overlap);
    }

    /// Adds to a part of the stage what was spent on it outside any lap.
    pub fn note_part(&self, part: usize, spent: Spent) {
        if let Some((tally, service)) = self.totals.borrow_mut().parts.get_mut(part) {
            tally.add_frame(spent);
            service.record(spent.busy);
        }
    }

    /// Does something for a frame that is no lap of its own, and tells what it took: nothing if clocks are off.
    pub fn timed<T>(&self, work: impl FnOnce() -> T) -> (T, Spent) {
        let fine = self.meter.is_fine();
        let from = self.now(fine);
        let done = work();
        let spent = from.zip(self.now(fine)).map(|(from, now)| Spent {
            busy: now.wall - from.wall,
            cpu: now.cpu.saturating_sub(from.cpu),
            queued: Duration::ZERO,
        });
        (done, spent.unwrap_or_default())
    }

    /// Does the rest of earlier frames' work in a part of the stage, and tells what it took: nothing if clocks are off.
    /// `work` returns the CPU time of other threads, too.
    ///
    /// # Errors
    /// When `work` fails.
    pub fn rest<E>(&self, part: usize, work: impl FnOnce() -> Result<Duration, E>) -> Result<Spent, E> {
        let from = self.now(true);
        let done = work();
        let others = *done.as_ref().unwrap_or(&Duration::ZERO);
        let spent = from.zip(self.now(true)).map_or(Spent::default(), |(from, now)| Spent {
            busy: now.wall - from.wall,
            cpu: now.cpu.saturating_sub(from.cpu) + others,
            queued: Duration::ZERO,
        });
        let mut totals = self.totals.borrow_mut();
        let Totals { whole, parts, fine, .. } = &mut *totals;
        // All of it was looked at closely: it stands for itself, and must not be made up for.
        fine.1 += spent.busy;
        for tally in [Some(whole), parts.get_mut(part).map(|part| &mut part.0)].into_iter().flatten() {
            tally.busy += spent.busy;
            tally.cpu += spent.cpu;
        }
        done.map(|_| spent)
    }

    /// Opens what it reads, for a thread that will not be able to open anything later.
    pub fn open(&self) {
        self.queued(self.meter.is_fine());
    }

    /// Whether it looks closely: a worker process is told, and does as much.
    pub fn is_fine(&self) -> bool {
        self.meter.is_fine()
    }

    /// How long this thread has waited for a core in its life.
    pub(super) fn queued(&self, fine: bool) -> Duration {
        if fine { self.queue.get_or_init(RunQueue::of_this_thread).waited() } else { Duration::ZERO }
    }

    /// Waits for input.
    pub fn starved<T>(&self, wait: impl FnOnce() -> T) -> T {
        self.wait(wait, Activity::Starved, |tally| &mut tally.starved)
    }

    /// Waits for room downstream.
    pub fn blocked<T>(&self, wait: impl FnOnce() -> T) -> T {
        self.wait(wait, Activity::Blocked, |tally| &mut tally.blocked)
    }

    /// Notes that input was waited for since `from`.
    pub fn starved_since(&self, from: Instant) {
        if self.meter.is_on() {
            self.totals.borrow_mut().whole.starved += from.elapsed();
            self.wait_span(Activity::Starved, from);
        }
    }

    fn wait<T>(
        &self,
        wait: impl FnOnce() -> T,
        activity: Activity,
        place: impl FnOnce(&mut Tally) -> &mut Duration,
    ) -> T {
        if !self.meter.is_on() {
            return wait();
        }
        let from = Instant::now();
        let done = wait();
        *place(&mut self.totals.borrow_mut().whole) += from.elapsed();
        self.wait_span(activity, from);
        done
    }

    pub(super) fn now(&self, fine: bool) -> Option<Moment> {
        self.meter.is_on().then(|| {
            // A thread that has to give up its core does so at a system call, this one: before the wall is looked at
            // and the time without a core after it, so that both say the same of it.
            let cpu = if fine { thread_cpu() } else { Duration::ZERO };
            Moment { wall: Instant::now(), cpu }
        })
    }
}

impl Drop for StageClock {
    fn drop(&mut self) {
        self.meter.absorb(self.totals.get_mut());
        if let Some(log) = self.log.take() {
            self.meter.keep_log(log.into_inner());
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    pub wall: Instant,
    pub cpu: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::sleep;

    fn wait(ms: u64) {
        sleep(Duration::from_millis(ms));
    }

    #[test]
    fn time_goes_where_it_was_spent() {
        let meter = StageMeter::new("s", 1, vec!["a".into(), "b".into()], true);
        let from = Instant::now();
        {
            let clock = meter.clock();
            clock.starved(|| wait(20));
            clock.busy(|lap| {
                wait(10);
                lap.split(0);
                lap.locked(|| wait(15));
                wait(30);
                lap.split(1);
            });
            clock.blocked(|| wait(20));
        }
        let report = meter.report(from.elapsed());
        assert_eq!(report.frames, 1);
        assert!(report.busy > report.starved && report.busy > report.blocked, "{report:?}");
        assert!(report.locked > 0.05, "{report:?}");
        let all = report.busy + report.starved + report.blocked + report.locked;
        assert!((0.95..=1.001).contains(&all), "shares add up to the wall: {all}");
        assert!(report.parts[1].share > report.parts[0].share, "{report:?}");
        assert!(report.cpu_s < 0.02, "sleeping is not CPU time: {report:?}");
    }

    #[test]
    fn time_without_a_core_is_the_parts_that_had_none() {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let meter = StageMeter::new("s", 2 * cores + 1, vec!["sleeps".into(), "burns".into()], true);
        let crowd = || {
            let clock = meter.clock();
            clock.busy(|lap| {
                wait(1);
                lap.split(0);
                let begin = thread_cpu();
                while thread_cpu() - begin < Duration::from_millis(60) {}
                lap.split(1);
            });
        };
        std::thread::scope(|s| (0..2 * cores + 1).for_each(|_| drop(s.spawn(crowd))));
        let report = meter.report(Duration::from_secs(1));
        let [sleeps, burns] = &report.parts[..] else { panic!("two parts: {report:?}") };
        assert!(burns.queued > 0.2 && burns.queued > sleeps.queued && burns.queued <= burns.share, "{report:?}");
    }

    #[test]
    fn a_meter_that_is_off_reads_no_clock() {
        let meter = StageMeter::new("s", 1, Vec::new(), false);
        meter.clock().busy(|_| wait(2));
        let report = meter.report(Duration::from_millis(2));
        assert_eq!((report.frames, report.busy), (0, 0.0));
    }
}
