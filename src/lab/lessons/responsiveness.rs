//! An event loop of 60 Hz, with the work in line or on a thread of its own: how late is an event at worst?

use std::sync::mpsc::channel;
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

use super::{About, Expectation, Lab, Lesson, Measured, Notes, Theory};

/// The lesson.
pub struct Responsiveness;

const RATE: f64 = 60.0;
const EVENTS: u32 = 45;
/// An event in so many brings a frame to be worked on.
const WORK_EVERY: u32 = 9;
const WORK_MS: f64 = 50.0;

const IN_LINE: &str = "work in line";
const OWN_THREAD: &str = "work on its own thread";

impl Lesson for Responsiveness {
    fn about(&self) -> About {
        About {
            name: "responsiveness",
            claim: "An event loop that works in line is late by the work; with the work on its own thread it is not.",
            drawing: "
  in line:     event event WORK───────── event event      late
  own thread:  event event event event event event        in time
                           └▶ WORK─────────",
            explanation: include_str!("responsiveness.md"),
            next: "framerace run synthetic:320x240@60x120 -f spin=50",
            on_frames: true,
        }
    }

    fn measure(&self, lab: &Lab<'_>) -> Result<Measured> {
        let chain = format!("spin={WORK_MS}");
        let work = || lab.run("sequential", &chain, &lab.settings(1)).map(drop);
        let in_line = |notes: &mut Notes| {
            notes.add(IN_LINE, "ms late at worst", event_loop(work)?.as_secs_f64() * 1e3);
            Ok(())
        };
        let own_thread = |notes: &mut Notes| {
            let (order, orders) = channel();
            let worst = scope(|s| {
                let events = s.spawn(move || event_loop(|| Ok(order.send(())?)));
                orders.into_iter().try_for_each(|()| work())?;
                events.join().map_err(|_| anyhow!("the event loop failed"))?
            })?;
            notes.add(OWN_THREAD, "ms late at worst", worst.as_secs_f64() * 1e3);
            Ok(())
        };
        lab.rounds(
            format!("{EVENTS} events at {RATE} Hz; each {WORK_EVERY}th brings a frame that computes {WORK_MS} ms"),
            &[&in_line, &own_thread],
        )
    }

    fn predict(&self, measured: &Measured) -> Theory {
        Theory {
            law: "one thing at a time",
            formula: "worst = work − time between events in line, 0 on its own thread",
            predicted: vec![measured.always(IN_LINE, WORK_MS - 1e3 / RATE), measured.always(OWN_THREAD, 0.0)],
        }
    }

    fn checks(&self, measured: &Measured) -> Vec<Expectation> {
        let predicted = self.predict(measured).predicted;
        let (in_line, own) = (measured.samples(IN_LINE), measured.samples(OWN_THREAD));
        vec![
            Expectation::ratio("in line ÷ predicted", in_line, &predicted[0].samples)
                .at_least(0.9)
                .or("work in line did not hold up the events"),
            Expectation::ratio("own thread ÷ in line", own, in_line)
                .at_most(0.5)
                .or("work on its own thread held up the events, too"),
        ]
    }

    #[cfg(test)]
    fn made_up(&self) -> (Measured, Measured) {
        let figures = |own: f64| [(IN_LINE, 34.5), (OWN_THREAD, own)];
        (Measured::made_up(2.0, &figures(0.3)), Measured::made_up(2.0, &figures(33.5)))
    }
}

/// Waits for one event after the other, calls `work` for some of them, and tells how late an event was at worst.
fn event_loop(mut work: impl FnMut() -> Result<()>) -> Result<Duration> {
    let (begin, mut worst) = (Instant::now(), Duration::ZERO);
    for event in 1..=EVENTS {
        let due = begin + Duration::from_secs_f64(f64::from(event) / RATE);
        sleep(due.saturating_duration_since(Instant::now()));
        worst = worst.max(due.elapsed());
        if event % WORK_EVERY == 0 {
            work()?;
        }
    }
    Ok(worst)
}
