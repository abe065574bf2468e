//! Handing a frame over: a reference, shared memory, a copy through a pipe, by the size of the frame.

use std::sync::mpsc::sync_channel;
use std::thread::scope;
use std::time::Instant;

use anyhow::{Context, Result};

use super::{About, Expectation, Lab, Lesson, Measured, Notes, Scene, SceneStep, Setting, Theory};
use crate::frame::Shape;
use crate::pipeline::Settings;
use crate::source::SyntheticSpec;
use crate::statistics::median;

/// The lesson.
pub struct HandOff;

const SIZES: [(i32, i32); 3] = [(160, 120), (640, 480), (1920, 1080)];
const FRAMES: u64 = 40;
const TRIPS: usize = 200;

/// How a frame is handed over, by the strategy that does it.
const WAYS: [(&str, &str); 3] = [("threads", "reference"), ("processes", "shared memory"), ("processes-pipe", "pipe")];
const PAYS: &str = "pipe pays from, largest";

/// To be watched.
const SCENE: Scene = Scene {
    size: (1920, 1080),
    camera: None,
    chain: "grayscale,delay=12",
    steps: &[
        SceneStep { caption: "One worker, a thread: it is told where the frame is. Nothing is copied.", settings: &[] },
        SceneStep {
            caption: "A process that shares the memory of the frames: it, too, is only told where the frame is.",
            settings: &[Setting::Strategy("processes")],
        },
        SceneStep {
            caption: "A process behind a pipe: every byte of a frame is copied there, and every byte of the result back.",
            settings: &[Setting::Strategy("processes-pipe")],
        },
        SceneStep {
            caption: "Shared memory again; what handing over costs is known by now.",
            settings: &[Setting::Strategy("processes")],
        },
    ],
};

impl Lesson for HandOff {
    fn about(&self) -> About {
        About {
            name: "hand-off",
            claim: "A reference costs the same for every frame, shared memory nearly so; a pipe costs by the byte.",
            drawing: "
  reference:      worker  ◀─ where the frame is       threads
  shared memory:  process ◀─ where the frame is       processes
  pipe:           process ◀─ all bytes of the frame   processes-pipe",
            explanation: include_str!("hand-off.md"),
            next: "framerace compare synthetic:1920x1080@0x99 -s processes,processes-pipe",
            on_frames: false,
        }
    }

    fn measure(&self, lab: &Lab<'_>) -> Result<Measured> {
        let all = |(width, height): (i32, i32)| {
            move |notes: &mut Notes| {
                let shape = Shape::bgr(width, height);
                notes.add(&name(WAYS[0].1, shape), "µs", by_reference(shape)?);
                for (strategy, way) in [WAYS[1], WAYS[2]] {
                    let settings = Settings { workers: 1, ..lab.settings(FRAMES) };
                    let run = lab.run_made_up(SyntheticSpec::new(shape, FRAMES), strategy, "grayscale", &settings)?;
                    let mut parts = run.stages.iter().flat_map(|stage| &stage.parts);
                    let part = parts.find(|part| part.name == "hand-over").context("nothing was handed over")?;
                    notes.add(&name(way, shape), "µs", part.service_ms.p50 * 1e3);
                    if way == WAYS[2].1 && (width, height) == SIZES[2] {
                        // With N workers a frame takes (work + hand-over) ÷ N, and without them the work.
                        let others = lab.cores().max(2) - 1;
                        notes.add(PAYS, "ms of work", part.service_ms.p50 / others as f64);
                    }
                }
                Ok(())
            }
        };
        lab.rounds(
            format!("made-up frames, {FRAMES} of each size, handed to one worker and back; beyond the work on them"),
            &[&all(SIZES[0]), &all(SIZES[1]), &all(SIZES[2])],
        )
    }

    fn predict(&self, measured: &Measured) -> Theory {
        let [small, _, large] = SIZES.map(|(width, height)| Shape::bgr(width, height));
        let (reference, shared) = (name(WAYS[0].1, large), name(WAYS[1].1, large));
        let same = |[us]: [f64; 1]| us;
        Theory {
            law: "what is not copied has no size",
            formula: "cost = fixed, or fixed + bytes ÷ speed; pays from work > cost ÷ (N − 1)",
            predicted: vec![
                measured.from(&reference, [&name(WAYS[0].1, small)], same),
                measured.from(&shared, [&name(WAYS[1].1, small)], same),
            ],
        }
    }

    fn checks(&self, measured: &Measured) -> Vec<Expectation> {
        let [small, _, large] = SIZES.map(|(width, height)| Shape::bgr(width, height));
        let samples = |way: usize, shape| measured.samples(&name(WAYS[way].1, shape));
        vec![
            Expectation::ratio("reference: largest ÷ smallest", samples(0, large), samples(0, small))
                .at_most(3.0)
                .or("a reference costs more for a larger frame"),
            Expectation::ratio("pipe: largest ÷ smallest", samples(2, large), samples(2, small))
                .at_least(5.0)
                .or("a pipe costs hardly more for a larger frame"),
            Expectation::ratio("largest: pipe ÷ shared memory", samples(2, large), samples(1, large))
                .at_least(5.0)
                .or("a pipe costs hardly more than shared memory"),
        ]
    }

    fn scene(&self) -> Option<&'static Scene> {
        Some(&SCENE)
    }

    #[cfg(test)]
    fn made_up(&self) -> (Measured, Measured) {
        let made_up = |pipe: f64| {
            let row = |way: usize, us: [f64; 3]| {
                let names = SIZES.map(|(width, height)| name(WAYS[way].1, Shape::bgr(width, height)));
                names.into_iter().zip(us).collect::<Vec<_>>()
            };
            let rows = [row(0, [11.5, 12.5, 11.7]), row(1, [17.5, 18.5, 24.5]), row(2, [90.5, 700.5, pipe])].concat();
            Measured::made_up(2.0, &rows.iter().map(|(name, us)| (name.as_str(), *us)).collect::<Vec<_>>())
        };
        (made_up(5800.5), made_up(95.5))
    }
}

fn name(way: &str, shape: Shape) -> String {
    format!("{}x{}, {way}", shape.width, shape.height)
}

/// Microseconds that a frame's bytes take to another thread and back, as an owned value: only their address moves.
fn by_reference(shape: Shape) -> Result<f64> {
    let ((there, other_end), (and_back, back)) = (sync_channel::<Vec<u8>>(1), sync_channel::<Vec<u8>>(1));
    scope(|s| {
        s.spawn(move || other_end.into_iter().try_for_each(|frame| and_back.send(frame)));
        // Its own, so that the other thread ends with it.
        let there = there;
        let (mut frame, mut times) = (vec![0; shape.bytes()], Vec::new());
        for _ in 0..TRIPS {
            let from = Instant::now();
            there.send(frame)?;
            frame = back.recv()?;
            times.push(from.elapsed().as_secs_f64() * 1e6);
        }
        Ok(median(&times))
    })
}
