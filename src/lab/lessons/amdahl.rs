//! A part that cannot be shared caps the speed-up, however many workers there are.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::{Arm, Expectation, Lesson, Measured, Words, read};
use crate::host::shortage::start;
use crate::lab::report::{counted, listed};
use crate::lab::sweep::laws;

pub static AMDAHL: Lesson = Lesson {
    about: Words::new(|| read(include_str!("amdahl.md"))),
    title: |_, _| {
        let workers = listed(&WORKERS);
        format!("{SERIAL_MS} ms that one worker must do, then {PIECES} pieces of {PIECE_MS} ms by {workers} workers")
    },
    arms: |_| {
        let all = (SERIAL_MS + PIECES * PIECE_MS) as f64;
        let by = |arm: Arm, workers: u64| {
            arm.value(counted(workers, "worker"), "ms").predicted(all * (SHARE + (1.0 - SHARE) / workers as f64))
        };
        let times = WORKERS.into_iter().fold(Arm::other(|_| measure()), by);
        vec![times.value("serial share, by fit", "of the work").predicted(SHARE)]
    },
    checks,
};

const SERIAL_MS: u64 = 24;
const PIECES: u64 = 24;
const PIECE_MS: u64 = 4;
const WORKERS: [u64; 4] = [1, 2, 4, 8];
const SHARE: f64 = SERIAL_MS as f64 / (SERIAL_MS + PIECES * PIECE_MS) as f64;

/// The times in milliseconds, and the share that fits them.
fn measure() -> Result<Vec<f64>> {
    let times: Vec<f64> = WORKERS.into_iter().map(work).collect::<Result<_>>()?;
    let points: Vec<_> =
        WORKERS.into_iter().zip(times.iter()).map(|(workers, ms)| (workers as f64, 1e3 / ms)).collect();
    let laws = laws(&points);
    let fitted = laws.first().context("no law fits these times")?;
    Ok(times.into_iter().chain([fitted.alpha]).collect())
}

fn checks(measured: &Measured) -> Vec<Expectation> {
    let (others, most) = (&WORKERS[1..], WORKERS[3]);
    let [one, .., last] = WORKERS.map(|workers| counted(workers, "worker"));
    let on_curve = |workers: &u64| {
        let check =
            AMDAHL.by_law(measured, &format!("{workers} workers: measured ÷ law"), &counted(*workers, "worker"));
        check.about_one(0.15, "the time is not on the curve of the law")
    };
    let speedup = Expectation::ratio(measured, &format!("speed-up with {most} workers"), &one, &last);
    let speedup = speedup.at_most(1.0 / SHARE, "it was faster than the serial share allows");
    others.iter().map(on_curve).chain([speedup]).collect()
}

/// Does the serial part, then the pieces with so many workers, and tells how many milliseconds that took.
fn work(workers: u64) -> Result<f64> {
    let (from, next) = (Instant::now(), AtomicU64::new(0));
    sleep(Duration::from_millis(SERIAL_MS));
    scope(|s| {
        for _ in 0..workers {
            start(s, || {
                while next.fetch_add(1, Relaxed) < PIECES {
                    sleep(Duration::from_millis(PIECE_MS));
                }
            })?;
        }
        anyhow::Ok(())
    })?;
    Ok(from.elapsed().as_secs_f64() * 1e3)
}
