//! A part that cannot be shared caps the speed-up, however many workers there are.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use anyhow::Result;

use super::words::and;
use super::{About, Expectation, Lab, Lesson, Measured, Notes, Scene, SceneStep, Setting, Theory};
use crate::lab::report::counted;
use crate::lab::sweep::laws;

/// The lesson.
pub struct Amdahl;

const SERIAL_MS: u64 = 24;
const PIECES: u64 = 24;
const PIECE_MS: u64 = 4;
const WORKERS: [u64; 4] = [1, 2, 4, 8];
const SHARE: f64 = SERIAL_MS as f64 / (SERIAL_MS + PIECES * PIECE_MS) as f64;

const FITTED: &str = "serial share, by fit";

/// To be watched.
const SCENE: Scene = Scene {
    size: (320, 240),
    camera: None,
    chain: "grayscale,spin=3,delay=9",
    steps: &[
        SceneStep {
            caption: "Of 12 ms a frame only one worker at a time may do 3 (spin, under a lock); there is one worker.",
            settings: &[Setting::Strategy("global-lock")],
        },
        SceneStep {
            caption: "Two workers: while one holds the lock, the other may wait its 9 ms.",
            settings: &[Setting::Workers(2)],
        },
        SceneStep {
            caption: "Four workers, and the serial quarter of the work is done without a pause.",
            settings: &[Setting::Workers(4)],
        },
        SceneStep {
            caption: "Eight workers: a serial quarter allows four times the speed of one worker, and no more.",
            settings: &[Setting::Workers(8)],
        },
    ],
};

impl Lesson for Amdahl {
    fn about(&self) -> About {
        About {
            name: "amdahl",
            claim: "A serial share p caps the speed-up at 1 ÷ p, however many workers there are.",
            drawing: "
          ┌▶ pieces ─┐
  serial ─┼▶ pieces ─┼▶ done   the serial part has one worker, always
          └▶ pieces ─┘",
            explanation: include_str!("amdahl.md"),
            next: "framerace compare synthetic:640x480@0x300 --sweep workers=1,2,4,8",
            on_frames: false,
        }
    }

    fn measure(&self, lab: &Lab<'_>) -> Result<Measured> {
        let all = |notes: &mut Notes| {
            let mut points = Vec::new();
            for workers in WORKERS {
                let ms = work(workers).as_secs_f64() * 1e3;
                notes.add(&name(workers), "ms", ms);
                points.push((workers as f64, 1e3 / ms));
            }
            if let Some(law) = laws(&points).first() {
                notes.add(FITTED, "of the work", law.alpha);
            }
            Ok(())
        };
        lab.rounds(
            format!(
                "{SERIAL_MS} ms that one worker must do, then {PIECES} pieces of {PIECE_MS} ms by {} workers",
                and(&WORKERS)
            ),
            &[&all],
        )
    }

    fn predict(&self, measured: &Measured) -> Theory {
        let all = (SERIAL_MS + PIECES * PIECE_MS) as f64;
        let time = |workers: u64| measured.always(&name(workers), all * (SHARE + (1.0 - SHARE) / workers as f64));
        Theory {
            law: "Amdahl's law (1967)",
            formula: "T(N) = T(1) × (p + (1 − p) ÷ N); speed-up ≤ 1 ÷ p",
            predicted: WORKERS.map(time).into_iter().chain([measured.always(FITTED, SHARE)]).collect(),
        }
    }

    fn checks(&self, measured: &Measured) -> Vec<Expectation> {
        let predicted = self.predict(measured).predicted;
        let on_curve = |(workers, law): (u64, &super::Figure)| {
            Expectation::ratio(
                &format!("{workers} workers: measured ÷ law"),
                measured.samples(&name(workers)),
                &law.samples,
            )
            .about(1.0, 0.15)
            .or("the time is not on the curve of the law")
        };
        let [one, .., most] = WORKERS.map(|workers| measured.samples(&name(workers)));
        let speedup = Expectation::ratio(&format!("speed-up with {} workers", WORKERS[3]), one, most);
        let mut checks: Vec<_> = WORKERS.into_iter().zip(&predicted).skip(1).map(on_curve).collect();
        checks.push(speedup.at_most(1.0 / SHARE).or("it was faster than the serial share allows"));
        checks
    }

    fn scene(&self) -> Option<&'static Scene> {
        Some(&SCENE)
    }

    #[cfg(test)]
    fn made_up(&self) -> (Measured, Measured) {
        let made_up = |times: [f64; 4]| {
            let names = WORKERS.map(name);
            let figures = names.iter().map(String::as_str).zip(times).chain([(FITTED, SHARE)]);
            Measured::made_up(2.0, &figures.collect::<Vec<_>>())
        };
        (made_up([121.5, 73.2, 49.1, 37.2]), made_up([121.5, 60.7, 30.3, 15.2]))
    }
}

/// Does the serial part, then the pieces with so many workers, and tells how long that took.
fn work(workers: u64) -> Duration {
    let (from, next) = (Instant::now(), AtomicU64::new(0));
    sleep(Duration::from_millis(SERIAL_MS));
    scope(|s| {
        for _ in 0..workers {
            s.spawn(|| {
                while next.fetch_add(1, Relaxed) < PIECES {
                    sleep(Duration::from_millis(PIECE_MS));
                }
            });
        }
    });
    from.elapsed()
}

fn name(workers: u64) -> String {
    counted(workers, "worker")
}
