//! Scenes: a lesson's pipeline, to be watched as it runs, and the steps in which somebody changes it. Plain data, and the
//! words for what was shown of it; who runs and draws it is not known here.

use super::{About, LESSONS, Lesson};
use crate::frame::Shape;
use crate::lab::report::{three_digits, wrapped};
use crate::source::{Input, Pace, SyntheticSpec};

/// A pipeline to be watched. What it costs is declared (`delay`, `spin`), so that it looks alike on every machine.
#[derive(Debug)]
pub struct Scene {
    /// Width and height of its frames, in pixels.
    pub size: (i32, i32),
    /// Frames a second that its camera gives; none where frames come as fast as they are asked for.
    pub camera: Option<f64>,
    /// The filters.
    pub chain: &'static str,
    /// What happens, one after the other. The first step says how it begins: with `threads`, one worker, links of four
    /// frames that drop nothing, and no filter slowed down, unless it sets something else.
    pub steps: &'static [SceneStep],
}

/// A step of a scene.
#[derive(Debug)]
pub struct SceneStep {
    /// What it shows, in a sentence or two. It knows no figure that is measured.
    pub caption: &'static str,
    /// What is changed.
    pub settings: &'static [Setting],
}

/// One thing that a step changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Setting {
    /// The strategy, by its name.
    Strategy(&'static str),
    /// So many workers.
    Workers(usize),
    /// So many frames in each link.
    Queue(usize),
    /// The overflow policy of the link after capture, by its name.
    Overflow(&'static str),
    /// A filter, by its name, and by how many hundredths of its time it is slowed.
    Slowed(&'static str, f64),
}

impl Scene {
    /// Made-up frames for it: so many that nobody sees their end.
    pub fn frames(&self) -> Input {
        const FOR_DAYS: u64 = 1_000_000_000;
        let (width, height) = self.size;
        Input::Synthetic(SyntheticSpec::new(Shape::bgr(width, height), FOR_DAYS))
    }

    /// At which pace an input must come that does not come by itself.
    pub fn pace(&self) -> Option<Pace> {
        self.camera.map(Pace::Rate)
    }
}

/// The lessons that have a scene, in the order they are taught.
pub fn scenes() -> Vec<(&'static dyn Lesson, &'static Scene)> {
    LESSONS.iter().filter_map(|lesson| Some((*lesson, lesson.scene()?))).collect()
}

/// What was shown of a pipeline while its settings stayed the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// The caption, or the settings in words.
    pub what: String,
    /// Frames a second that were predicted, if that could be.
    pub predicted: Option<f64>,
    /// Frames a second that were measured.
    pub measured: Option<f64>,
    /// What limited it: the stage and the kind of limit.
    pub limit: String,
}

/// What was shown of a lesson, in 80 columns.
pub fn shown_text(about: &About, shown: &[Shown]) -> String {
    const INDENT: usize = 4;
    let fps = |fps: Option<f64>| fps.map_or("–".to_owned(), |fps| format!("{} FPS", three_digits(fps)));
    let step = |(number, shown): (usize, &Shown)| {
        let what = wrapped(&shown.what, INDENT);
        let figures =
            format!("predicted {} · measured {} · {}", fps(shown.predicted), fps(shown.measured), shown.limit);
        format!("{number:>2}  {}{}", what.trim_start(), wrapped(&figures, INDENT))
    };
    let steps: String = (1..).zip(shown).map(step).collect();
    format!("{}\n{}\n{steps}", about.name, wrapped(about.claim, 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::child::WorkerCommand;
    use crate::filter::Chain;
    use crate::pipeline::Settings;
    use crate::strategy;

    /// Whether a setting can be had in a scene.
    fn is_valid(scene: &Scene, setting: Setting) -> bool {
        let chain: Chain = scene.chain.parse().unwrap();
        match setting {
            Setting::Strategy(name) => strategy::find(name).is_some_and(|strategy| {
                let settings =
                    Settings { worker_command: Some(WorkerCommand::new("framerace")), ..Settings::default() };
                // Who shows the newest again and again needs a camera.
                strategy.unfit(&chain, &settings).is_none() && (strategy.keeps_every_frame() || scene.camera.is_some())
            }),
            Setting::Workers(n) | Setting::Queue(n) => (1..=64).contains(&n),
            Setting::Overflow(policy) => {
                // Without a camera dropping is not work but speed.
                ["block", "drop-oldest", "drop-newest"].contains(&policy) && scene.camera.is_some()
            }
            Setting::Slowed(filter, percent) => {
                chain.labels().contains(&filter.to_owned()) && (0.0..=1_000.0).contains(&percent)
            }
        }
    }

    #[test]
    fn every_step_of_every_scene_can_be_had_and_changes_something() {
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

    #[test]
    fn what_was_shown_is_told_in_80_columns() {
        for (lesson, scene) in scenes() {
            let shown = |step: &SceneStep| Shown {
                what: step.caption.into(),
                predicted: None,
                measured: Some(118.25),
                limit: "delay-2: too many workers for the cores".into(),
            };
            let text = shown_text(&lesson.about(), &scene.steps.iter().map(shown).collect::<Vec<_>>());
            assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
            assert!(text.contains("    predicted – · measured 118 FPS · delay-2: "), "{text}");
            assert!(text.contains("\n 2  "), "{text}");
        }
    }
}
