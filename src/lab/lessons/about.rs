//! The words of a lesson, which stand in its file `NAME.md`: fields, one a line, the last of them its scene; a drawing of
//! the experiment; and more about it in plain words. A line `---` stands between the three.

use anyhow::{Context, Result, bail};

use super::scene::{Scene, SceneStep};

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
    /// Reads the file of a lesson.
    ///
    /// # Errors
    /// When a part is missing or a field cannot be read; the error names the field.
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

#[cfg(test)]
mod tests {
    use super::super::scene::Setting;
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
