//! Scenes: the pipeline of a lesson, to be watched while it runs, and the steps that change it. Plain data; knows nothing
//! of what runs and draws it.

use crate::frame::Shape;
use crate::source::{Input, Pace, SyntheticSpec};

/// A pipeline to be watched. Its filters take a given time (`delay`, `spin`), so that it looks the same on every machine.
#[derive(Debug)]
pub struct Scene {
    /// Width and height of its frames, in pixels.
    pub size: (i32, i32),
    /// Frame rate of its camera; none where frames come as fast as they are read.
    pub camera: Option<f64>,
    /// The filters.
    pub chain: &'static str,
    /// The steps, in order. The first begins with `threads`, one worker, queues of four frames that drop nothing, and no
    /// filter slowed down, unless it sets something else.
    pub steps: &'static [SceneStep],
}

/// A step of a scene.
#[derive(Debug)]
pub struct SceneStep {
    /// What it shows, in a sentence or two, without measured figures.
    pub caption: &'static str,
    /// What is changed.
    pub settings: &'static [Setting],
}

/// One thing that a step changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Setting {
    /// The strategy, by its name.
    Strategy(&'static str),
    /// The number of workers.
    Workers(usize),
    /// The capacity of each queue, in frames.
    Queue(usize),
    /// The overflow policy of the queue after capture, by its name.
    Overflow(&'static str),
    /// A filter, by its name, and by how many percent it is slowed down.
    Slowed(&'static str, f64),
}

impl Scene {
    /// Synthetic frames for it, more than anybody will watch.
    pub fn frames(&self) -> Input {
        const FOR_DAYS: u64 = 1_000_000_000;
        let (width, height) = self.size;
        Input::Synthetic(SyntheticSpec::new(Shape::bgr(width, height), FOR_DAYS))
    }

    /// The pace of an input that has no pace of its own.
    pub fn pace(&self) -> Option<Pace> {
        self.camera.map(Pace::Rate)
    }
}

#[cfg(test)]
mod tests {
    use super::super::scenes;
    use super::*;
    use crate::child::WorkerCommand;
    use crate::filter::Chain;
    use crate::pipeline::Settings;
    use crate::strategy;

    /// Whether a setting is possible in a scene.
    fn is_valid(scene: &Scene, setting: Setting) -> bool {
        let chain: Chain = scene.chain.parse().unwrap();
        match setting {
            Setting::Strategy(name) => strategy::find(name).is_some_and(|strategy| {
                let settings =
                    Settings { worker_command: Some(WorkerCommand::new("framerace")), ..Settings::default() };
                // A strategy that repeats the newest frame needs a camera.
                strategy.unfit(&chain, &settings).is_none() && (strategy.keeps_every_frame() || scene.camera.is_some())
            }),
            Setting::Workers(n) | Setting::Queue(n) => (1..=64).contains(&n),
            Setting::Overflow(policy) => {
                // Without a camera, dropping frames would only make it faster.
                ["block", "drop-oldest", "drop-newest"].contains(&policy) && scene.camera.is_some()
            }
            Setting::Slowed(filter, percent) => {
                chain.labels().contains(&filter.to_owned()) && (0.0..=1_000.0).contains(&percent)
            }
        }
    }

    #[test]
    fn every_step_of_every_scene_is_possible_and_changes_something() {
        let scenes = scenes();
        assert!(scenes.len() >= 11, "{}", scenes.len());
        for (lesson, scene) in scenes {
            let name = lesson.about().name;
            assert!(scene.steps.len() > 1, "{name}");
            let same_kind = |a: &Setting, b: &Setting| match (a, b) {
                (Setting::Slowed(a, _), Setting::Slowed(b, _)) => a == b,
                (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
            };
            let mut now =
                vec![Setting::Strategy("threads"), Setting::Workers(1), Setting::Queue(4), Setting::Overflow("block")];
            now.extend(
                scene.chain.split(',').map(|filter| Setting::Slowed(filter.split('=').next().unwrap_or(filter), 0.0)),
            );
            for (number, step) in scene.steps.iter().enumerate() {
                assert!(step.caption.ends_with('.') && step.caption.len() <= 140, "{name}: {}", step.caption);
                assert!(number == 0 || !step.settings.is_empty(), "{name}: {}", step.caption);
                for setting in step.settings {
                    assert!(is_valid(scene, *setting), "{name}: {setting:?}");
                    assert!(!now.contains(setting), "{name}: {setting:?} is so already");
                    now.retain(|other| !same_kind(other, setting));
                    now.push(*setting);
                }
            }
        }
    }
}
