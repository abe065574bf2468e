//! An event loop of 60 Hz, with the work in line or on a thread of its own: how late is an event at worst?

use std::sync::mpsc::channel;
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

use super::{Arm, Expectation, Lab, Lesson, Measured, Pipeline, Words, read};
use crate::host::shortage::start;

pub static RESPONSIVENESS: Lesson = Lesson {
    about: Words::new(|| read(include_str!("responsiveness.md"))),
    title: |_, _| {
        format!("{EVENTS} events at {RATE} Hz; each {WORK_EVERY}th brings a frame that computes {WORK_MS} ms")
    },
    arms: |_| {
        vec![
            Arm::other(in_line).value(IN_LINE, "ms late at worst").predicted(LATE_MS),
            Arm::other(own_thread).value(OWN_THREAD, "ms late at worst").predicted(0.0),
        ]
    },
    checks,
};

const RATE: f64 = 60.0;
const EVENTS: u32 = 45;
/// An event in so many brings a frame to be worked on.
const WORK_EVERY: u32 = 9;
const WORK_MS: f64 = 50.0;
/// How late an event is that waits for the work.
const LATE_MS: f64 = WORK_MS - 1e3 / RATE;

const IN_LINE: &str = "work in line";
const OWN_THREAD: &str = "work on its own thread";

fn in_line(lab: &Lab<'_>) -> Result<Vec<f64>> {
    event_loop(|| work(lab))
}

fn own_thread(lab: &Lab<'_>) -> Result<Vec<f64>> {
    let (order, orders) = channel();
    scope(|s| {
        let events = start(s, move || event_loop(|| Ok(order.send(())?)))?;
        orders.into_iter().try_for_each(|()| work(lab))?;
        events.join().map_err(|_| anyhow!("the event loop failed"))?
    })
}

fn work(lab: &Lab<'_>) -> Result<()> {
    Pipeline::new("sequential", format!("spin={WORK_MS}"), 1).run(lab).map(drop)
}

fn checks(measured: &Measured) -> Vec<Expectation> {
    vec![
        Expectation::ratio_to(measured, "in line ÷ predicted", IN_LINE, LATE_MS)
            .at_least(0.9, "work in line did not hold up the events"),
        Expectation::ratio(measured, "own thread ÷ in line", OWN_THREAD, IN_LINE)
            .at_most(0.5, "work on its own thread held up the events, too"),
    ]
}

/// Waits for one event after the other, calls `work` for some of them, and tells how many milliseconds an event was late
/// at worst.
fn event_loop(mut work: impl FnMut() -> Result<()>) -> Result<Vec<f64>> {
    let (begin, mut worst) = (Instant::now(), Duration::ZERO);
    for event in 1..=EVENTS {
        let due = begin + Duration::from_secs_f64(f64::from(event) / RATE);
        sleep(due.saturating_duration_since(Instant::now()));
        worst = worst.max(due.elapsed());
        if event % WORK_EVERY == 0 {
            work()?;
        }
    }
    Ok(vec![worst.as_secs_f64() * 1e3])
}
