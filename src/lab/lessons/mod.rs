//! Lessons: claims about threads and processes, each put as a sentence, predicted, measured on this machine, and judged.
//!
//! ```text
//! claim ─▶ measure(lab) ─▶ Measured ─▶ predict ─▶ Theory
//!                              └─────▶ checks ──▶ Verdict: holds · does not hold here · not decided
//! ```
//!
//! A lesson uses the library as any program could, so its file is an example of how that is done. Only the lab runs
//! something; predictions and verdicts are pure functions of what was measured. This room prints nothing, and a lesson
//! never reaches another.
//!
//! A lesson that is a pipeline has a [`Scene`], too: plain data, with which it can be watched as it runs.
//!
//! A new lesson costs one file here with its explanation (`NAME.md`) beside it, its `mod` line and its line in
//! [`LESSONS`].

mod lab;
mod measured;
mod report;
mod scene;
mod text;
mod verdict;

mod amdahl;
mod bottleneck;
mod concurrency_parallelism;
mod cpu_bound;
mod crash;
mod fake_fps;
mod global_lock;
mod hand_off;
mod html;
mod ipc_queue;
mod join_in_the_loop;
mod map;
mod memory;
mod overlap;
mod oversubscription;
mod queue;
mod responsiveness;
mod sequential;
mod shared_write;
mod spawn;
mod stages_or_workers;

use std::time::Instant;

use anyhow::{Context, Result};

pub use html::to_html;
pub use lab::{Lab, Notes, OneCore, Trial};
pub use measured::{Figure, Measured};
pub use report::{DemoReport, LessonReport, SCHEMA, schema, to_json};
pub use scene::{Scene, SceneStep, Setting, Shown, scenes, shown_text};
pub use text::{list, summary, to_text};
pub use verdict::{Check, Outcome, Verdict};

/// Every lesson, in the order they are taught.
pub const LESSONS: &[&dyn Lesson] = &[
    &sequential::Sequential,
    &overlap::Overlap,
    &cpu_bound::CpuBound,
    &global_lock::GlobalLock,
    &concurrency_parallelism::ConcurrencyParallelism,
    &join_in_the_loop::JoinInTheLoop,
    &queue::Queue,
    &bottleneck::Bottleneck,
    &stages_or_workers::StagesOrWorkers,
    &spawn::Spawn,
    &memory::Memory,
    &hand_off::HandOff,
    &shared_write::SharedWrite,
    &oversubscription::Oversubscription,
    &crash::Crash,
    &responsiveness::Responsiveness,
    &fake_fps::FakeFps,
    &map::Map,
    &ipc_queue::IpcQueue,
    &amdahl::Amdahl,
];

/// A claim, and how it is put to the test.
pub trait Lesson: Sync {
    /// What it is about.
    fn about(&self) -> About;

    /// Does the experiment.
    ///
    /// # Errors
    /// When something cannot be run here.
    fn measure(&self, lab: &Lab<'_>) -> Result<Measured>;

    /// What theory says the figures should be.
    fn predict(&self, measured: &Measured) -> Theory;

    /// What must be so for the claim to hold.
    fn checks(&self, measured: &Measured) -> Vec<Check>;

    /// Whether the claim holds. It knows nothing but what was measured.
    fn judge(&self, measured: &Measured) -> Verdict {
        Verdict::of(self.checks(measured), measured)
    }

    /// Its pipeline, to be watched as it runs; none where it is about something else.
    fn scene(&self) -> Option<&'static Scene> {
        None
    }

    /// Figures with which the claim holds, and figures with which it does not.
    #[cfg(test)]
    fn made_up(&self) -> (Measured, Measured);
}

/// A lesson in words.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Its name on the command line and in reports.
    pub name: &'static str,
    /// The claim, in one sentence.
    pub claim: &'static str,
    /// The experiment as a drawing.
    pub drawing: &'static str,
    /// More about it, in plain words: half a page.
    pub explanation: &'static str,
    /// What to try next: a command.
    pub next: &'static str,
    /// Whether it works on frames, which may then be the user's own.
    pub on_frames: bool,
}

/// What theory says.
#[derive(Clone, Debug, PartialEq)]
pub struct Theory {
    /// The law, by its name.
    pub law: &'static str,
    /// The law as a formula.
    pub formula: &'static str,
    /// What the law gives, each called as the measured figure it belongs to.
    pub predicted: Vec<Figure>,
}

/// The lesson with this name.
pub fn find(name: &str) -> Option<&'static dyn Lesson> {
    LESSONS.iter().copied().find(|lesson| lesson.about().name == name)
}

/// Gives a lesson: measures, predicts and judges.
///
/// # Errors
/// When something cannot be run here.
pub fn teach(lesson: &dyn Lesson, lab: &Lab<'_>) -> Result<LessonReport> {
    let (about, from) = (lesson.about(), Instant::now());
    let measured = lesson.measure(lab).with_context(|| format!("lesson {}", about.name))?;
    let (theory, verdict) = (lesson.predict(&measured), lesson.judge(&measured));
    let input = about.on_frames.then(|| lab.input().to_string());
    Ok(LessonReport::new(about, input, measured, theory, verdict, from.elapsed()))
}

#[cfg(test)]
mod tests;
