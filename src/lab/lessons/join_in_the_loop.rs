//! Waiting for each thread before starting the next makes threads sequential.

use std::thread::{Builder, JoinHandle, sleep};
use std::time::Duration;

use anyhow::{Result, anyhow};

use super::{Arm, Expectation, Lesson, Measured, Words, read, timed_ms};

pub static JOIN_IN_THE_LOOP: Lesson = Lesson {
    about: Words::new(|| read(include_str!("join-in-the-loop.md"))),
    title: |_, _| format!("{THREADS} threads, each of which waits {WAIT_MS} ms"),
    arms,
    checks,
};

const THREADS: u32 = 8;
const WAIT_MS: u32 = 20;

const CALLED: &str = "work done before its thread";
const JOINED: &str = "start, wait, start, wait";
const TOGETHER: &str = "start all, then wait";

fn arms(_: f64) -> Vec<Arm> {
    let arm = |name, work: fn() -> Result<()>| Arm::other(move |_| timed_ms(work)).value(name, "ms");
    let called = || {
        // The work is done here; its thread has nothing left to do but to hand out the result.
        let threads: Vec<_> = (0..THREADS).map(|_| work()).map(|done| start(move || done)).collect::<Result<_>>()?;
        threads.into_iter().try_for_each(join)
    };
    let together = || {
        let threads: Vec<_> = (0..THREADS).map(|_| start(work)).collect::<Result<_>>()?;
        threads.into_iter().try_for_each(join)
    };
    let (sum, longest) = (f64::from(THREADS * WAIT_MS), f64::from(WAIT_MS));
    vec![
        arm(CALLED, called).predicted(sum),
        arm(JOINED, || (0..THREADS).try_for_each(|_| join(start(work)?))).predicted(sum),
        arm(TOGETHER, together).predicted(longest),
    ]
}

fn checks(measured: &Measured) -> Vec<Expectation> {
    let sum = f64::from(THREADS * WAIT_MS);
    vec![
        Expectation::ratio_to(measured, "waiting in the loop ÷ sum of the parts", JOINED, sum)
            .within(0.95..=1.5, "waiting in the loop did not take the sum of the parts"),
        Expectation::ratio(measured, "waiting in the loop ÷ waiting after it", JOINED, TOGETHER)
            .at_least(f64::from(THREADS) / 2.0, "waiting after the loop was hardly faster"),
        Expectation::ratio(measured, "work before its thread ÷ waiting in the loop", CALLED, JOINED)
            .about_one(0.2, "work that was done before its thread was made took another time"),
    ]
}

/// What each thread is for.
fn work() {
    sleep(Duration::from_millis(WAIT_MS.into()));
}

fn start(work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    Ok(Builder::new().spawn(work)?)
}

fn join(thread: JoinHandle<()>) -> Result<()> {
    thread.join().map_err(|_| anyhow!("a thread that only waits failed"))
}
