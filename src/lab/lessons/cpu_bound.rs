//! Work that computes gains nothing beyond the cores.

use super::experiment::{Arm, Experiment, wall_ms};
use super::judgment::Expectation;
use super::lesson::About;
use super::measured::Measured;
use super::scene::{Scene, SceneStep, Setting};

/// The lesson.
pub const CPU_BOUND: Experiment = Experiment {
    about: About {
        name: "cpu-bound",
        claim: "Computation gains what there are cores, and nothing beyond them.",
        drawing: "
       ┌▶ worker: compute ─┐
  capture ─┼▶ worker: compute ─┼▶ deliver   fewer cores than workers
       └▶ worker: compute ─┘",
        explanation: include_str!("cpu-bound.md"),
        next: "framerace compare synthetic:320x240@0x200 -f spin=5 --sweep workers=1..8",
        on_frames: true,
    },
    title: |cores| {
        let ((frames, ms), cores) = (work(cores), whole(cores));
        let many = MORE * cores;
        format!("{frames} frames that compute {ms} ms each, with 1, {cores} and {many} workers on {cores} cores")
    },
    arms,
    law: "cores share the work",
    formula: "T = work ÷ min(workers, cores)",
    checks,
    scene: Some(&SCENE),
    #[cfg(test)]
    made_up: super::experiment::MadeUp { cores: 2.0, holds: &[242.5, 123.5, 124.5], fails: &[242.5, 123.5, 61.5] },
};

/// What all frames together compute, in milliseconds.
const COMPUTE_MS: f64 = 240.0;
/// Times as many workers as cores.
const MORE: usize = 4;

const ONE: &str = "1 worker";
const CORES: &str = "a worker a core";
const MANY: &str = "4 workers a core";

const SCENE: Scene = Scene {
    size: (320, 240),
    camera: None,
    chain: "grayscale,spin=10",
    steps: &[
        SceneStep { caption: "One worker computes for 10 ms a frame: it keeps one core busy.", settings: &[] },
        SceneStep {
            caption: "A second worker takes a second core, if there is one.",
            settings: &[Setting::Workers(2)],
        },
        SceneStep {
            caption: "Four workers: those beyond the cores only take turns.",
            settings: &[Setting::Workers(4)],
        },
        SceneStep {
            caption: "Sixteen workers: still no more than there are cores.",
            settings: &[Setting::Workers(16)],
        },
    ],
};

/// Frames, and what each computes, in milliseconds: so many that every worker gets as many as the others.
fn work(cores: f64) -> (usize, f64) {
    let most = MORE * whole(cores);
    let frames = most * 48_usize.div_ceil(most);
    (frames, (COMPUTE_MS / frames as f64 * 1e3).round() / 1e3)
}

/// Cores that can be used whole.
fn whole(cores: f64) -> usize {
    (cores as usize).max(1)
}

fn arms(cores: f64) -> Vec<Arm> {
    let (frames, ms) = work(cores);
    let arm = |name, workers, of_law: f64| {
        Arm::new("threads", format!("spin={ms}"), frames as u64)
            .workers(workers)
            .figure(name, "ms", wall_ms)
            .predicted(COMPUTE_MS / of_law.min(cores))
    };
    let all = whole(cores);
    vec![arm(ONE, 1, 1.0), arm(CORES, all, cores), arm(MANY, MORE * all, MORE as f64 * cores)]
}

fn checks(measured: &Measured) -> Vec<Expectation> {
    let [one, cores, many] = [ONE, CORES, MANY].map(|name| measured.samples(name));
    vec![
        Expectation::ratio("1 worker ÷ a worker a core", one, cores)
            .at_least(0.8 * measured.cores)
            .at_most(1.1 * measured.cores)
            .or("a worker a core is not as many times as fast as there are cores"),
        Expectation::ratio("a worker a core ÷ 4 workers a core", cores, many)
            .about(1.0, 0.15)
            .or("workers beyond the cores made a difference"),
    ]
}
