//! A bounded queue: a fast producer fills it and is blocked, a slow one starves the consumer, and depth adds latency.

use anyhow::{Context, Error, Result};

use super::text::and;
use super::{About, Check, Lab, Lesson, Measured, Notes, Scene, SceneStep, Setting, Theory};
use crate::frame::Shape;
use crate::pipeline::{Policies, Settings};
use crate::source::SyntheticSpec;

/// The lesson.
pub struct Queue;

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
const POLICIES: [&str; 3] = ["block", "drop-newest", "drop-oldest"];

const BLOCKED: &str = "producer blocked";
const STARVED: &str = "consumer starved";

/// To be watched.
const SCENE: Scene = Scene {
    size: (320, 240),
    camera: Some(200.0),
    chain: "grayscale,delay=10",
    steps: &[
        SceneStep {
            caption: "A camera gives 200 frames a second, one worker takes 10 ms for each: the queue before it is full.",
            settings: &[Setting::Queue(8)],
        },
        SceneStep {
            caption: "A queue of 64: no frame more a second, but each waits longer (p95), and more memory is in use.",
            settings: &[Setting::Queue(64)],
        },
        SceneStep {
            caption: "A queue of 1: as many frames a second, and fresher ones.",
            settings: &[Setting::Queue(1)],
        },
        SceneStep {
            caption: "Drop the oldest rather than let capture wait: what is dropped is counted, what is done is fresh.",
            settings: &[Setting::Overflow("drop-oldest")],
        },
        SceneStep {
            caption: "Four workers are faster than the camera: the queue is empty, and they starve.",
            settings: &[Setting::Workers(4), Setting::Overflow("block")],
        },
    ],
};

impl Lesson for Queue {
    fn about(&self) -> About {
        About {
            name: "queue",
            claim: "A queue before a slow consumer fills: a deeper one adds waiting and memory, and no speed.",
            drawing: "
  capture ─▶ [■■■■■■■■] ─▶ worker: wait ─▶ deliver      always full",
            explanation: include_str!("queue.md"),
            next: "framerace compare synthetic:320x240@0x200 -f delay=3 --sweep queue=1,2,8,64",
            on_frames: true,
        }
    }

    fn measure(&self, lab: &Lab<'_>) -> Result<Measured> {
        let depth = |queue: usize| {
            move |notes: &mut Notes| {
                let settings = Settings { workers: 1, queue, ..lab.settings(FRAMES) };
                let run = lab.run("threads", &format!("delay={WAIT_MS}"), &settings)?;
                notes.add(&pace(queue), "ms", 1e3 / run.fps());
                notes.add(&latency(queue), "ms", run.latency_ms.p50);
                notes.add(&memory(queue), "MB", run.peak_memory.saturating_sub(run.memory_at_start) as f64 / 1e6);
                Ok(())
            }
        };
        let waiting = |name: &'static str, first: u64, second: u64, stage: &'static str| {
            move |notes: &mut Notes| {
                let settings = Settings { queue: 1, ..lab.settings(FRAMES / 4) };
                let run = lab.run("stages", &format!("delay={first},delay={second}"), &settings)?;
                let stage = run.stages.iter().find(|one| one.name == stage).context("a stage is missing")?;
                notes.add(name, "of the time", stage.starved + stage.blocked);
                Ok(())
            }
        };
        let policy = |policy: &'static str| move |notes: &mut Notes| by_policy(lab, policy, notes);
        let slow = FAST_MS * SLOWER;
        lab.rounds(
            format!(
                "{FRAMES} frames that wait {WAIT_MS} ms each, with 1 worker behind a queue of {}; two stages, one \
                 {SLOWER} times as fast as the other; a camera that gives {CAMERA_FRAMES} frames, one each {CAMERA_MS} \
                 ms, to a worker that takes {BUSY_MS} ms behind a queue of {CAMERA_DEPTH}",
                and(&DEPTHS)
            ),
            &[
                &depth(DEPTHS[0]),
                &depth(DEPTHS[1]),
                &depth(DEPTHS[2]),
                &depth(DEPTHS[3]),
                &waiting(BLOCKED, FAST_MS, slow, "delay"),
                &waiting(STARVED, slow, FAST_MS, "delay-2"),
                &policy(POLICIES[0]),
                &policy(POLICIES[1]),
                &policy(POLICIES[2]),
            ],
        )
    }

    fn predict(&self, measured: &Measured) -> Theory {
        // Beside those in the queue there is one in the hands of capture and one in those of the worker.
        let of_depth = |queue: usize| {
            [
                measured.always(&pace(queue), WAIT_MS as f64),
                measured.from(&latency(queue), [&pace(queue)], |[ms]| (queue + 2) as f64 * ms),
            ]
        };
        let idle = 1.0 - 1.0 / SLOWER as f64;
        let waits = [measured.always(BLOCKED, idle), measured.always(STARVED, idle)];
        // What waits is what came last, or what came first and then stood in line.
        let (camera, busy, depth) = (CAMERA_MS as f64, BUSY_MS as f64, CAMERA_DEPTH as f64);
        let [block, newest, oldest] = POLICIES;
        let too_many = CAMERA_FRAMES as f64 * (1.0 - camera / busy) - depth;
        let policies = [
            measured.always(&stays(block), (depth + 2.0) * busy),
            measured.always(&dropped(block), 0.0),
            measured.always(&stays(newest), (depth + 1.0) * busy),
            measured.always(&dropped(newest), too_many),
            measured.always(&stays(oldest), depth * camera + busy),
            measured.always(&dropped(oldest), too_many),
        ];
        Theory {
            law: "Little's law (1961)",
            formula: "latency = frames under way × time a frame, frames = depth + 2; the faster of two stages waits 1 − \
                      fast ÷ slow of the time; who drops the oldest has waited depth × the camera's time a frame",
            predicted: DEPTHS.into_iter().flat_map(of_depth).chain(waits).chain(policies).collect(),
        }
    }

