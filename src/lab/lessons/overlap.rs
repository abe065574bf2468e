//! Work that waits overlaps on threads, even on one core: N waits take as long as one.

use super::experiment::{Arm, Experiment, wall_ms};
use super::judgment::Expectation;
use super::lesson::About;
use super::measured::Measured;
use super::scene::{Scene, SceneStep, Setting};
use super::words::and;
use crate::lab::report::counted;

/// The lesson.
pub const OVERLAP: Experiment = Experiment {
    about: About {
        name: "overlap",
        claim: "Waits overlap on threads, even on one core: N of them together take as long as one.",
        drawing: "
       ┌▶ worker: wait ─┐
  capture ─┼▶ worker: wait ─┼▶ deliver      all of it on one core
       └▶ worker: wait ─┘",
        explanation: include_str!("overlap.md"),
        next: "framerace compare synthetic:320x240@0x200 -f delay=20 --sweep workers=1..8",
        on_frames: true,
    },
    title: |_| format!("{FRAMES} frames that wait {WAIT_MS} ms each, with {} workers, all on one core", and(&WORKERS)),
    arms,
    law: "waits overlap",
    formula: "T = frames ÷ workers × wait",
    checks,
    scene: Some(&SCENE),
    #[cfg(test)]
    made_up: super::experiment::MadeUp { cores: 1.0, holds: &[321.5, 81.5, 21.5], fails: &[321.5, 81.5, 319.5] },
};

const FRAMES: usize = 16;
const WAIT_MS: usize = 20;
const WORKERS: [usize; 3] = [1, 4, FRAMES];

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

fn arms(_: f64) -> Vec<Arm> {
    let arm = |count: usize| {
        Arm::new("threads", format!("delay={WAIT_MS}"), FRAMES as u64)
            .workers(count)
            .on_one_core(true)
            .figure(counted(count, "worker"), "ms", wall_ms)
            .predicted((FRAMES.div_ceil(count) * WAIT_MS) as f64)
    };
    WORKERS.map(arm).into()
}

fn checks(measured: &Measured) -> Vec<Expectation> {
    let [one, _, all] = WORKERS.map(|count| measured.samples(&counted(count, "worker")));
    let wait = vec![WAIT_MS as f64; measured.rounds];
    vec![
        Expectation::ratio(&format!("{FRAMES} waits by {FRAMES} workers ÷ one wait"), all, &wait)
            .at_most(2.0)
            .or("waits did not overlap"),
        Expectation::ratio(&format!("{FRAMES} waits by 1 worker ÷ by {FRAMES}"), one, all)
            .at_least(FRAMES as f64 / 2.0)
            .or("one worker alone did not take much longer"),
    ]
}
