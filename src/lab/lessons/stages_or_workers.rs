//! A stage a thread against a frame a worker: the same if the stages are balanced, and only then.

use super::experiment::{Arm, Experiment, ms_a_frame};
use super::judgment::Expectation;
use super::lesson::About;
use super::measured::Measured;
use super::scene::{Scene, SceneStep, Setting};
use super::words::and;

/// The lesson.
pub const STAGES_OR_WORKERS: Experiment = Experiment {
    about: About {
        name: "stages-or-workers",
        claim: "A thread a stage is as fast as a thread a frame if all stages take equally long, and only then.",
        drawing: "
  stages:   capture ─▶ A ─▶ B ─▶ deliver      each frame passes both

  workers:  capture ─┬▶ A, B ─┬▶ deliver      each frame has one
                 └▶ A, B ─┘",
        explanation: include_str!("stages-or-workers.md"),
        next: "framerace compare synthetic:640x480@0x200 -s stages,threads",
        on_frames: true,
    },
    title: |_| {
        let (balanced, unbalanced) = (and(&BALANCED.1), and(&UNBALANCED.1));
        format!("{FRAMES} frames through filters that take {balanced} ms, or {unbalanced} ms, by {THREADS} threads")
    },
    arms,
    law: "max of stages, or sum of stages shared",
    formula: "t = max(tA, tB) with stages, (tA + tB) ÷ workers with workers",
    checks,
    scene: Some(&SCENE),
    #[cfg(test)]
    made_up: super::experiment::MadeUp { cores: 2.0, holds: &[4.1, 4.15, 7.1, 4.12], fails: &[4.1, 4.15, 4.11, 4.12] },
};

const FRAMES: u64 = 40;
const THREADS: usize = 2;

/// What the two stages take, in milliseconds, and what that is called.
const BALANCED: (&str, [u64; 2]) = ("balanced", [4, 4]);
const UNBALANCED: (&str, [u64; 2]) = ("unbalanced", [1, 7]);

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

fn arms(_: f64) -> Vec<Arm> {
    let both = |(case, [a, b]): (&str, [u64; 2])| {
        [("stages", a.max(b) as f64), ("threads", (a + b) as f64 / THREADS as f64)].map(|(strategy, predicted)| {
            Arm::new(strategy, format!("delay={a},delay={b}"), FRAMES)
                .workers(THREADS)
                .figure(called(case, strategy), "ms a frame", ms_a_frame)
                .predicted(predicted)
        })
    };
    [BALANCED, UNBALANCED].into_iter().flat_map(both).collect()
}

fn checks(measured: &Measured) -> Vec<Expectation> {
    let samples = |case: (&str, [u64; 2]), strategy| measured.samples(&called(case.0, strategy));
    let by_law = UNBALANCED.1[1] as f64 * THREADS as f64 / (UNBALANCED.1[0] + UNBALANCED.1[1]) as f64;
    vec![
        Expectation::ratio("balanced: stages ÷ workers", samples(BALANCED, "stages"), samples(BALANCED, "threads"))
            .about(1.0, 0.12)
            .or("balanced stages and workers are not equally fast"),
        Expectation::ratio(
            "unbalanced: stages ÷ workers",
            samples(UNBALANCED, "stages"),
            samples(UNBALANCED, "threads"),
        )
        .about(by_law, 0.15)
        .or("unbalanced stages do not lose what the law says"),
    ]
}

fn called(case: &str, strategy: &str) -> String {
    let strategy = if strategy == "threads" { "workers" } else { strategy };
    format!("{case}, {strategy}")
}
