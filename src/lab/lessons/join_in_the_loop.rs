//! Waiting for each thread before starting the next makes threads sequential.

use std::thread::{JoinHandle, sleep, spawn};
use std::time::Duration;

use anyhow::{Result, anyhow};

use super::{About, Expectation, Lab, Lesson, Measured, Theory};

/// The lesson.
pub struct JoinInTheLoop;

const THREADS: u32 = 8;
const WAIT_MS: u64 = 20;

const CALLED: &str = "work done before its thread";
const JOINED: &str = "start, wait, start, wait";
const TOGETHER: &str = "start all, then wait";

impl Lesson for JoinInTheLoop {
    fn about(&self) -> About {
        About {
            name: "join-in-the-loop",
            claim: "Waiting for each thread before starting the next makes threads sequential.",
            drawing: "
  start A ─ wait for A ─ start B ─ wait for B        sum of the parts

  start A ─ start B ─ wait for A ─ wait for B        the longest part
      └──── A ────────┘
              └──── B ──────────────┘",
            explanation: include_str!("join-in-the-loop.md"),
            next: "framerace compare synthetic:64x48@0x60 -f delay=20 -s threads -w 8",
            on_frames: false,
        }
    }

    fn measure(&self, lab: &Lab<'_>) -> Result<Measured> {
        lab.rounds(
            format!("{THREADS} threads, each of which waits {WAIT_MS} ms"),
            &[
                &|notes| {
                    notes.time(CALLED, || {
                        // The work is done here; its thread has nothing left to do but to hand out the result.
                        let threads: Vec<_> = (0..THREADS).map(|_| work()).map(|done| spawn(move || done)).collect();
                        threads.into_iter().try_for_each(join)
                    })
                },
                &|notes| notes.time(JOINED, || (0..THREADS).try_for_each(|_| join(spawn(work)))),
                &|notes| {
                    notes.time(TOGETHER, || {
                        let threads: Vec<_> = (0..THREADS).map(|_| spawn(work)).collect();
                        threads.into_iter().try_for_each(join)
                    })
                },
            ],
        )
    }

    fn predict(&self, measured: &Measured) -> Theory {
        let (sum, longest) = ((u64::from(THREADS) * WAIT_MS) as f64, WAIT_MS as f64);
        Theory {
            law: "sum of the parts, or the longest of them",
            formula: "T = t1 + t2 + …, or T = max(t1, t2, …)",
            predicted: vec![
                measured.always(CALLED, sum),
                measured.always(JOINED, sum),
                measured.always(TOGETHER, longest),
            ],
        }
    }

    fn checks(&self, measured: &Measured) -> Vec<Expectation> {
        let [called, joined, together] = [CALLED, JOINED, TOGETHER].map(|name| measured.samples(name));
        let sum = vec![(u64::from(THREADS) * WAIT_MS) as f64; measured.rounds];
        vec![
            Expectation::ratio("waiting in the loop ÷ sum of the parts", joined, &sum)
                .at_least(0.95)
                .at_most(1.5)
                .or("waiting in the loop did not take the sum of the parts"),
            Expectation::ratio("waiting in the loop ÷ waiting after it", joined, together)
                .at_least(f64::from(THREADS) / 2.0)
                .or("waiting after the loop was hardly faster"),
            Expectation::ratio("work before its thread ÷ waiting in the loop", called, joined)
                .about(1.0, 0.2)
                .or("work that was done before its thread was made took another time"),
        ]
    }

    #[cfg(test)]
    fn made_up(&self) -> (Measured, Measured) {
        let figures = |together: f64| [(CALLED, 161.5), (JOINED, 162.5), (TOGETHER, together)];
        (Measured::made_up(2.0, &figures(20.7)), Measured::made_up(2.0, &figures(160.5)))
    }
}

/// What each thread is for.
fn work() {
    sleep(Duration::from_millis(WAIT_MS));
}

fn join(thread: JoinHandle<()>) -> Result<()> {
    thread.join().map_err(|_| anyhow!("a thread that only waits failed"))
}
