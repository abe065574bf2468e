//! A bounded queue: a fast producer fills it and is blocked, a slow one starves the consumer, and depth adds latency.

use super::{Arm, Expectation, Lesson, Measured, Pipeline, Words, ms_a_frame, read};
use crate::frame::Shape;
use crate::lab::report::listed;
use crate::metrics::Run;
use crate::pipeline::{Overflow, Policies};

pub static QUEUE: Lesson = Lesson {
    about: Words::new(|| read(include_str!("queue.md"))),
    title: |_, _| {
        format!(
            "{FRAMES} frames that wait {WAIT_MS} ms each, with 1 worker behind a queue of {}; two stages, one {SLOWER} \
             times as fast as the other; a camera that gives {CAMERA_FRAMES} frames, one each {CAMERA_MS} ms, to a \
             worker that takes {BUSY_MS} ms behind a queue of {CAMERA_DEPTH}",
            listed(&DEPTHS)
        )
    },
    arms,
    checks,
};

const FRAMES: u64 = 160;
const WAIT_MS: u64 = 2;
const DEPTHS: [usize; 4] = [1, 2, 8, 64];
/// One of the two stages of the other runs, and how much slower the other is.
const FAST_MS: u64 = 2;
const SLOWER: u64 = 3;

/// A camera that is faster than the worker behind it, with one queue between them.
const CAMERA_MS: u64 = 2;
const BUSY_MS: u64 = 6;
const CAMERA_FRAMES: u64 = 60;
const CAMERA_DEPTH: usize = 8;

const BLOCKED: &str = "producer blocked";
const STARVED: &str = "consumer starved";

fn arms(_: f64) -> Vec<Arm> {
    let slow = FAST_MS * SLOWER;
    let waits = [
        waits(FAST_MS, slow).figure(BLOCKED, "of the time", |run| waiting(run, "delay")),
        waits(slow, FAST_MS).figure(STARVED, "of the time", |run| waiting(run, "delay-2")),
    ];
    let waits = waits.map(|arm| arm.predicted(1.0 - 1.0 / SLOWER as f64));
    DEPTHS.map(of_depth).into_iter().chain(waits).chain(Overflow::ALL.map(of_policy)).collect()
}

fn of_depth(depth: usize) -> Arm {
    Pipeline::new("threads", format!("delay={WAIT_MS}"), FRAMES)
        .workers(1)
        .queue(depth, Policies::default())
        .figure(at(depth, "a frame each"), "ms", ms_a_frame)
        .predicted(WAIT_MS as f64)
        .figure(at(depth, "latency"), "ms", |run| run.latency_ms.p50)
        // Besides those in the queue, capture has one frame and the worker has one.
        .predicted_from([at(depth, "a frame each")], move |[ms]| (depth + 2) as f64 * ms)
        .figure(at(depth, "memory"), "MB", |run| run.peak_memory.saturating_sub(run.memory_at_start) as f64 / 1e6)
}

/// Two stages, one after the other.
fn waits(first_ms: u64, second_ms: u64) -> Pipeline {
    Pipeline::new("stages", format!("delay={first_ms},delay={second_ms}"), FRAMES / 4).queue(1, Policies::default())
}

/// Share of the time that a stage waits for the one before or behind it.
fn waiting(run: &Run, stage: &str) -> f64 {
    run.stage(stage).map_or(0.0, |stage| stage.starved + stage.blocked)
}

/// A queue that is too small for what comes: how long frames wait, and how many are dropped.
fn of_policy(policy: Overflow) -> Arm {
    let (camera, busy, depth) = (CAMERA_MS as f64, BUSY_MS as f64, CAMERA_DEPTH as f64);
    let too_many = CAMERA_FRAMES as f64 * (1.0 - camera / busy) - depth;
    let (wait, drops) = match policy {
        Overflow::Block => ((depth + 2.0) * busy, 0.0),
        // The frames that came first wait for those before them.
        Overflow::DropNewest => ((depth + 1.0) * busy, too_many),
        // The frames that came last wait as long as the camera took to fill the queue.
        Overflow::DropOldest => (depth * camera + busy, too_many),
    };
    Pipeline::new("threads", format!("delay={BUSY_MS}"), CAMERA_FRAMES)
        .workers(1)
        .made_up(Shape::bgr(320, 240), 1e3 / camera)
        .queue(CAMERA_DEPTH, Policies::default().with("capture-chain", policy))
        .figure(behind(policy, "latency"), "ms", |run| run.latency_ms.p50)
        .predicted(wait)
        .figure(behind(policy, "dropped"), format!("of {CAMERA_FRAMES}"), |run| run.ledger.dropped as f64)
        .predicted(drops)
}

fn checks(measured: &Measured) -> Vec<Expectation> {
    let [least, most] = [DEPTHS[0], DEPTHS[3]];
    let pace_label = format!("time a frame, depth {least} ÷ depth {most}");
    let latency_label = format!("latency ÷ Little's law, depth {most}");
    let memory_label = format!("memory, depth {most} ÷ depth {least}");
    let [fresh, blocked] = [Overflow::DropOldest, Overflow::Block].map(|policy| behind(policy, "latency"));
    vec![
        Expectation::ratio(measured, &pace_label, &at(least, "a frame each"), &at(most, "a frame each"))
            .about_one(0.1, "a deeper queue changed the pace"),
        QUEUE
            .by_law(measured, &latency_label, &at(most, "latency"))
            .about_one(0.15, "the frames under way do not explain the latency"),
        Expectation::ratio(measured, &memory_label, &at(most, "memory"), &at(least, "memory"))
            .at_least(3.0, "a deeper queue took hardly more memory"),
        Expectation::value(measured, "a fast producer is blocked", BLOCKED)
            .at_least(0.4, "a fast producer was not held up"),
        Expectation::value(measured, "the consumer of a slow one is starved", STARVED)
            .at_least(0.4, "a fast consumer did not wait"),
        Expectation::ratio(measured, "latency, drop-oldest ÷ block", &fresh, &blocked)
            .at_most(0.6, "frames are hardly fresher when the oldest are dropped"),
        Expectation::value(measured, "frames dropped, drop-oldest", &behind(Overflow::DropOldest, "dropped"))
            .at_least(CAMERA_FRAMES as f64 / 3.0, "hardly a frame was dropped"),
    ]
}

fn at(depth: usize, what: &str) -> String {
    format!("depth {depth}, {what}")
}

fn behind(policy: Overflow, what: &str) -> String {
    format!("camera, {policy}, {what}")
}
