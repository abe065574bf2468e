//! The threaded webcam that shows the newest frame again and again: the rate it claims against that of new frames.

use super::experiment::{Arm, Experiment};
use super::judgment::Expectation;
use super::lesson::About;
use super::measured::Measured;
use super::scene::{Scene, SceneStep, Setting};
use crate::metrics::Run;

/// The lesson.
pub const FAKE_FPS: Experiment = Experiment {
    about: About {
        name: "fake-fps",
        claim: "A loop that shows the newest frame again and again counts its turns, not the frames of the camera.",
        drawing: "
  camera ─▶ newest frame ◀─ loop: show, show, show, show, …
           1 2 3              1 1 1 1 1 2 2 2 2 2 3 3 …",
        explanation: include_str!("fake-fps.md"),
        next: "framerace run synthetic:320x240@30x90 -s latest -f delay=5",
        on_frames: false,
    },
    title: |_| format!("{FRAMES} made-up frames at {FPS} FPS, each of which waits {WAIT_MS} ms, by one worker"),
    arms,
    law: "what does not come cannot be shown",
    formula: "new FPS ≤ FPS of the camera",
    checks,
    scene: Some(&SCENE),
    #[cfg(test)]
    made_up: super::experiment::MadeUp { cores: 2.0, holds: &[790.5, 29.2, 29.4], fails: &[30.5, 29.2, 29.4] },
};

const FPS: f64 = 30.0;
const FRAMES: u64 = 30;
const WAIT_MS: u64 = 5;

const CLAIMED: &str = "newest again and again: claimed";
const NEW: &str = "newest again and again: new";
const HONEST: &str = "each frame once";

const SCENE: Scene = Scene {
    size: (320, 240),
    camera: Some(30.0),
    chain: "grayscale,delay=5",
    steps: &[
        SceneStep {
            caption: "A camera of 30 FPS, and a loop that shows the newest frame again and again: it counts its turns.",
            settings: &[Setting::Strategy("latest")],
        },
        SceneStep {
            caption: "Each frame takes 50 ms instead of 5: the loop turns as fast as ever, and shows fewer new frames.",
            settings: &[Setting::Slowed("delay", 900.0)],
        },
        SceneStep {
            caption: "Each frame at most once, by one worker: it does not claim what it does not do.",
            settings: &[Setting::Strategy("threads"), Setting::Queue(1), Setting::Overflow("drop-oldest")],
        },
        SceneStep { caption: "Two workers keep up with the camera.", settings: &[Setting::Workers(2)] },
    ],
};

fn arms(_: f64) -> Vec<Arm> {
    let arm = |strategy| Arm::new(strategy, format!("delay={WAIT_MS}"), FRAMES).workers(1).camera(FPS);
    let new = |run: &Run| run.ledger.new_frames() as f64 / run.wall_s;
    vec![
        arm("latest")
            .figure(CLAIMED, "FPS", |run| run.ledger.delivered as f64 / run.wall_s)
            .figure(NEW, "FPS", new)
            .predicted(FPS),
        arm("threads").figure(HONEST, "FPS", new).predicted(FPS),
    ]
}

fn checks(measured: &Measured) -> Vec<Expectation> {
    let [claimed, new, honest] = [CLAIMED, NEW, HONEST].map(|name| measured.samples(name));
    let camera = vec![FPS; measured.rounds];
    vec![
        Expectation::ratio("claimed ÷ camera", claimed, &camera).at_least(3.0).or("the loop hardly repeated a frame"),
        Expectation::ratio("new ÷ camera", new, &camera).at_most(1.1).or("more new frames than the camera gave"),
        Expectation::ratio("each frame once ÷ camera", honest, &camera)
            .about(1.0, 0.15)
            .or("showing each frame once did not keep up with the camera"),
    ]
}
