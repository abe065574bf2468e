//! Handing a frame over: a reference, shared memory, a copy through a pipe, by the size of the frame.

use std::sync::mpsc::sync_channel;
use std::thread::scope;
use std::time::Instant;

use anyhow::Result;

use super::{Arm, Expectation, Lesson, Measured, Pipeline, Words, handoff_us, read};
use crate::frame::Shape;
use crate::host::shortage::start;
use crate::statistics::median;

pub static HANDOFF: Lesson = Lesson {
    about: Words::new(|| read(include_str!("handoff.md"))),
    title: |_, _| {
        format!("synthetic frames, {FRAMES} of each size, handed to one worker and back; beyond the work on them")
    },
    arms,
    checks,
};

const SMALL: (i32, i32) = (160, 120);
const LARGE: (i32, i32) = (1920, 1080);
const FRAMES: u64 = 40;
const TRIPS: usize = 200;

/// How a frame is handed over.
const REFERENCE: &str = "reference";
const SHARED: &str = "shared memory";
const PIPE: &str = "pipe";

fn arms(cores: f64) -> Vec<Arm> {
    // With N workers a frame takes (work + handoff) ÷ N, and without them the work.
    let others = (cores as usize).max(2) - 1;
    let by_process = |strategy, way, size: (i32, i32)| {
        let pipeline = Pipeline::new(strategy, "grayscale", FRAMES).workers(1).made_up(Shape::bgr(size.0, size.1), 0.0);
        pipeline.figure(name(way, size), "µs", handoff_us)
    };
    let of_size = |size: (i32, i32)| {
        let reference = Arm::other(move |_| Ok(vec![by_reference(size)?])).value(name(REFERENCE, size), "µs");
        let [shared, pipe] = [by_process("processes", SHARED, size), by_process("processes-pipe", PIPE, size)];
        if size != LARGE {
            return [reference, shared, pipe];
        }
        [
            // What is not copied takes as long for the largest as for the smallest.
            reference.predicted_from([name(REFERENCE, SMALL)], |[us]| us),
            shared.predicted_from([name(SHARED, SMALL)], |[us]| us),
            pipe.figure("pipe pays from, largest", "ms of work", move |run| handoff_us(run) / 1e3 / others as f64),
        ]
    };
    [SMALL, (640, 480), LARGE].into_iter().flat_map(of_size).collect()
}

fn checks(measured: &Measured) -> Vec<Expectation> {
    let large_to_small = |way: &str| {
        let label = format!("{way}: largest ÷ smallest");
        Expectation::ratio(measured, &label, &name(way, LARGE), &name(way, SMALL))
    };
    vec![
        large_to_small(REFERENCE).at_most(3.0, "a reference costs more for a larger frame"),
        large_to_small(PIPE).at_least(5.0, "a pipe costs hardly more for a larger frame"),
        Expectation::ratio(measured, "largest: pipe ÷ shared memory", &name(PIPE, LARGE), &name(SHARED, LARGE))
            .at_least(5.0, "a pipe costs hardly more than shared memory"),
    ]
}

fn name(way: &str, (width, height): (i32, i32)) -> String {
    format!("{width}x{height}, {way}")
}

/// Microseconds that a frame's bytes take to another thread and back, as an owned value: only their address moves.
fn by_reference((width, height): (i32, i32)) -> Result<f64> {
    let ((there, other_end), (and_back, back)) = (sync_channel::<Vec<u8>>(1), sync_channel::<Vec<u8>>(1));
    scope(|s| {
        start(s, move || other_end.into_iter().try_for_each(|frame| and_back.send(frame)))?;
        // Its own, so that the other thread ends with it.
        let there = there;
        let (mut frame, mut times) = (vec![0; Shape::bgr(width, height).bytes()], Vec::new());
        for _ in 0..TRIPS {
            let from = Instant::now();
            there.send(frame)?;
            frame = back.recv()?;
            times.push(from.elapsed().as_secs_f64() * 1e6);
        }
        Ok(median(&times))
    })
}
