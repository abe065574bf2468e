//! A stage a thread against a frame a worker: the same if the stages are balanced, and only then.

use anyhow::Result;

use super::text::and;
use super::{About, Check, Lab, Lesson, Measured, Notes, Scene, SceneStep, Setting, Theory};
use crate::pipeline::Settings;

/// The lesson.
pub struct StagesOrWorkers;

const FRAMES: u64 = 40;
const THREADS: usize = 2;

/// What the two stages take, in milliseconds, and what that is called.
const BALANCED: (&str, [u64; 2]) = ("balanced", [4, 4]);
const UNBALANCED: (&str, [u64; 2]) = ("unbalanced", [1, 7]);

/// To be watched.
const SCENE: Scene = Scene {
    size: (320, 240),
    camera: None,
    chain: "delay=10,delay=10",
    steps: &[
        SceneStep {
            caption: "Two filters of 10 ms each, and a thread for each of them: stages.",
            settings: &[Setting::Strategy("stages")],
        },
        SceneStep {
            caption: "Two workers that do both filters, each on a frame of its own: equally fast.",
            settings: &[Setting::Strategy("threads"), Setting::Workers(2)],
        },
        SceneStep {
            caption: "The second filter takes 20 ms. Workers share that evenly.",
            settings: &[Setting::Slowed("delay-2", 100.0)],
        },
        SceneStep {
            caption: "Stages cannot: the slowest sets the pace, and the other waits for it.",
            settings: &[Setting::Strategy("stages")],
        },
    ],
};

impl Lesson for StagesOrWorkers {
    fn about(&self) -> About {
        About {
            name: "stages-or-workers",
            claim: "A thread a stage is as fast as a thread a frame if all stages take equally long, and only then.",
            drawing: "
  stages:   capture ─▶ A ─▶ B ─▶ deliver      each frame passes both

  workers:  capture ─┬▶ A, B ─┬▶ deliver      each frame has one
                     └▶ A, B ─┘",
            explanation: include_str!("stages-or-workers.md"),
            next: "framerace compare synthetic:640x480@0x200 -s stages,threads",
            on_frames: true,
        }
    }

    fn measure(&self, lab: &Lab<'_>) -> Result<Measured> {
        let case = |(name, [a, b]): (&'static str, [u64; 2]), strategy: &'static str| {
            move |notes: &mut Notes| {
                let settings = Settings { workers: THREADS, ..lab.settings(FRAMES) };
                let run = lab.run(strategy, &format!("delay={a},delay={b}"), &settings)?;
                notes.add(&called(name, strategy), "ms a frame", 1e3 / run.fps());
                Ok(())
            }
        };
        let (balanced, unbalanced) = (and(&BALANCED.1), and(&UNBALANCED.1));
        lab.rounds(
            format!(
                "{FRAMES} frames through filters that take {balanced} ms, or {unbalanced} ms, by {THREADS} threads"
            ),
            &[
                &case(BALANCED, "stages"),
                &case(BALANCED, "threads"),
                &case(UNBALANCED, "stages"),
                &case(UNBALANCED, "threads"),
            ],
        )
    }

    fn predict(&self, measured: &Measured) -> Theory {
        let both = |(name, ms): (&str, [u64; 2])| {
            let (slowest, sum) = (ms[0].max(ms[1]) as f64, (ms[0] + ms[1]) as f64);
            [
                measured.always(&called(name, "stages"), slowest),
                measured.always(&called(name, "threads"), sum / THREADS as f64),
            ]
        };
        Theory {
            law: "max of stages, or sum of stages shared",
            formula: "t = max(tA, tB) with stages, (tA + tB) ÷ workers with workers",
            predicted: [BALANCED, UNBALANCED].into_iter().flat_map(both).collect(),
        }
    }

    fn checks(&self, measured: &Measured) -> Vec<Check> {
        let samples = |case: (&str, [u64; 2]), strategy| measured.samples(&called(case.0, strategy));
        let by_law = UNBALANCED.1[1] as f64 * THREADS as f64 / (UNBALANCED.1[0] + UNBALANCED.1[1]) as f64;
        vec![
            Check::ratio("balanced: stages ÷ workers", samples(BALANCED, "stages"), samples(BALANCED, "threads"))
                .about(1.0, 0.12)
                .or("balanced stages and workers are not equally fast"),
            Check::ratio("unbalanced: stages ÷ workers", samples(UNBALANCED, "stages"), samples(UNBALANCED, "threads"))
                .about(by_law, 0.15)
                .or("unbalanced stages do not lose what the law says"),
        ]
    }

    fn scene(&self) -> Option<&'static Scene> {
        Some(&SCENE)
    }

    #[cfg(test)]
    fn made_up(&self) -> (Measured, Measured) {
        let made_up = |unbalanced: f64| {
            let names =
                [BALANCED, UNBALANCED].map(|case| ["stages", "threads"].map(|strategy| called(case.0, strategy)));
            let values = [4.1, 4.15, unbalanced, 4.12];
            let figures: Vec<_> = names.as_flattened().iter().map(String::as_str).zip(values).collect();
            Measured::made_up(2.0, &figures)
        };
        (made_up(7.1), made_up(4.11))
    }
}

fn called(case: &str, strategy: &str) -> String {
    let strategy = if strategy == "threads" { "workers" } else { strategy };
    format!("{case}, {strategy}")
}
