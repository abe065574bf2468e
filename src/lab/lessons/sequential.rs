//! One after the other: the whole takes the sum of its parts.

use anyhow::Result;

use super::{About, Check, Lab, Lesson, Measured, Notes, Scene, SceneStep, Setting, Theory};
use crate::pipeline::Settings;

/// The lesson.
pub struct Sequential;

const FRAMES: u64 = 30;
const MS: u64 = 4;

const WAITING: &str = "waiting alone";
const COMPUTING: &str = "computing alone";
const BOTH: &str = "waiting, then computing";
const IN_USE: &str = "a core was in use";

/// To be watched.
const SCENE: Scene = Scene {
    size: (320, 240),
    camera: None,
    chain: "grayscale,delay=8,spin=4",
    steps: &[
        SceneStep {
            caption: "One thread waits 8 ms for each frame, then computes for 4 ms: the whole takes the sum.",
            settings: &[Setting::Strategy("sequential")],
        },
        SceneStep {
            caption: "The wait takes twice as long, and the sum grows by just that.",
            settings: &[Setting::Slowed("delay", 100.0)],
        },
        SceneStep {
            caption: "The computation takes twice as long, too: that adds to the sum as well.",
            settings: &[Setting::Slowed("spin", 100.0)],
        },
        SceneStep {
            caption: "A thread for each filter: now it is not the sum that counts, but the slowest.",
            settings: &[Setting::Strategy("stages")],
        },
    ],
};

impl Lesson for Sequential {
    fn about(&self) -> About {
        About {
            name: "sequential",
            claim: "One after the other, the whole takes the sum of its parts, and while one part waits the core idles.",
            drawing: "
  capture ─▶ wait ─▶ compute ─▶ deliver   one thread, frame by frame",
            explanation: include_str!("sequential.md"),
            next: "framerace compare synthetic:320x240@0x100 -f delay=4,spin=4 -s stages",
            on_frames: true,
        }
    }

    fn measure(&self, lab: &Lab<'_>) -> Result<Measured> {
        let settings = Settings { workers: 1, ..lab.settings(FRAMES) };
        let run = |chain: &str| lab.run("sequential", chain, &settings);
        let total = |name: &'static str, filter: &'static str| {
            move |notes: &mut Notes| {
                notes.add(name, "ms", run(&format!("{filter}={MS}"))?.wall_s * 1e3);
                Ok(())
            }
        };
        lab.rounds(
            format!("{FRAMES} frames that wait {MS} ms each, compute {MS} ms each, or do both, by one thread"),
            &[&total(WAITING, "delay"), &total(COMPUTING, "spin"), &|notes| {
                let run = run(&format!("delay={MS},spin={MS}"))?;
                notes.add(BOTH, "ms", run.wall_s * 1e3);
                notes.add(IN_USE, "of the time", run.cpu_s / run.wall_s);
                Ok(())
            }],
        )
    }

    fn predict(&self, measured: &Measured) -> Theory {
        let parts = [WAITING, COMPUTING];
        Theory {
            law: "sum of stages",
            formula: "T = T1 + T2; the core is in use for T2 ÷ (T1 + T2)",
            predicted: vec![
                measured.from(BOTH, parts, |[wait, compute]| wait + compute),
                measured.from(IN_USE, parts, |[wait, compute]| compute / (wait + compute)),
            ],
        }
    }

    fn checks(&self, measured: &Measured) -> Vec<Check> {
        let predicted = self.predict(measured).predicted;
        let whole = Check::ratio("both ÷ sum of the parts", measured.samples(BOTH), &predicted[0].samples);
        let in_use = Check::value("share of the time a core was in use", measured.samples(IN_USE));
        vec![
            whole.about(1.0, 0.1).or("the whole does not take the sum of its parts"),
            in_use.at_most(0.75).or("something computed while the thread waited"),
        ]
    }

    fn scene(&self) -> Option<&'static Scene> {
        Some(&SCENE)
    }

    #[cfg(test)]
    fn made_up(&self) -> (Measured, Measured) {
        let figures = |both: f64| [(WAITING, 120.5), (COMPUTING, 121.5), (BOTH, both), (IN_USE, 0.51)];
        (Measured::made_up(2.0, &figures(242.5)), Measured::made_up(2.0, &figures(125.5)))
    }
}
