//! `demo`: measures lessons one after the other, and prints each as soon as it is done.

pub mod args;
mod screen;

use anyhow::{Result, ensure};
use framerace::host::libraries;
use framerace::lab::lessons::{DemoReport, Lab, Lesson, LessonReport, list, summary, to_html, to_text};
use framerace::lab::report::ResultFile;
use framerace::pipeline::{Step, Watch};
use framerace::source::OpenOptions;

use self::args::{DemoArgs, DemoOptions};
use crate::app::args::command::Command;
use crate::app::args::console::{ColorArgs, detail};
use crate::app::results::target::{Target, print, print_painted, terminal_width};
use crate::app::terminal::stderr::Stderr;
use crate::app::terminal::with_bar;
use crate::app::this_program::this_program;

const DEFAULT_INPUT: &str = "synthetic:320x240@0x32";

impl Command for DemoOptions {
    fn needs_opencv(&self) -> bool {
        self.flags.input.as_ref().is_some_and(|input| OpenOptions::default().needs_opencv(input))
    }

    fn shows_library_logs(&self) -> bool {
        // On the whole screen they would be written over the drawing.
        self.flags.console.verbose && self.on_screen.is_none()
    }

    fn color(&self) -> ColorArgs {
        self.flags.console.color.clone()
    }

    fn execute(self: Box<Self>, stderr: &Stderr) -> Result<()> {
        let lessons = self.flags.lessons();
        if let Some(on_screen) = &self.on_screen {
            return screen::run(on_screen, &self.flags);
        }
        if lessons.is_empty() {
            return print(&list(terminal_width()));
        }
        if self.flags.explain {
            let abouts = lessons.iter().map(|lesson| lesson.about());
            let width = terminal_width();
            let texts = abouts.map(|about| format!("{}\n{}", width.sentence(about.claim), about.explanation));
            let texts: Vec<_> = texts.collect();
            return print(&texts.join("\n\n"));
        }
        measure(&self.flags, &lessons, stderr)
    }
}

/// Measures these lessons. One that fails does not keep the others from being measured.
fn measure(demo: &DemoArgs, lessons: &[&'static Lesson], stderr: &Stderr) -> Result<()> {
    libraries::prepare(1, demo.console.verbose)?;
    let json = demo.json.as_deref().map(Target::open).transpose()?;
    let html = demo.html.as_deref().map(Target::open).transpose()?;
    let printed = [&json, &html].into_iter().any(|target| matches!(target, Some(Target::Stdout)));
    let shown = !demo.console.quiet && !printed;
    let (mut reports, mut failed) = (Vec::new(), Vec::new());
    for (number, lesson) in lessons.iter().enumerate() {
        match measure_one(lesson, demo, stderr)? {
            Ok(report) => {
                if shown {
                    let text = to_text(&report, detail(demo.console.verbose), terminal_width());
                    print_painted(&format!("{}{text}", if number > 0 { "\n\n" } else { "" }), &demo.console.color)?;
                }
                reports.push(report);
            }
            Err(error) if lessons.len() == 1 => return Err(error),
            Err(error) => {
                stderr.line(&format!("error: {error:#}"));
                failed.push(lesson.about().name);
            }
        }
    }
    if shown && lessons.len() > 1 {
        print_painted(&format!("\n\n{}", summary(&reports, terminal_width())), &demo.console.color)?;
    }
    let report = DemoReport::new(reports)?;
    if let Some(json) = json {
        json.write(&report.to_json()?)?;
    }
    if let Some(html) = html {
        html.write(&to_html(&report)?)?;
    }
    let (count, all) = (failed.len(), lessons.len());
    ensure!(count == 0, "{count} of {all} lessons could not be given: {}", failed.join(", "));
    Ok(())
}

/// Measures one lesson. The outer error is that of the input, which all lessons share; the inner one is that of the lesson.
fn measure_one(lesson: &Lesson, demo: &DemoArgs, stderr: &Stderr) -> Result<Result<LessonReport>> {
    let about = lesson.about();
    if demo.input.is_some() && !about.on_frames {
        stderr.line(&format!("note: {} works without frames; --input is not used", about.name));
    }
    let watch = Watch::default();
    with_bar(stderr, demo.console.progress(), &watch, |on_step| {
        let mut on_step = |step| on_step(Step { strategy: about.name.into(), ..step });
        let input = demo.input.clone().map_or_else(|| DEFAULT_INPUT.parse(), Ok)?;
        let lab = Lab::new(input, demo.rounds, this_program(), &watch, &mut on_step)?;
        Ok(lesson.give(&lab))
    })
}
