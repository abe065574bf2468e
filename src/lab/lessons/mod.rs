//! Lessons: claims about threads and processes, each put as a sentence, predicted, measured on this machine, and judged.
//!
//! ```text
//! claim ─▶ measure(lab) ─▶ Measured ─▶ predict ─▶ Theory
//!                              └─────▶ checks ──▶ Judgment: holds · does not hold here · not decided
//! ```
//!
//! Most lessons only run pipelines: these are an `Experiment`, which is plain data. A lesson
//! that measures something else implements [`Lesson`] itself. Only the lab runs anything; predictions and verdicts are
//! pure functions of what was measured. Nothing here prints, and no lesson imports another.
//!
//! A lesson about a pipeline has a [`Scene`], too: plain data, for the screen that shows the pipeline while it runs.
//!
//! A new lesson costs one file with its explanation (`NAME.md`) beside it, its `mod` line and its line in [`LESSONS`].

mod experiment;
mod html;
mod judgment;
mod lab;
mod lesson;
mod measured;
mod report;
mod scene;
mod teach;
mod text;
mod words;

mod amdahl;
mod bottleneck;
mod concurrency_parallelism;
mod cpu_bound;
mod crash;
mod fake_fps;
mod global_lock;
mod hand_off;
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

pub use html::to_html;
pub use judgment::{Expectation, Judgment, Outcome};
pub use lab::{Lab, Notes, OneCore, Trial};
pub use lesson::{About, Lesson, Theory};
pub use measured::{Figure, Measured};
pub use report::{DemoReport, LessonReport};
pub use scene::{Scene, SceneStep, Setting};
pub use teach::teach;
pub use text::{Shown, list, shown_text, summary, to_text};

/// Every lesson, in the order they are taught.
pub const LESSONS: &[&dyn Lesson] = &[
    &sequential::SEQUENTIAL,
    &overlap::OVERLAP,
    &cpu_bound::CPU_BOUND,
    &global_lock::GLOBAL_LOCK,
    &concurrency_parallelism::CONCURRENCY_PARALLELISM,
    &join_in_the_loop::JoinInTheLoop,
    &queue::QUEUE,
    &bottleneck::BOTTLENECK,
    &stages_or_workers::STAGES_OR_WORKERS,
    &spawn::Spawn,
    &memory::Memory,
    &hand_off::HandOff,
    &shared_write::SharedWrite,
    &oversubscription::Oversubscription,
    &crash::Crash,
    &responsiveness::Responsiveness,
    &fake_fps::FAKE_FPS,
    &map::Map,
    &ipc_queue::IpcQueue,
    &amdahl::Amdahl,
];

/// The lesson with this name.
pub fn find(name: &str) -> Option<&'static dyn Lesson> {
    LESSONS.iter().copied().find(|lesson| lesson.about().name == name)
}

/// The lessons that have a scene, in the order they are taught.
pub fn scenes() -> Vec<(&'static dyn Lesson, &'static Scene)> {
    LESSONS.iter().filter_map(|lesson| Some((*lesson, lesson.scene()?))).collect()
}

#[cfg(test)]
mod tests;
