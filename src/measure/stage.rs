//! What a stage did with its time: busy, starved (waited for input), blocked (waited for room downstream), or
//! waiting for a lock; and how much CPU its threads really got while busy.
//!
//! A stage has one [`StageMeter`]; each of its threads owns a [`StageClock`] and nothing is shared until the clock
//! is dropped. Wall time comes from `Instant`, CPU time from the thread's own clock: where the two part, the
//! thread slept or was not given a core.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::latency::{Percentiles, Recorder};
use super::resources::thread_cpu;

/// One stage of one run, and what all its threads did.
#[derive(Debug)]
pub struct StageMeter {
    name: String,
    workers: usize,
    parts: Vec<String>,
    on: bool,
    totals: Mutex<Totals>,
}

#[derive(Debug, Default)]
struct Totals {
    whole: Tally,
    service: Recorder,
    parts: Vec<(Tally, Recorder)>,
}

/// Sums of one stage, or of one part of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Frames done.
    pub frames: u64,
    /// Time at work on frames.
    pub busy: Duration,
    /// Time waiting for a frame.
    pub starved: Duration,
    /// Time waiting for room downstream.
    pub blocked: Duration,
    /// Time waiting for a lock.
    pub locked: Duration,
    /// CPU time used while busy.
    pub cpu: Duration,
}

/// A stage in the report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StageReport {
    /// `capture`, a filter, `chain` (all filters of a worker), or `deliver`.
    pub name: String,
    /// How many threads or processes do this stage at once.
    pub workers: usize,
    /// Frames it did.
    pub frames: u64,
    /// Share of its workers' time at work, 0 to 1.
    pub busy: f64,
    /// Share of its workers' time waiting for input, 0 to 1.
    pub starved: f64,
    /// Share of its workers' time waiting for room downstream, 0 to 1.
    pub blocked: f64,
    /// Share of its workers' time waiting for a lock, 0 to 1.
    pub locked: f64,
    /// CPU seconds it used.
    pub cpu_s: f64,
    /// Time a frame takes in it, in milliseconds of wall time.
    pub service_ms: Percentiles,
    /// What it is made of, where that was measured: the filters of a chain, decoding and conversion of a capture.
    pub parts: Vec<PartReport>,
}

/// A part of a stage in the report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PartReport {
    /// The filter, or the step of the capture.
    pub name: String,
    /// Share of its stage's busy time, 0 to 1.
    pub share: f64,
    /// CPU seconds it used.
    pub cpu_s: f64,
    /// Time a frame takes in it, in milliseconds of wall time.
    pub service_ms: Percentiles,
}

impl StageMeter {
    /// A meter for `workers` threads; with `on` false its clocks read no time at all.
    pub fn new(name: &str, workers: usize, parts: Vec<String>, on: bool) -> Arc<Self> {
        let totals = Totals { parts: vec![Default::default(); parts.len()], ..Default::default() };
        Arc::new(Self { name: name.to_owned(), workers, parts, on, totals: Mutex::new(totals) })
    }

    /// A clock for one thread of this stage.
    pub fn clock(self: &Arc<Self>) -> StageClock {
        let totals = Totals { parts: vec![Default::default(); self.parts.len()], ..Default::default() };
        StageClock { meter: Arc::clone(self), totals: RefCell::new(totals) }
    }

    /// The sums of the parts so far: what a worker process sends home.
    pub fn part_tallies(&self) -> Vec<Tally> {
        let totals = self.totals.lock().unwrap_or_else(PoisonError::into_inner);
        totals.parts.iter().map(|(tally, _)| *tally).collect()
    }

    /// Adds sums of the parts that another process measured.
    pub fn absorb_parts(&self, tallies: &[Tally]) {
        let mut totals = self.totals.lock().unwrap_or_else(PoisonError::into_inner);
        for ((mine, service), theirs) in totals.parts.iter_mut().zip(tallies) {
            mine.absorb(theirs);
            // Only the sums cross the process border: the mean stands for all.
            if theirs.frames > 0 {
                service.record(theirs.busy.div_f64(theirs.frames as f64));
            }
        }
    }

    /// Shares of `wall` (times the number of workers).
    pub fn report(&self, wall: Duration) -> StageReport {
        let totals = self.totals.lock().unwrap_or_else(PoisonError::into_inner);
        let all = wall.as_secs_f64() * self.workers as f64;
        let share = |part: Duration| if all > 0.0 { (part.as_secs_f64() / all).min(1.0) } else { 0.0 };
        let whole = &totals.whole;
        let parts_busy: f64 = totals.parts.iter().map(|(tally, _)| tally.busy.as_secs_f64()).sum();
        let part = |(name, (tally, service)): (&String, &(Tally, Recorder))| PartReport {
            name: name.clone(),
            share: if parts_busy > 0.0 { tally.busy.as_secs_f64() / parts_busy } else { 0.0 },
            cpu_s: tally.cpu.as_secs_f64(),
            service_ms: service.percentiles(),
        };
        StageReport {
            name: self.name.clone(),
            workers: self.workers,
            frames: whole.frames,
            busy: share(whole.busy),
            starved: share(whole.starved),
            blocked: share(whole.blocked),
            locked: share(whole.locked),
            cpu_s: whole.cpu.as_secs_f64(),
            service_ms: totals.service.percentiles(),
            parts: self.parts.iter().zip(&totals.parts).map(part).collect(),
        }
    }
}

