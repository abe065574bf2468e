//! One after the other: the whole takes the sum of its parts.

use super::experiment::{Arm, Experiment, wall_ms};
use super::judgment::Expectation;
use super::lesson::{About, Lesson};
use super::measured::Measured;
use super::scene::{Scene, SceneStep, Setting};

/// The lesson.
pub const SEQUENTIAL: Experiment = Experiment {
    about: About {
        name: "sequential",
        claim: "One after the other, the whole takes the sum of its parts, and while one part waits the core idles.",
        drawing: "
  capture ─▶ wait ─▶ compute ─▶ deliver   one thread, frame by frame",
        explanation: include_str!("sequential.md"),
        next: "framerace compare synthetic:320x240@0x100 -f delay=4,spin=4 -s stages",
        on_frames: true,
    },
    title: |_| format!("{FRAMES} frames that wait {MS} ms each, compute {MS} ms each, or do both, by one thread"),
    arms,
    law: "sum of stages",
    formula: "T = T1 + T2; the core is in use for T2 ÷ (T1 + T2)",
    checks,
    scene: Some(&SCENE),
    #[cfg(test)]
    made_up: super::experiment::MadeUp {
        cores: 2.0,
        holds: &[120.5, 121.5, 242.5, 0.51],
        fails: &[120.5, 121.5, 125.5, 0.51],
    },
};

const FRAMES: u64 = 30;
const MS: u64 = 4;

const WAITING: &str = "waiting alone";
const COMPUTING: &str = "computing alone";
const BOTH: &str = "waiting, then computing";
const IN_USE: &str = "a core was in use";

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

fn arms(_: f64) -> Vec<Arm> {
    let arm = |chain: String| Arm::new("sequential", chain, FRAMES).workers(1);
    let parts = [WAITING, COMPUTING];
    vec![
        arm(format!("delay={MS}")).figure(WAITING, "ms", wall_ms),
        arm(format!("spin={MS}")).figure(COMPUTING, "ms", wall_ms),
        arm(format!("delay={MS},spin={MS}"))
            .figure(BOTH, "ms", wall_ms)
            .predicted_from(parts, |[wait, compute]| wait + compute)
            .figure(IN_USE, "of the time", |run| run.cpu_s / run.wall_s)
            .predicted_from(parts, |[wait, compute]| compute / (wait + compute)),
    ]
}

fn checks(measured: &Measured) -> Vec<Expectation> {
    let predicted = SEQUENTIAL.predict(measured).predicted;
    let whole = Expectation::ratio("both ÷ sum of the parts", measured.samples(BOTH), &predicted[0].samples);
    let in_use = Expectation::value("share of the time a core was in use", measured.samples(IN_USE));
    vec![
        whole.about(1.0, 0.1).or("the whole does not take the sum of its parts"),
        in_use.at_most(0.75).or("something computed while the thread waited"),
    ]
}
