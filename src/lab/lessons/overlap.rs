//! Work that waits overlaps on threads, even on one core: N waits take as long as one.

use anyhow::Result;

use super::text::and;
use super::{About, Check, Lab, Lesson, Measured, Notes, OneCore, Scene, SceneStep, Setting, Theory};
use crate::pipeline::Settings;

/// The lesson.
pub struct Overlap;

const FRAMES: usize = 16;
const WAIT_MS: usize = 20;
const WORKERS: [usize; 3] = [1, 4, FRAMES];

/// To be watched.
const SCENE: Scene = Scene {
    size: (320, 240),
    camera: None,
    chain: "grayscale,delay=40",
    steps: &[
        SceneStep { caption: "One worker waits 40 ms for each frame.", settings: &[] },
        SceneStep {
            caption: "Four workers wait at the same time; no core has more to do than before.",
            settings: &[Setting::Workers(4)],
        },
        SceneStep { caption: "Sixteen workers: sixteen waits in the time of one.", settings: &[Setting::Workers(16)] },
        SceneStep {
            caption: "One thread alone: the waits stand in line again.",
            settings: &[Setting::Strategy("sequential")],
        },
    ],
};

impl Lesson for Overlap {
    fn about(&self) -> About {
        About {
            name: "overlap",
            claim: "Waits overlap on threads, even on one core: N of them together take as long as one.",
            drawing: "
           ┌▶ worker: wait ─┐
  capture ─┼▶ worker: wait ─┼▶ deliver      all of it on one core
           └▶ worker: wait ─┘",
            explanation: include_str!("overlap.md"),
            next: "framerace compare synthetic:320x240@0x200 -f delay=20 --sweep workers=1..8",
            on_frames: true,
        }
    }

    fn measure(&self, lab: &Lab<'_>) -> Result<Measured> {
        let total = |workers: usize| {
            move |notes: &mut Notes| {
                let _here = OneCore::stay()?;
                let settings = Settings { workers, ..lab.settings(FRAMES as u64) };
                notes.add(
                    &name(workers),
                    "ms",
                    lab.run("threads", &format!("delay={WAIT_MS}"), &settings)?.wall_s * 1e3,
                );
                Ok(())
            }
        };
        lab.rounds(
            format!("{FRAMES} frames that wait {WAIT_MS} ms each, with {} workers, all on one core", and(&WORKERS)),
            &[&total(WORKERS[0]), &total(WORKERS[1]), &total(WORKERS[2])],
        )
    }

    fn predict(&self, measured: &Measured) -> Theory {
        let total = |workers: usize| measured.always(&name(workers), (FRAMES.div_ceil(workers) * WAIT_MS) as f64);
        Theory { law: "waits overlap", formula: "T = frames ÷ workers × wait", predicted: WORKERS.map(total).into() }
    }

    fn checks(&self, measured: &Measured) -> Vec<Check> {
        let [one, _, all] = WORKERS.map(|workers| measured.samples(&name(workers)));
        let wait = vec![WAIT_MS as f64; measured.rounds];
        vec![
            Check::ratio(&format!("{FRAMES} waits by {FRAMES} workers ÷ one wait"), all, &wait)
                .at_most(2.0)
                .or("waits did not overlap"),
            Check::ratio(&format!("{FRAMES} waits by 1 worker ÷ by {FRAMES}"), one, all)
                .at_least(FRAMES as f64 / 2.0)
                .or("one worker alone did not take much longer"),
        ]
    }

    fn scene(&self) -> Option<&'static Scene> {
        Some(&SCENE)
    }

    #[cfg(test)]
    fn made_up(&self) -> (Measured, Measured) {
        let figures = |all: f64| [("1 worker", 321.5), ("4 workers", 81.5), ("16 workers", all)];
        (Measured::made_up(1.0, &figures(21.5)), Measured::made_up(1.0, &figures(319.5)))
    }
}

fn name(workers: usize) -> String {
    if workers == 1 { "1 worker".into() } else { format!("{workers} workers") }
}
