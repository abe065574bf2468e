//! The threaded webcam that shows the newest frame again and again: the rate it claims against that of new frames.

use super::{Arm, Expectation, Lesson, Measured, Pipeline, Words, read};
use crate::frame::Shape;
use crate::metrics::Run;

pub static FAKE_FPS: Lesson = Lesson {
    about: Words::new(|| read(include_str!("fake-fps.md"))),
    title: |_, _| format!("{FRAMES} synthetic frames at {FPS} FPS, each of which waits {WAIT_MS} ms, by one worker"),
    arms,
    checks,
};

const FPS: f64 = 30.0;
const FRAMES: u64 = 30;
const WAIT_MS: u64 = 5;

const CLAIMED: &str = "newest again and again: claimed";
const NEW: &str = "newest again and again: new";
const HONEST: &str = "each frame once";

fn arms(_: f64) -> Vec<Arm> {
    let camera = |strategy| {
        Pipeline::new(strategy, format!("delay={WAIT_MS}"), FRAMES).workers(1).made_up(Shape::bgr(320, 240), FPS)
    };
    let new = |run: &Run| run.ledger.new_frames() as f64 / run.wall_s;
    vec![
        camera("latest")
            .figure(CLAIMED, "FPS", |run| run.ledger.delivered as f64 / run.wall_s)
            .figure(NEW, "FPS", new)
            .predicted(FPS),
        camera("threads").figure(HONEST, "FPS", new).predicted(FPS),
    ]
}

fn checks(measured: &Measured) -> Vec<Expectation> {
    vec![
        Expectation::ratio_to(measured, "claimed ÷ camera", CLAIMED, FPS)
            .at_least(3.0, "the loop hardly repeated a frame"),
        Expectation::ratio_to(measured, "new ÷ camera", NEW, FPS).at_most(1.1, "more new frames than the camera gave"),
        Expectation::ratio_to(measured, "each frame once ÷ camera", HONEST, FPS)
            .about_one(0.15, "showing each frame once did not keep up with the camera"),
    ]
}