    fn checks(&self, measured: &Measured) -> Vec<Check> {
        let [least, most] = [DEPTHS[0], DEPTHS[3]];
        let (short, long) = (pace(least), pace(most));
        let predicted = self.predict(measured).predicted;
        let little = predicted.iter().find(|figure| figure.name == latency(most)).map_or(&[][..], |f| &f.samples);
        let samples = |name: &str| measured.samples(name);
        vec![
            Check::ratio(&format!("time a frame, depth {least} ÷ depth {most}"), samples(&short), samples(&long))
                .about(1.0, 0.1)
                .or("a deeper queue changed the pace"),
            Check::ratio(&format!("latency ÷ Little's law, depth {most}"), samples(&latency(most)), little)
                .about(1.0, 0.15)
                .or("the frames under way do not explain the latency"),
            Check::ratio(
                &format!("memory, depth {most} ÷ depth {least}"),
                samples(&memory(most)),
                samples(&memory(least)),
            )
            .at_least(3.0)
            .or("a deeper queue took hardly more memory"),
            Check::value("a fast producer is blocked", samples(BLOCKED))
                .at_least(0.4)
                .or("a fast producer was not held up"),
            Check::value("the consumer of a slow one is starved", samples(STARVED))
                .at_least(0.4)
                .or("a fast consumer did not wait"),
            Check::ratio("latency, drop-oldest ÷ block", samples(&stays(POLICIES[2])), samples(&stays(POLICIES[0])))
                .at_most(0.6)
                .or("frames are hardly fresher when the oldest are dropped"),
            Check::value("frames dropped, drop-oldest", samples(&dropped(POLICIES[2])))
                .at_least(CAMERA_FRAMES as f64 / 3.0)
                .or("hardly a frame was dropped"),
        ]
    }

    fn scene(&self) -> Option<&'static Scene> {
        Some(&SCENE)
    }

    #[cfg(test)]
    fn made_up(&self) -> (Measured, Measured) {
        let made_up = |deepest: f64| {
            let of_depth = |queue: usize| {
                let ms = if queue == DEPTHS[3] { deepest } else { 2.1 };
                [
                    (pace(queue), ms),
                    (latency(queue), ms * (queue as f64 + 2.02)),
                    (memory(queue), queue as f64 * 0.9 + 2.3),
                ]
            };
            let shares = [(BLOCKED.to_owned(), 0.65), (STARVED.to_owned(), 0.66)];
            let of_policy = |(policy, ms): (&str, f64)| {
                [(stays(policy), ms), (dropped(policy), if policy == "block" { 0.0 } else { 32.0 })]
            };
            let policies = POLICIES.into_iter().zip([60.5, 54.5, 22.5]).flat_map(of_policy);
            let figures: Vec<_> = DEPTHS.into_iter().flat_map(of_depth).chain(shares).chain(policies).collect();
            Measured::made_up(2.0, &figures.iter().map(|(name, value)| (name.as_str(), *value)).collect::<Vec<_>>())
        };
        (made_up(2.11), made_up(1.05))
    }
}

fn pace(depth: usize) -> String {
    format!("depth {depth}, a frame each")
}

fn latency(depth: usize) -> String {
    format!("depth {depth}, latency")
}

fn memory(depth: usize) -> String {
    format!("depth {depth}, memory")
}

/// A queue that is too small for what comes: who waits, and what is dropped.
fn by_policy(lab: &Lab<'_>, policy: &str, notes: &mut Notes) -> Result<()> {
    let fps = 1e3 / CAMERA_MS as f64;
    let camera = SyntheticSpec { fps, ..SyntheticSpec::new(Shape::bgr(320, 240), CAMERA_FRAMES) };
    let overflow = Policies::default().with("capture-chain", policy.parse().map_err(Error::msg)?);
    let settings = Settings { workers: 1, queue: CAMERA_DEPTH, overflow, ..lab.settings(CAMERA_FRAMES) };
    let run = lab.run_made_up(camera, "threads", &format!("delay={BUSY_MS}"), &settings)?;
    notes.add(&stays(policy), "ms", run.latency_ms.p50);
    notes.add(&dropped(policy), &format!("of {CAMERA_FRAMES}"), run.ledger.dropped as f64);
    Ok(())
}

fn stays(policy: &str) -> String {
    format!("camera, {policy}, latency")
}

fn dropped(policy: &str) -> String {
    format!("camera, {policy}, dropped")
}
