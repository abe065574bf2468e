//! The slowest stage sets the pace; speeding up another changes nothing, and speeding it up makes another the slowest.

use super::experiment::{Arm, Experiment, ms_a_frame};
use super::judgment::Expectation;
use super::lesson::About;
use super::measured::Measured;
use super::scene::{Scene, SceneStep, Setting};
use super::words::and;

/// The lesson.
pub const BOTTLENECK: Experiment = Experiment {
    about: About {
        name: "bottleneck",
        claim: "The slowest stage sets the pace: only speeding up that one helps, until another is the slowest.",
        drawing: "
  capture ─▶ stage 1 ─▶ stage 2 ─▶ stage 3 ─▶ deliver   a thread each",
        explanation: include_str!("bottleneck.md"),
        next: "framerace run synthetic:320x240@0x400 -s stages -f delay=4,delay=8 --prove",
        on_frames: true,
    },
    title: |_| {
        let [as_it_is, other, slowest] = CASES.map(|(_, ms)| and(&ms));
        format!("{FRAMES} frames through three stages that take {as_it_is} ms, then {other} and {slowest} ms")
    },
    arms,
    law: "max of stages",
    formula: "t = max(t1, t2, t3)",
    checks,
    scene: Some(&SCENE),
    #[cfg(test)]
    made_up: super::experiment::MadeUp { cores: 2.0, holds: &[8.1, 8.15, 5.1], fails: &[8.1, 6.1, 8.05] },
};

const FRAMES: u64 = 40;

/// What the three stages take, in milliseconds, and what that is called.
const CASES: [(&str, [u64; 3]); 3] =
    [("as it is", [4, 8, 5]), ("first twice as fast", [2, 8, 5]), ("slowest four times as fast", [4, 2, 5])];

const SCENE: Scene = Scene {
    size: (320, 240),
    camera: None,
    chain: "delay=4,delay=12,delay=6",
    steps: &[
        SceneStep {
            caption: "Three filters take 4, 12 and 6 ms, a thread each: delay-2 is the slowest.",
            settings: &[Setting::Strategy("stages")],
        },
        SceneStep {
            caption: "delay, which is not the slowest, takes twice as long: that changes nothing.",
            settings: &[Setting::Slowed("delay", 100.0)],
        },
        SceneStep {
            caption: "delay-2, the slowest, takes twice as long: everybody goes at its pace.",
            settings: &[Setting::Slowed("delay-2", 100.0)],
        },
        SceneStep {
            caption: "It is as quick as before, but delay-3 takes three times as long: the bottleneck has moved.",
            settings: &[Setting::Slowed("delay-2", 0.0), Setting::Slowed("delay-3", 200.0)],
        },
    ],
};

fn arms(_: f64) -> Vec<Arm> {
    let arm = |(name, [first, second, third]): (&str, [u64; 3])| {
        Arm::new("stages", format!("delay={first},delay={second},delay={third}"), FRAMES)
            .figure(name, "ms a frame", ms_a_frame)
            .predicted(first.max(second).max(third) as f64)
    };
    CASES.map(arm).into()
}

fn checks(measured: &Measured) -> Vec<Expectation> {
    let [as_it_is, other, slowest] = CASES.map(|(name, _)| measured.samples(name));
    let third = vec![CASES[2].1[2] as f64; measured.rounds];
    vec![
        Expectation::ratio("first twice as fast ÷ as it is", other, as_it_is)
            .about(1.0, 0.1)
            .or("a stage that is not the slowest made a difference"),
        Expectation::ratio("slowest four times as fast ÷ as it is", slowest, as_it_is)
            .at_most(0.8)
            .or("speeding up the slowest stage did not help"),
        Expectation::ratio("the same ÷ stage 3, now the slowest", slowest, &third)
            .about(1.0, 0.15)
            .or("the pace is not that of the stage that is the slowest now"),
    ]
}
