//! More workers than cores: no more frames, only more switching and waiting for a core.

use anyhow::{Context, Result};

use super::words::and;
use super::{About, Expectation, Lab, Lesson, Measured, Notes, Scene, SceneStep, Setting, Theory};
use crate::host::libraries;
use crate::lab::report::counted;
use crate::pipeline::Settings;

/// The lesson.
pub struct Oversubscription;

const FRAMES: u64 = 128;
const MS: u64 = 2;
const WORKERS: [usize; 5] = [1, 2, 4, 16, 64];
/// Frames for OpenCV's pool, whose filter is short.
const SHORT: u64 = 200;
/// Threads of OpenCV's own pool where it fights with ours.
const OPENCV: i32 = 4;

const ONE_POOL: &str = "our pool alone";
const TWO_POOLS: &str = "our pool and OpenCV's";

/// To be watched.
const SCENE: Scene = Scene {
    size: (320, 240),
    camera: None,
    chain: "grayscale,spin=4",
    steps: &[
        SceneStep { caption: "One worker computes for 4 ms a frame.", settings: &[] },
        SceneStep {
            caption: "Four workers: those that have no core wait until they get one.",
            settings: &[Setting::Workers(4)],
        },
        SceneStep {
            caption: "Sixteen workers: no frame more, but each is longer under way (p95).",
            settings: &[Setting::Workers(16)],
        },
        SceneStep {
            caption: "Sixty-four workers: more waiting, more switching, and still the same cores.",
            settings: &[Setting::Workers(64)],
        },
    ],
};

impl Lesson for Oversubscription {
    fn about(&self) -> About {
        About {
            name: "oversubscription",
            claim: "Workers beyond the cores bring no frames when they compute: they wait for a core.",
            drawing: "
           ┌▶ worker: compute ─┐
  capture ─┼▶ …     (many)     ┼▶ deliver   few cores for all of them
           └▶ worker: compute ─┘",
            explanation: include_str!("oversubscription.md"),
            next: "framerace compare synthetic:640x480@0x200 --sweep workers=1,2,4,16,64",
            on_frames: true,
        }
    }

    fn measure(&self, lab: &Lab<'_>) -> Result<Measured> {
        let ours = |workers: usize| {
            move |notes: &mut Notes| {
                let settings = Settings { workers, ..lab.settings(FRAMES) };
                let run = lab.run("threads", &format!("spin={MS}"), &settings)?;
                let chain = run.stages.iter().find(|stage| stage.name == "chain").context("no chain")?;
                notes.add(&called(workers, "in all"), "ms", run.wall_s * 1e3);
                notes.add(&called(workers, "switches"), "a frame", run.context_switches as f64 / FRAMES as f64);
                notes.add(&called(workers, "without a core"), "of the work", chain.queued / chain.busy.max(1e-9));
                Ok(())
            }
        };
        let pools = |name: &'static str, opencv: i32| {
            move |notes: &mut Notes| {
                libraries::prepare(opencv, false)?;
                let ran = lab.run("threads", "grayscale,edges", &lab.settings(SHORT));
                libraries::prepare(1, false)?;
                notes.add(name, "ms", ran?.wall_s * 1e3);
                Ok(())
            }
        };
        lab.rounds(
            format!(
                "{FRAMES} frames that compute {MS} ms each, with {} workers; then {SHORT} through \
                     grayscale,edges, with OpenCV's own pool off and with {OPENCV} threads",
                and(&WORKERS)
            ),
            &[
                &ours(WORKERS[0]),
                &ours(WORKERS[1]),
                &ours(WORKERS[2]),
                &ours(WORKERS[3]),
                &ours(WORKERS[4]),
                &pools(ONE_POOL, 1),
                &pools(TWO_POOLS, OPENCV),
            ],
        )
    }

    fn predict(&self, measured: &Measured) -> Theory {
        let of_one = |workers: usize| {
            let on_cores = (workers as f64).min(measured.cores);
            [
                measured.always(&called(workers, "in all"), (FRAMES * MS) as f64 / on_cores),
                measured.always(&called(workers, "without a core"), 1.0 - on_cores / workers as f64),
            ]
        };
        Theory {
            law: "cores share the work",
            formula: "T = work ÷ min(N, cores); each lacks a core 1 − cores ÷ N of the time",
            predicted: WORKERS.into_iter().flat_map(of_one).collect(),
        }
    }

    fn checks(&self, measured: &Measured) -> Vec<Expectation> {
        let samples = |workers: usize, what| measured.samples(&called(workers, what)).to_vec();
        // The fewest workers that have all cores.
        let enough = WORKERS.into_iter().find(|workers| *workers as f64 >= measured.cores).unwrap_or(WORKERS[4]);
        let most = WORKERS[4];
        let lacking = (1.0 - measured.cores / most as f64) * 0.7;
        vec![
            Expectation::ratio(
                &format!("time, {most} workers ÷ {enough}"),
                &samples(most, "in all"),
                &samples(enough, "in all"),
            )
            .at_least(0.85)
            .or("workers beyond the cores made it faster"),
            Expectation::value(
                &format!("share of its work a worker of {most} lacks a core"),
                &samples(most, "without a core"),
            )
            .at_least(lacking)
            .or("nobody waited for a core"),
            Expectation::ratio("time, two pools ÷ one", measured.samples(TWO_POOLS), measured.samples(ONE_POOL))
                .at_least(0.85)
                .or("OpenCV's pool beside ours made it faster"),
        ]
    }

    fn scene(&self) -> Option<&'static Scene> {
        Some(&SCENE)
    }

    #[cfg(test)]
    fn made_up(&self) -> (Measured, Measured) {
        let made_up = |most: f64| {
            let of_one = |(workers, ms): (usize, f64)| {
                let lacking = (1.0 - 2.0 / workers as f64).max(0.0) * 0.97;
                let whats = [("in all", ms), ("switches", 1.5), ("without a core", lacking)];
                whats.map(|(what, value)| (called(workers, what), value))
            };
            let rows = WORKERS.into_iter().zip([258.5, 130.5, 131.5, 132.5, most]).flat_map(of_one);
            let rows: Vec<_> = rows.chain([(ONE_POOL.into(), 40.5), (TWO_POOLS.into(), 55.5)]).collect();
            Measured::made_up(2.0, &rows.iter().map(|(name, value)| (name.as_str(), *value)).collect::<Vec<_>>())
        };
        (made_up(134.5), made_up(60.5))
    }
}

fn called(workers: usize, what: &str) -> String {
    format!("{}, {what}", counted(workers, "worker"))
}
