//! The words of a lesson, which stand in its file `NAME.md`: fields, one a line, the last of them its scene; a drawing of
//! the experiment; and more about it in plain words. A line `---` stands between the three. A scene is the pipeline of a
//! lesson, to be watched while it runs, and the steps that change it. Knows nothing of what runs and draws it.

use anyhow::{Context, Error, Result, bail};

use crate::frame::Shape;
use crate::pipeline::Overflow;
use crate::source::{Input, SyntheticSpec};

/// A lesson in words.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// Its name on the command line and in reports.
    pub name: &'static str,
    /// The claim, in one sentence.
    pub claim: &'static str,
    /// The law that predicts its figures, by its name.
    pub law: &'static str,
    /// The law as a formula.
    pub formula: &'static str,
    /// What to try next: a command.
    pub next: &'static str,
    /// Whether it runs on frames; the user may then give an input.
    pub on_frames: bool,
    /// The experiment as a drawing.
    pub drawing: &'static str,
    /// More about it, in plain words: half a page.
    pub explanation: &'static str,
    /// Its pipeline, to be watched while it runs; none if it is about something else.
    pub scene: Option<Scene>,
}

impl About {
    /// Reads the file of a lesson. Fails when a part is missing or a field cannot be read; the error names the field.
    pub(super) fn read(file: &'static str) -> Result<Self> {
        let mut parts = file.splitn(3, "\n---\n");
        let mut part = || parts.next().context("fields, drawing and explanation have a line --- between");
        let (fields, drawing, explanation) = (part()?, part()?, part()?);
        let mut about = Self { drawing, explanation, ..Self::default() };
        for field in fields.lines() {
            about.read_field(field).with_context(|| format!("cannot read {field:?}"))?;
        }
        Ok(about)
    }

    fn read_field(&mut self, field: &'static str) -> Result<()> {
        let (name, text) = field.split_once(": ").context("a field has a name and a text")?;
        match name {
            "name" => self.name = text,
            "claim" => self.claim = text,
            "law" => self.law = text,
            "formula" => self.formula = text,
            "next" => self.next = text,
            "on frames" => self.on_frames = text == "yes",
            "scene" => self.scene = Some(Scene::read(text)?),
            "step" => self.scene.as_mut().context("steps follow their scene")?.steps.push(SceneStep::read(text)?),
            _ => bail!("there is no such field"),
        }
        Ok(())
    }
}

/// A pipeline to be watched. Its filters take a given time (`delay`, `spin`), so that it looks the same on every machine.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Width and height of its frames, in pixels.
    pub size: (i32, i32),
    /// Frame rate of its camera; none where frames come as fast as they are read.
    pub camera: Option<f64>,
    /// The filters.
    pub chain: &'static str,
    /// The steps, in order. The first begins with `threads`, one worker, queues of four frames that drop nothing, and no
    /// filter slowed down, unless it sets something else.
    pub steps: Vec<SceneStep>,
}

/// A step of a scene.
#[derive(Clone, Debug)]
pub struct SceneStep {
    /// What it shows, in a sentence or two, without measured figures.
    pub caption: &'static str,
    /// What is changed.
    pub settings: Vec<Setting>,
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
    /// The overflow policy of the queue after capture.
    Overflow(Overflow),
    /// A filter, by its name, and by how many percent it is slowed down.
    Slowed(&'static str, f64),
}

impl Scene {
    /// Reads a scene without its steps: `320x240 CHAIN`, or `320x240@30 CHAIN` with a camera.
    fn read(text: &'static str) -> Result<Self> {
        let (frames, chain) = text.split_once(' ').context("a scene has frames and a chain")?;
        let (size, camera) = frames.split_once('@').map_or((frames, None), |(size, rate)| (size, Some(rate)));
        let (width, height) = size.split_once('x').context("a size is WxH")?;
        let camera = camera.map(str::parse).transpose()?;
        Ok(Self { size: (width.parse()?, height.parse()?), camera, chain, steps: Vec::new() })
    }

    /// Synthetic frames for it, more than anybody will watch.
    pub fn frames(&self) -> Input {
        const FOR_DAYS: u64 = 1_000_000_000;
        let (width, height) = self.size;
        Input::Synthetic(SyntheticSpec::new(Shape::bgr(width, height), FOR_DAYS))
    }
}

impl SceneStep {
    /// Reads a step: what it changes, then its caption, as in `workers=2 queue=8 | Two workers.`
    fn read(text: &'static str) -> Result<Self> {
        let (settings, caption) = text.split_once("| ").context("a caption stands behind |")?;
        Ok(Self { caption, settings: settings.split_whitespace().map(Setting::read).collect::<Result<_>>()? })
    }
}

impl Setting {
    fn read(text: &'static str) -> Result<Self> {
        let (name, value) = text.split_once('=').context("a setting is name=value")?;
        Ok(match name {
            "strategy" => Self::Strategy(value),
            "workers" => Self::Workers(value.parse()?),
            "queue" => Self::Queue(value.parse()?),
            "overflow" => Self::Overflow(value.parse().map_err(Error::msg)?),
            "slowed" => {
                let (filter, percent) = value.split_once(':').context("a filter is slowed by FILTER:PERCENT")?;
                Self::Slowed(filter, percent.parse()?)
            }
            _ => bail!("there is no setting {name}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_and_what_is_wrong_is_named() {
        let about = About::read(
            "name: a\non frames: yes\nscene: 64x48@30 delay=5\nstep: | So.\nstep: workers=2 slowed=delay:50 | Two.\n\
             ---\n  a ─▶ b\n\nc\n---\nMore\n",
        );
        let about = about.unwrap();
        assert_eq!((about.name, about.on_frames, about.drawing), ("a", true, "  a ─▶ b\n\nc"));
        assert_eq!(about.explanation, "More\n");
        let scene = about.scene.unwrap();
        assert_eq!((scene.size, scene.camera, scene.chain), ((64, 48), Some(30.0), "delay=5"));
        let steps: Vec<_> = scene.steps.iter().map(|step| (step.caption, step.settings.as_slice())).collect();
        assert_eq!(steps, [("So.", &[][..]), ("Two.", &[Setting::Workers(2), Setting::Slowed("delay", 50.0)])]);
        for wrong in ["name: a", "nam: a\n---\n---\n", "step: | So.\n---\n---\n", "scene: 64 delay\n---\n---\n"] {
            assert!(About::read(wrong).is_err(), "{wrong}");
        }
        for step in ["So.", "workers | So.", "workers=x | So.", "speed=2 | So.", "slowed=delay | So."] {
            assert!(SceneStep::read(step).is_err(), "{step}");
        }
    }
}
