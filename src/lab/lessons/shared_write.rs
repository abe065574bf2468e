//! A counter that all write: under a lock, atomic, one each; false sharing; and the updates that a race would lose.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Barrier, Mutex, PoisonError};
use std::thread::scope;
use std::time::Instant;

use anyhow::Result;

use super::{About, Expectation, Lab, Lesson, Measured, Notes, Theory};
use crate::statistics::median;

/// The lesson.
pub struct SharedWrite;

const THREADS: usize = 2;
const TIMES: u64 = 1_000_000;
/// How often each is done in a round: two threads do not always meet. Of times the middle one counts, of losses the
/// worst.
const REPEATS: usize = 5;

const LOCK: &str = "one counter, locked";
const ATOMIC: &str = "one counter, atomic";
const SIDE_BY_SIDE: &str = "one each, side by side";
const APART: &str = "one each, apart";
const RACE: &str = "one counter, read, add, write";
const LOST_LOCK: &str = "lost with the lock";
const LOST_ATOMIC: &str = "lost with atomics";
const LOST_RACE: &str = "lost by read, add, write";

/// A counter with a cache line (and its neighbour, which processors load with it) to itself.
#[derive(Default)]
#[repr(align(128))]
struct Apart(AtomicU64);

/// Two counters that surely share one cache line.
#[derive(Default)]
#[repr(align(128))]
struct SideBySide([AtomicU64; THREADS]);

impl Lesson for SharedWrite {
    fn about(&self) -> About {
        About {
            name: "shared-write",
            claim: "What all write costs all of them; with a counter each, apart in memory, nobody waits and none is lost.",
            drawing: "
  thread A: +1 +1 +1 ─┐
                      ├▶ one counter, or one each
  thread B: +1 +1 +1 ─┘",
            explanation: include_str!("shared-write.md"),
            next: "framerace compare synthetic:64x48@0x2000 -f grayscale -s threads,rayon",
            on_frames: false,
        }
    }

    fn measure(&self, lab: &Lab<'_>) -> Result<Measured> {
        let locked = |notes: &mut Notes| {
            note(notes, LOCK, Some(LOST_LOCK), || {
                // The standard library's: it is what a learner writes, and what the lesson speaks of.
                let counter = Mutex::new(0);
                let lock = || counter.lock().unwrap_or_else(PoisonError::into_inner);
                (all(&|_| *lock() += 1), *lock())
            })
        };
        let atomic = |notes: &mut Notes| {
            note(notes, ATOMIC, Some(LOST_ATOMIC), || {
                let counter = AtomicU64::new(0);
                (all(&|_| increment(&counter)), counter.load(Relaxed))
            })
        };
        let race = |notes: &mut Notes| {
            note(notes, RACE, Some(LOST_RACE), || {
                let counter = AtomicU64::new(0);
                // What `counter += 1` is on a variable that all share: between the two, somebody else may write.
                let add = || counter.store(counter.load(Relaxed) + 1, Relaxed);
                (all(&|_| add()), counter.load(Relaxed))
            })
        };
        let side_by_side = |notes: &mut Notes| {
            note(notes, SIDE_BY_SIDE, None, || {
                let counters = SideBySide::default();
                (all(&|thread| increment(&counters.0[thread])), 0)
            })
        };
        let apart = |notes: &mut Notes| {
            note(notes, APART, None, || {
                let counters: [Apart; THREADS] = Default::default();
                (all(&|thread| increment(&counters[thread].0)), 0)
            })
        };
        lab.rounds(
            format!("{THREADS} threads add 1 to a counter {TIMES} times each; nanoseconds for each time"),
            &[&locked, &atomic, &race, &side_by_side, &apart],
        )
    }

    fn predict(&self, measured: &Measured) -> Theory {
        let none = [LOST_LOCK, LOST_ATOMIC].map(|name| measured.always(name, 0.0));
        let once = |name| measured.from(name, [APART], |[apart]| THREADS as f64 * apart);
        Theory {
            law: "who shares takes turns",
            formula: "t(shared) ≥ threads × t(own); locks and atomics lose nothing",
            predicted: none.into_iter().chain([LOCK, ATOMIC, SIDE_BY_SIDE].map(once)).collect(),
        }
    }

    fn checks(&self, measured: &Measured) -> Vec<Expectation> {
        let samples = |name| measured.samples(name);
        let against =
            |what: &str, name| Expectation::ratio(&format!("{what} ÷ one each, apart"), samples(name), samples(APART));
        let lost = |what: &str, name| Expectation::value(&format!("% of the updates lost {what}"), samples(name));
        vec![
            Expectation::cores(measured, THREADS as f64),
            lost("with the lock", LOST_LOCK).at_most(0.0).or("a lock lost updates"),
            lost("with atomics", LOST_ATOMIC).at_most(0.0).or("atomics lost updates"),
            lost("by read, add, write", LOST_RACE).at_least(0.1).or("no update was lost without a lock"),
            against("locked", LOCK).at_least(2.0).or("the lock cost hardly anything"),
            against("atomic", ATOMIC).at_least(1.3).or("sharing an atomic counter cost hardly anything"),
            against("side by side", SIDE_BY_SIDE).at_least(1.3).or("neighbours in memory did not disturb each other"),
        ]
    }

    #[cfg(test)]
    fn made_up(&self) -> (Measured, Measured) {
        let figures = |side_by_side: f64| {
            let lost = [(LOST_LOCK, 0.0), (LOST_ATOMIC, 0.0), (LOST_RACE, 31.5)];
            let ns = [(LOCK, 60.5), (ATOMIC, 22.5), (SIDE_BY_SIDE, side_by_side), (APART, 5.5)];
            ns.into_iter().chain(lost).collect::<Vec<_>>()
        };
        (Measured::made_up(2.0, &figures(21.5)), Measured::made_up(2.0, &figures(5.6)))
    }
}

/// Notes nanoseconds for each time and, where they are looked for, lost updates, from what a repetition takes and what
/// its counter says at the end.
fn note(notes: &mut Notes, name: &str, lost: Option<&str>, repetition: impl Fn() -> (f64, u64)) -> Result<()> {
    let (times, counts): (Vec<f64>, Vec<u64>) = (0..REPEATS).map(|_| repetition()).unzip();
    notes.add(name, "ns", median(&times));
    if let Some(lost) = lost {
        let all = (TIMES * THREADS as u64) as f64;
        let missing = counts.iter().map(|count| (all - *count as f64) / all * 100.0);
        notes.add(lost, "% at worst", missing.fold(0.0, f64::max));
    }
    Ok(())
}

/// Reads, adds and writes in one step.
fn increment(counter: &AtomicU64) {
    counter.fetch_add(1, Relaxed);
}

/// Lets all threads, told their number, do the same so many times, and tells how many nanoseconds each time took.
fn all(step: &(dyn Fn(usize) + Sync)) -> f64 {
    let start = Barrier::new(THREADS);
    let thread = |number: usize| {
        start.wait();
        let from = Instant::now();
        (0..TIMES).for_each(|_| step(number));
        from.elapsed().as_nanos() as f64 / TIMES as f64
    };
    scope(|s| {
        let threads: Vec<_> = (0..THREADS).map(|number| s.spawn(move || thread(number))).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).fold(0.0, f64::max)
    })
}
