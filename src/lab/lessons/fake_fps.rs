//! The threaded webcam that shows the newest frame again and again: the rate it claims against that of new frames.

use anyhow::Result;

use super::{About, Check, Lab, Lesson, Measured, Notes, Scene, SceneStep, Setting, Theory};
use crate::frame::Shape;
use crate::pipeline::Settings;
use crate::source::SyntheticSpec;

/// The lesson.
pub struct FakeFps;

const FPS: f64 = 30.0;
const FRAMES: u64 = 30;
const WAIT_MS: u64 = 5;

const CLAIMED: &str = "newest again and again: claimed";
const NEW: &str = "newest again and again: new";
const HONEST: &str = "each frame once";

/// To be watched.
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

impl Lesson for FakeFps {
    fn about(&self) -> About {
        About {
            name: "fake-fps",
            claim: "A loop that shows the newest frame again and again counts its turns, not the frames of the camera.",
            drawing: "
  camera ─▶ newest frame ◀─ loop: show, show, show, show, …
               1 2 3              1 1 1 1 1 2 2 2 2 2 3 3 …",
            explanation: include_str!("fake-fps.md"),
            next: "framerace run synthetic:320x240@30x90 -s latest -f delay=5",
            on_frames: false,
        }
    }

    fn measure(&self, lab: &Lab<'_>) -> Result<Measured> {
        let camera = SyntheticSpec { fps: FPS, ..SyntheticSpec::new(Shape::bgr(320, 240), FRAMES) };
        let run = |strategy: &str| {
            let settings = Settings { workers: 1, ..lab.settings(FRAMES) };
            lab.run_made_up(camera, strategy, &format!("delay={WAIT_MS}"), &settings)
        };
        let newest = |notes: &mut Notes| {
            let run = run("latest")?;
            notes.add(CLAIMED, "FPS", run.ledger.delivered as f64 / run.wall_s);
            notes.add(NEW, "FPS", run.ledger.new_frames() as f64 / run.wall_s);
            Ok(())
        };
        let each_once = |notes: &mut Notes| {
            let run = run("threads")?;
            notes.add(HONEST, "FPS", run.ledger.new_frames() as f64 / run.wall_s);
            Ok(())
        };
        lab.rounds(
            format!("{FRAMES} made-up frames at {FPS} FPS, each of which waits {WAIT_MS} ms, by one worker"),
            &[&newest, &each_once],
        )
    }

    fn predict(&self, measured: &Measured) -> Theory {
        Theory {
            law: "what does not come cannot be shown",
            formula: "new FPS ≤ FPS of the camera",
            predicted: [NEW, HONEST].map(|name| measured.always(name, FPS)).into(),
        }
    }

    fn checks(&self, measured: &Measured) -> Vec<Check> {
        let [claimed, new, honest] = [CLAIMED, NEW, HONEST].map(|name| measured.samples(name));
        let camera = vec![FPS; measured.rounds];
        vec![
            Check::ratio("claimed ÷ camera", claimed, &camera).at_least(3.0).or("the loop hardly repeated a frame"),
            Check::ratio("new ÷ camera", new, &camera).at_most(1.1).or("more new frames than the camera gave"),
            Check::ratio("each frame once ÷ camera", honest, &camera)
                .about(1.0, 0.15)
                .or("showing each frame once did not keep up with the camera"),
        ]
    }

    fn scene(&self) -> Option<&'static Scene> {
        Some(&SCENE)
    }

    #[cfg(test)]
    fn made_up(&self) -> (Measured, Measured) {
        let figures = |claimed: f64| [(CLAIMED, claimed), (NEW, 29.2), (HONEST, 29.4)];
        (Measured::made_up(2.0, &figures(790.5)), Measured::made_up(2.0, &figures(30.5)))
    }
}
