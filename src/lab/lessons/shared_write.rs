//! A counter that all write: under a lock, atomic, one each; false sharing; and the updates that a race would lose.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Barrier, Mutex, PoisonError};
use std::thread::scope;
use std::time::Instant;

use anyhow::Result;

use super::{Arm, Expectation, Lesson, Measured, Words, read};
use crate::host::shortage::start;
use crate::statistics::median;

pub static SHARED_WRITE: Lesson = Lesson {
    about: Words::new(|| read(include_str!("shared-write.md"))),
    title: |_, _| format!("{THREADS} threads add 1 to a counter {TIMES} times each; nanoseconds for each time"),
    arms,
    checks,
};

const THREADS: usize = 2;
const TIMES: u64 = 1_000_000;
/// How often each is done in a round: two threads do not always meet. Of times the middle one counts, of losses the
/// worst.
const REPEATS: usize = 5;

const LOCK: &str = "one counter, locked";
const ATOMIC: &str = "one counter, atomic";
const SIDE_BY_SIDE: &str = "one each, side by side";
const APART: &str = "one each, apart";
const LOST_LOCK: &str = "lost with the lock";
const LOST_ATOMIC: &str = "lost with atomics";
const LOST_RACE: &str = "lost by read, add, write";

/// A counter with a cache line (and its neighbour, which processors load with it) to itself.
#[derive(Default)]
#[repr(align(128))]
struct Apart(AtomicU64);

/// Two counters that are certain to share one cache line.
#[derive(Default)]
#[repr(align(128))]
struct SideBySide([AtomicU64; THREADS]);

/// Does it once; nanoseconds for each time, and the share of the updates that were lost, in percent, where that is asked.
type Repetition = fn() -> Result<(f64, Option<f64>)>;

fn arms(_: f64) -> Vec<Arm> {
    let time = |name, repetition: Repetition| Arm::other(move |_| repeated(repetition)).value(name, "ns");
    let turns = |[apart]: [f64; 1]| THREADS as f64 * apart;
    let lost = "% at worst";
    vec![
        time(LOCK, locked).predicted_from([APART], turns).value(LOST_LOCK, lost).predicted(0.0),
        time(ATOMIC, atomic).predicted_from([APART], turns).value(LOST_ATOMIC, lost).predicted(0.0),
        time("one counter, read, add, write", race).value(LOST_RACE, lost),
        time(SIDE_BY_SIDE, side_by_side).predicted_from([APART], turns),
        time(APART, apart),
    ]
}

fn checks(measured: &Measured) -> Vec<Expectation> {
    let against = |what: &str, name| Expectation::ratio(measured, &format!("{what} ÷ one each, apart"), name, APART);
    let lost = |what: &str, name| Expectation::value(measured, &format!("% of the updates lost {what}"), name);
    vec![
        Expectation::cores(measured, THREADS as f64),
        lost("with the lock", LOST_LOCK).at_most(0.0, "a lock lost updates"),
        lost("with atomics", LOST_ATOMIC).at_most(0.0, "atomics lost updates"),
        lost("by read, add, write", LOST_RACE).at_least(0.1, "no update was lost without a lock"),
        against("locked", LOCK).at_least(2.0, "the lock cost hardly anything"),
        against("atomic", ATOMIC).at_least(1.3, "sharing an atomic counter cost hardly anything"),
        against("side by side", SIDE_BY_SIDE).at_least(1.3, "neighbours in memory did not disturb each other"),
    ]
}

fn locked() -> Result<(f64, Option<f64>)> {
    // The standard library's: it is what a learner writes, and what the lesson speaks of.
    let counter = Mutex::new(0);
    let lock = || counter.lock().unwrap_or_else(PoisonError::into_inner);
    Ok((all(&|_| *lock() += 1)?, lost(*lock())))
}

fn atomic() -> Result<(f64, Option<f64>)> {
    let counter = AtomicU64::new(0);
    Ok((all(&|_| increment(&counter))?, lost(counter.load(Relaxed))))
}

fn race() -> Result<(f64, Option<f64>)> {
    let counter = AtomicU64::new(0);
    // What `counter += 1` is on a variable that all share: between the two, somebody else may write.
    let add = || counter.store(counter.load(Relaxed) + 1, Relaxed);
    Ok((all(&|_| add())?, lost(counter.load(Relaxed))))
}

fn side_by_side() -> Result<(f64, Option<f64>)> {
    let counters = SideBySide::default();
    Ok((all(&|thread| increment(&counters.0[thread]))?, None))
}

fn apart() -> Result<(f64, Option<f64>)> {
    let counters: [Apart; THREADS] = Default::default();
    Ok((all(&|thread| increment(&counters[thread].0))?, None))
}

fn lost(counted: u64) -> Option<f64> {
    let all = (TIMES * THREADS as u64) as f64;
    Some((all - counted as f64) / all * 100.0)
}

/// The middle time, and the worst loss where it is asked.
fn repeated(repetition: Repetition) -> Result<Vec<f64>> {
    let all: Result<Vec<_>> = (0..REPEATS).map(|_| repetition()).collect();
    let (times, lost): (Vec<f64>, Vec<Option<f64>>) = all?.into_iter().unzip();
    Ok([median(&times)].into_iter().chain(lost.into_iter().flatten().reduce(f64::max)).collect())
}

/// Reads, adds and writes in one step.
fn increment(counter: &AtomicU64) {
    counter.fetch_add(1, Relaxed);
}

/// Lets all threads, told their number, do the same so many times, and tells how many nanoseconds each time took.
fn all(step: &(dyn Fn(usize) + Sync)) -> Result<f64> {
    let both = Barrier::new(THREADS);
    let thread = |number: usize| {
        both.wait();
        let from = Instant::now();
        (0..TIMES).for_each(|_| step(number));
        from.elapsed().as_nanos() as f64 / TIMES as f64
    };
    scope(|s| {
        // This one is one of the two: who waits for the other must not wait for one that never began.
        let other = start(s, || thread(1))?;
        Ok(thread(0).max(other.join().unwrap_or(0.0)))
    })
}
