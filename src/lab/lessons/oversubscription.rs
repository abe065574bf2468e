//! More workers than cores: no more frames, only more switching and waiting for a core.

use super::{Arm, Expectation, Lab, Lesson, Measured, Pipeline, Words, read, wall_ms};
use crate::host::libraries;
use crate::lab::report::{counted, listed};

pub static OVERSUBSCRIPTION: Lesson = Lesson {
    about: Words::new(|| read(include_str!("oversubscription.md"))),
    title: |_, _| {
        format!(
            "{FRAMES} frames that compute {MS} ms each, with {} workers; then {SHORT} through grayscale,edges, with \
             OpenCV's own pool off and with {OPENCV} threads",
            listed(&WORKERS)
        )
    },
    arms: |cores| {
        let pools = [pools(ONE_POOL, 1), pools(TWO_POOLS, OPENCV)];
        WORKERS.into_iter().map(|workers| ours(workers, cores)).chain(pools).collect()
    },
    checks,
};

const FRAMES: u64 = 128;
const MS: u64 = 2;
const WORKERS: [usize; 5] = [1, 2, 4, 16, 64];
/// Frames for OpenCV's pool, whose filter is short.
const SHORT: u64 = 200;
/// Threads of OpenCV's own pool where it fights with ours.
const OPENCV: i32 = 4;

const ONE_POOL: &str = "our pool alone";
const TWO_POOLS: &str = "our pool and OpenCV's";
const TIME: &str = "in all";
const LACKING: &str = "waiting for a CPU";

fn ours(workers: usize, cores: f64) -> Arm {
    let on_cores = (workers as f64).min(cores);
    Pipeline::new("threads", format!("spin={MS}"), FRAMES)
        .workers(workers)
        .figure(called(workers, TIME), "ms", wall_ms)
        .predicted((FRAMES * MS) as f64 / on_cores)
        .figure(called(workers, "switches"), "a frame", |run| run.context_switches as f64 / FRAMES as f64)
        .figure(called(workers, LACKING), "of the work", |run| {
            run.stage("chain").map_or(f64::NAN, |chain| chain.cpu_wait / chain.busy.max(1e-9))
        })
        .predicted(1.0 - on_cores / workers as f64)
}

fn pools(name: &str, opencv: i32) -> Arm {
    let work = move |lab: &Lab<'_>| {
        libraries::prepare(opencv, false)?;
        let ran = Pipeline::new("threads", "grayscale,edges", SHORT).run(lab);
        libraries::prepare(1, false)?;
        Ok(vec![wall_ms(&ran?)])
    };
    Arm::other(work).value(name, "ms")
}

fn checks(measured: &Measured) -> Vec<Expectation> {
    let most = WORKERS[4];
    // The fewest workers that have all cores.
    let enough = WORKERS.into_iter().find(|workers| *workers as f64 >= measured.cores).unwrap_or(most);
    let time = format!("time, {most} workers ÷ {enough}");
    let share = format!("share of its work a worker of {most} lacks a core");
    vec![
        Expectation::ratio(measured, &time, &called(most, TIME), &called(enough, TIME))
            .at_least(0.85, "workers beyond the cores made it faster"),
        Expectation::value(measured, &share, &called(most, LACKING))
            .at_least((1.0 - measured.cores / most as f64) * 0.7, "nobody waited for a core"),
        Expectation::ratio(measured, "time, two pools ÷ one", TWO_POOLS, ONE_POOL)
            .at_least(0.85, "OpenCV's pool beside ours made it faster"),
    ]
}

fn called(workers: usize, what: &str) -> String {
    format!("{}, {what}", counted(workers, "worker"))
}
