//! `batch`: converts many files, prints what becomes of each, and the answer at the end.

mod answer;
pub mod args;
mod dry_run;
mod json;
mod summary;

use std::fmt::Display;

use anyhow::{Result, bail, ensure};
use framerace::batch::{Event, Happened, JOURNAL_FILE, Outcome, Summary, is_disk_full, preview, run as run_batch};
use framerace::cancel::CancelToken;
use framerace::host::libraries;
use framerace::lab::report::counted;
use framerace::marks::RIGHT;
use framerace::source::Decoder;

use self::answer::answer;
use self::args::BatchOptions;
use self::dry_run::lines;
use self::json::JsonLines;
use self::summary::{limits, problems};
use crate::app::args::command::Command;
use crate::app::args::console::ColorArgs;
use crate::app::args::list::with_list;
use crate::app::exit_code::{Interrupted, NotNow};
use crate::app::interrupt::on_interrupts;
use crate::app::results::batch_events::show_event;
use crate::app::results::target::{print, print_painted, terminal_width};
use crate::app::terminal::Bars;
use crate::app::terminal::stderr::Stderr;
use crate::app::this_program::arguments;

impl Command for BatchOptions {
    fn needs_opencv(&self) -> bool {
        self.batch.settings.open.decoder == Decoder::Opencv
    }

    fn shows_library_logs(&self) -> bool {
        self.console.verbose
    }

    fn color(&self) -> ColorArgs {
        self.console.color.clone()
    }

    fn execute(mut self: Box<Self>, stderr: &Stderr) -> Result<()> {
        let folder = self.batch.folder.display().to_string();
        ensure!(!self.batch.folder.exists() || self.batch.folder.is_dir(), "{folder} is a file; give a folder with -o");
        if let Some(separator) = self.list {
            self.batch.inputs = with_list(&self.batch.inputs, separator)?;
        }
        let json = self.json.as_deref().map(JsonLines::open).transpose()?;
        if let Some(json) = &json {
            json.write(Happened::started(&self.batch));
        }
        let done =
            if self.dry_run { self.say_what_would_be_done(json.as_ref()) } else { self.run(json.as_ref(), stderr) };
        if let (Some(json), Err(error)) = (&json, &done) {
            json.write(Happened::Error { why: format!("{error:#}") });
        }
        done.and(json.map_or(Ok(()), |json| json.finish()))
    }
}

impl BatchOptions {
    fn speaks(&self, json: Option<&JsonLines>) -> bool {
        !self.console.quiet && !json.is_some_and(JsonLines::to_stdout)
    }

    fn say_what_would_be_done(&self, json: Option<&JsonLines>) -> Result<()> {
        let preview = preview(&self.batch)?;
        if let Some(json) = json {
            preview.left_out.iter().for_each(|left_out| json.write(Happened::left_out(left_out)));
            preview.files.iter().for_each(|planned| json.write(Happened::would_do(planned)));
        }
        if self.speaks(json) { print(&lines(&preview, &self.batch.folder.display().to_string())) } else { Ok(()) }
    }

    fn run(&self, json: Option<&JsonLines>, stderr: &Stderr) -> Result<()> {
        let Self { batch, console, .. } = self;
        let folder = batch.folder.display();
        libraries::prepare(self.opencv_threads, console.verbose)?;
        let stop = CancelToken::default();
        let bars = Bars::new(stderr, console.progress());
        let (on_first, first, last) = (stop.clone(), bars.clone(), bars.clone());
        let stop_in_good_order = move || {
            on_first.cancel();
            first.print_line("stopping what is in work; once more ends at once");
        };
        on_interrupts(stop_in_good_order, move || last.clear())?;
        let on_event = |event: Event<'_>| {
            if let Some(json) = json {
                json.event(&event);
            }
            show_event(&event, &bars, console.quiet);
        };
        let summary = run_batch(batch, &stop, &on_event);
        bars.clear();
        let summary =
            summary.map_err(|error| if is_disk_full(&error) { no_room(&folder, &error).into() } else { error })?;
        if let Some(json) = json {
            json.write(Happened::summary(&summary));
        }
        for line in problems(&summary) {
            stderr.line(&line);
        }
        let printed = if self.speaks(json) { print_painted(&self.answer(&summary), &console.color) } else { Ok(()) };
        check_complete(&summary, &stop, &folder.to_string(), self.accept_damaged)?;
        printed
    }

    /// What is printed at the end, with a mark where all went well.
    fn answer(&self, summary: &Summary) -> String {
        let details = if self.console.verbose { limits(summary) } else { String::new() };
        let text = answer(summary, &arguments(), terminal_width());
        let went_well =
            summary.left == 0 && summary.count(|outcome| !matches!(outcome, Outcome::Done | Outcome::Skipped)) == 0;
        let mark = if went_well { format!("{RIGHT} ") } else { String::new() };
        format!("{details}{mark}{text}")
    }
}

fn no_room(folder: &dyn Display, why: &dyn Display) -> NotNow {
    NotNow(format!("no room left in {folder}: {why:#}; make room and run it again, it goes on where it stopped"))
}

/// Fails if not every file was converted, or one was damaged and that is not accepted.
fn check_complete(summary: &Summary, stop: &CancelToken, folder: &str, accept_damaged: bool) -> Result<()> {
    let count = |test: fn(&Outcome) -> bool| summary.count(test);
    if let Some(why) = summary.ended.iter().find_map(|ended| match &ended.outcome {
        Outcome::DiskFull(why) => Some(why),
        _ => None,
    }) {
        bail!(no_room(&folder, &why));
    }
    if stop.is_cancelled() {
        let left = summary.left + count(|outcome| *outcome == Outcome::Stopped);
        bail!(Interrupted(format!(
            "interrupted with {} left; run it again, it goes on where it stopped",
            counted(left, "file")
        )));
    }
    let later = count(|outcome| outcome.why_not_now().is_some());
    if later > 0 {
        bail!(NotNow(format!(
            "{later} of {} could not be done now; run it again when there is more room, it goes on where it stopped",
            counted(summary.ended.len(), "file")
        )));
    }
    let elsewhere = count(|outcome| outcome.elsewhere().is_some());
    if elsewhere > 0 {
        bail!(NotNow(format!(
            "{elsewhere} of {} left to other batches; run it again when they have ended, or with --take-over",
            counted(summary.ended.len(), "file")
        )));
    }
    let failed = count(|outcome| outcome.why().is_some());
    let files = counted(summary.ended.len(), "file");
    ensure!(failed == 0, "{failed} of {files} failed; {folder}/{JOURNAL_FILE} has it all");
    let kept = count(|outcome| outcome.kept().is_some());
    ensure!(kept == 0, "{kept} of {files} kept, because other options have made the output; --redo replaces it");
    let damaged = count(|outcome| outcome.damage().is_some());
    ensure!(
        damaged == 0 || accept_damaged,
        "{damaged} of {files} damaged; what could be decoded is written, and --accept-damaged takes that for done"
    );
    Ok(())
}
