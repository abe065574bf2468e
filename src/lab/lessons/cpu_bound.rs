//! Work that computes gains nothing beyond the cores.

use anyhow::Result;

use super::{About, Check, Lab, Lesson, Measured, Notes, Scene, SceneStep, Setting, Theory};
use crate::pipeline::Settings;

/// The lesson.
pub struct CpuBound;

/// What all frames together compute, in milliseconds.
const COMPUTE_MS: f64 = 240.0;
/// Times as many workers as cores.
const MORE: usize = 4;

const ONE: &str = "1 worker";
const CORES: &str = "a worker a core";
const MANY: &str = "4 workers a core";

/// To be watched.
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

impl Lesson for CpuBound {
    fn about(&self) -> About {
        About {
            name: "cpu-bound",
            claim: "Computation gains what there are cores, and nothing beyond them.",
            drawing: "
           ┌▶ worker: compute ─┐
  capture ─┼▶ worker: compute ─┼▶ deliver   fewer cores than workers
           └▶ worker: compute ─┘",
            explanation: include_str!("cpu-bound.md"),
            next: "framerace compare synthetic:320x240@0x200 -f spin=5 --sweep workers=1..8",
            on_frames: true,
        }
    }

    fn measure(&self, lab: &Lab<'_>) -> Result<Measured> {
        let cores = lab.cores();
        // Whole turns of all workers, so that nobody waits for the last frame of others.
        let frames = MORE * cores * 48_usize.div_ceil(MORE * cores);
        let ms = (COMPUTE_MS / frames as f64 * 1e3).round() / 1e3;
        let chain = format!("spin={ms}");
        let total = |name: &'static str, workers: usize| {
            let chain = &chain;
            move |notes: &mut Notes| {
                let settings = Settings { workers, ..lab.settings(frames as u64) };
                notes.add(name, "ms", lab.run("threads", chain, &settings)?.wall_s * 1e3);
                Ok(())
            }
        };
        lab.rounds(
            format!(
                "{frames} frames that compute {ms} ms each, with 1, {cores} and {} workers on {cores} cores",
                MORE * cores
            ),
            &[&total(ONE, 1), &total(CORES, cores), &total(MANY, MORE * cores)],
        )
    }

    fn predict(&self, measured: &Measured) -> Theory {
        let shared = |workers: f64| COMPUTE_MS / workers.min(measured.cores);
        Theory {
            law: "cores share the work",
            formula: "T = work ÷ min(workers, cores)",
            predicted: vec![
                measured.always(ONE, shared(1.0)),
                measured.always(CORES, shared(measured.cores)),
                measured.always(MANY, shared(MORE as f64 * measured.cores)),
            ],
        }
    }

    fn checks(&self, measured: &Measured) -> Vec<Check> {
        let [one, cores, many] = [ONE, CORES, MANY].map(|name| measured.samples(name));
        vec![
            Check::ratio("1 worker ÷ a worker a core", one, cores)
                .at_least(0.8 * measured.cores)
                .at_most(1.1 * measured.cores)
                .or("a worker a core is not as many times as fast as there are cores"),
            Check::ratio("a worker a core ÷ 4 workers a core", cores, many)
                .about(1.0, 0.15)
                .or("workers beyond the cores made a difference"),
        ]
    }

    fn scene(&self) -> Option<&'static Scene> {
        Some(&SCENE)
    }

    #[cfg(test)]
    fn made_up(&self) -> (Measured, Measured) {
        let figures = |many: f64| [(ONE, 242.5), (CORES, 123.5), (MANY, many)];
        (Measured::made_up(2.0, &figures(124.5)), Measured::made_up(2.0, &figures(61.5)))
    }
}
