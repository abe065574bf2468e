//! Gives one lesson: measures, predicts, judges, and reports.

use std::time::Instant;

use anyhow::{Context, Result};

use super::lab::Lab;
use super::lesson::Lesson;
use super::report::LessonReport;

/// Gives a lesson.
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
