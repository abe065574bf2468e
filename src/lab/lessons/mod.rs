//! Lessons: claims about threads and processes, each put as a sentence, predicted, measured on this machine, and judged.
//!
//! ```text
//! words (NAME.md) · arms ─measure(lab)─▶ Measured ─▶ predict ─▶ figures by theory
//!                                           └─────▶ checks ──▶ Judgment: holds · does not hold here · not decided
//! ```
//!
//! A [`Lesson`] is plain data: its words are in its file `NAME.md`, its experiment is made of arms, each a run of a
//! pipeline or some other work, and its checks are functions of what was measured. Only the lab runs anything. Nothing here
//! prints, and no lesson imports another.
//!
//! A lesson about a pipeline has a [`Scene`], too, for the screen that shows the pipeline while it runs.
//!
//! A new lesson costs one file with its words (`NAME.md`) beside it, its `mod` line and its line in [`LESSONS`]; and, in
//! `tests/suite/lab/lessons.rs`, figures with which its claim holds and does not.

mod about;
mod arm;
mod html;
mod judgment;
mod lab;
mod lesson;
mod measured;
mod report;
mod text;

mod amdahl;
mod bottleneck;
mod concurrency_parallelism;
mod cpu_bound;
mod crash;
mod fake_fps;
mod global_lock;
mod handoff;
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

pub use about::{About, Scene, SceneStep, Setting};
pub use html::to_html;
pub use judgment::{Expectation, Judgment, Outcome};
pub use lab::Lab;
pub use lesson::Lesson;
pub use measured::{Figure, Measured};
pub use report::{DemoReport, LessonReport, Prediction};
pub use text::{Shown, list, shown_text, summary, to_text};

// What lessons are written with.
pub(super) use self::arm::{Arm, Pipeline, handoff_us, ms_a_frame, timed_ms, wall_ms};
pub(super) use self::lesson::{Words, read};

/// Every lesson, in the order they are taught.
pub static LESSONS: &[&Lesson] = &[
    &sequential::SEQUENTIAL,
    &overlap::OVERLAP,
    &cpu_bound::CPU_BOUND,
    &global_lock::GLOBAL_LOCK,
    &concurrency_parallelism::CONCURRENCY_PARALLELISM,
    &join_in_the_loop::JOIN_IN_THE_LOOP,
    &queue::QUEUE,
    &bottleneck::BOTTLENECK,
    &stages_or_workers::STAGES_OR_WORKERS,
    &spawn::SPAWN,
    &memory::MEMORY,
    &handoff::HANDOFF,
    &shared_write::SHARED_WRITE,
    &oversubscription::OVERSUBSCRIPTION,
    &crash::CRASH,
    &responsiveness::RESPONSIVENESS,
    &fake_fps::FAKE_FPS,
    &map::MAP,
    &ipc_queue::IPC_QUEUE,
    &amdahl::AMDAHL,
];

/// The lesson with this name.
pub fn find(name: &str) -> Option<&'static Lesson> {
    LESSONS.iter().copied().find(|lesson| lesson.about().name == name)
}

/// The lessons that have a scene, in the order they are taught.
pub fn scenes() -> Vec<(&'static Lesson, &'static Scene)> {
    LESSONS.iter().filter_map(|lesson| Some((*lesson, lesson.scene()?))).collect()
}