/// The clock of one thread of a stage. Dropping it adds what it measured to the stage.
#[derive(Debug)]
pub struct StageClock {
    meter: Arc<StageMeter>,
    totals: RefCell<Totals>,
}

impl StageClock {
    /// Does one frame's work; the [`Lap`] lets it say where one part ends and the next begins.
    pub fn busy<T>(&self, work: impl FnOnce(&mut Lap<'_>) -> T) -> T {
        let mut lap = Lap { clock: self, start: self.now(), split: None, locked: Duration::ZERO };
        let done = work(&mut lap);
        if let (Some(start), Some(end)) = (lap.start, lap.start.and_then(|_| self.now())) {
            let busy = (end.wall - start.wall).saturating_sub(lap.locked);
            let cpu = end.cpu.saturating_sub(start.cpu);
            self.note(busy, cpu);
            self.totals.borrow_mut().whole.locked += lap.locked;
        }
        done
    }

    /// Notes a frame that was done elsewhere, in another process or on several threads.
    pub fn note(&self, busy: Duration, cpu: Duration) {
        let mut totals = self.totals.borrow_mut();
        totals.whole.add_frame(busy, cpu);
        totals.service.record(busy);
    }

    /// Adds CPU time that other threads used for this stage's frames.
    pub fn add_cpu(&self, cpu: Duration) {
        self.totals.borrow_mut().whole.cpu += cpu;
    }

    /// Waits for input.
    pub fn starved<T>(&self, wait: impl FnOnce() -> T) -> T {
        self.wait(wait, |tally| &mut tally.starved)
    }

    /// Waits for room downstream.
    pub fn blocked<T>(&self, wait: impl FnOnce() -> T) -> T {
        self.wait(wait, |tally| &mut tally.blocked)
    }

    /// Notes that input was waited for since `from`.
    pub fn starved_since(&self, from: Instant) {
        if self.meter.on {
            self.totals.borrow_mut().whole.starved += from.elapsed();
        }
    }

    fn wait<T>(&self, wait: impl FnOnce() -> T, place: impl FnOnce(&mut Tally) -> &mut Duration) -> T {
        if !self.meter.on {
            return wait();
        }
        let from = Instant::now();
        let done = wait();
        *place(&mut self.totals.borrow_mut().whole) += from.elapsed();
        done
    }

    fn now(&self) -> Option<Moment> {
        self.meter.on.then(|| Moment { wall: Instant::now(), cpu: thread_cpu() })
    }
}

impl Drop for StageClock {
    fn drop(&mut self) {
        let mine = self.totals.get_mut();
        let mut all = self.meter.totals.lock().unwrap_or_else(PoisonError::into_inner);
        all.whole.absorb(&mine.whole);
        all.service.absorb(&mine.service);
        for ((tally, service), (my_tally, my_service)) in all.parts.iter_mut().zip(&mine.parts) {
            tally.absorb(my_tally);
            service.absorb(my_service);
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Moment {
    wall: Instant,
    cpu: Duration,
}

/// One frame's work in a stage, which may be made of parts.
#[derive(Debug)]
pub struct Lap<'a> {
    clock: &'a StageClock,
    start: Option<Moment>,
    split: Option<Moment>,
    locked: Duration,
}

impl Lap<'_> {
    /// A part ended here; it began where the last one ended.
    pub fn split(&mut self, part: usize) {
        let Some(from) = self.split.or(self.start) else { return };
        let Some(now) = self.clock.now() else { return };
        let mut totals = self.clock.totals.borrow_mut();
        if let Some((tally, service)) = totals.parts.get_mut(part) {
            let busy = now.wall - from.wall;
            tally.add_frame(busy, now.cpu.saturating_sub(from.cpu));
            service.record(busy);
        }
        self.split = Some(now);
    }

    /// Nothing came of it: this lap is left out.
    pub fn forget(&mut self) {
        self.start = None;
    }

    /// Waits for a lock: counted as neither busy nor part of what follows.
    pub fn locked<T>(&mut self, wait: impl FnOnce() -> T) -> T {
        let from = self.clock.now();
        let done = wait();
        if let (Some(from), Some(now)) = (from, self.clock.now()) {
            self.locked += now.wall - from.wall;
            self.split = Some(now);
        }
        done
    }
}

impl Tally {
    fn add_frame(&mut self, busy: Duration, cpu: Duration) {
        self.frames += 1;
        self.busy += busy;
        self.cpu += cpu;
    }

    fn absorb(&mut self, other: &Tally) {
        self.frames += other.frames;
        self.busy += other.busy;
        self.starved += other.starved;
        self.blocked += other.blocked;
        self.locked += other.locked;
        self.cpu += other.cpu;
    }
}

/// What one reading of a stage's clock costs on this machine, measured now: the meter's own price.
pub fn clock_cost() -> Duration {
    const READINGS: u32 = 2_000;
    let clock = StageMeter::new("calibration", 1, Vec::new(), true).clock();
    let from = Instant::now();
    for _ in 0..READINGS {
        std::hint::black_box(clock.now());
    }
    from.elapsed() / READINGS
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
    fn a_meter_that_is_off_reads_no_clock() {
        let meter = StageMeter::new("s", 1, Vec::new(), false);
        meter.clock().busy(|_| wait(2));
        let report = meter.report(Duration::from_millis(2));
        assert_eq!((report.frames, report.busy), (0, 0.0));
    }
}
