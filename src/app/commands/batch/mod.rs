//! `batch`: converts many files, prints what becomes of each, and a summary at the end.

pub mod args;
mod events;
mod summary;

use std::fmt::Display;

use anyhow::{Result, bail, ensure};
use framerace::batch::{Event, JOURNAL_FILE, Outcome, Summary, is_disk_full, run as run_batch};
use framerace::cancel::CancelToken;
use framerace::host::libraries;
use framerace::lab::report::counted;
use framerace::source::Decoder;

use self::args::BatchOptions;
use self::events::show_event;
use self::summary::{problems, table};
use crate::app::args::command::Command;
use crate::app::exit_code::{Interrupted, NotNow};
use crate::app::interrupt::on_interrupts;
use crate::app::results::target::print;
use crate::app::terminal::Bars;
use crate::app::terminal::stderr::Stderr;

impl Command for BatchOptions {
    fn needs_opencv(&self) -> bool {
        self.batch.settings.open.decoder == Decoder::Opencv
    }

    fn shows_library_logs(&self) -> bool {
        self.console.verbose
    }

    fn execute(self: Box<Self>, stderr: &Stderr) -> Result<()> {
        let Self { batch, console, .. } = &*self;
        let folder = batch.folder.display();
        ensure!(!batch.folder.exists() || batch.folder.is_dir(), "{folder} is a file; give a folder with -o");
        libraries::prepare(self.opencv_threads, console.verbose)?;
        let stop = CancelToken::default();
        let bars = Bars::new(stderr, console.progress());
        let (on_first, first, last) = (stop.clone(), bars.clone(), bars.clone());
        let stop_in_good_order = move || {
            on_first.cancel();
            first.print_line("stopping what is in work; once more ends at once");
        };
        on_interrupts(stop_in_good_order, move || last.clear())?;
        let on_event = |event: Event<'_>| show_event(&event, &bars, console.quiet);
        let summary = run_batch(batch, &stop, &on_event);
        bars.clear();
        let summary =
            summary.map_err(|error| if is_disk_full(&error) { no_room(&folder, &error).into() } else { error })?;
        let printed = if console.quiet { Ok(()) } else { print(&table(&summary)) };
        for line in problems(&summary) {
            stderr.line(&line);
        }
        check_complete(&summary, &stop, &folder.to_string(), self.accept_damaged)?;
        printed
    }
}

fn no_room(folder: &dyn Display, why: &dyn Display) -> NotNow {
    NotNow(format!("no room left in {folder}: {why:#}; make room and run it again, it goes on where it stopped"))
}

/// Fails if not every file was converted, or one was damaged and that is not accepted.
fn check_complete(summary: &Summary, stop: &CancelToken, folder: &str, accept_damaged: bool) -> Result<()> {
    let count = |test: fn(&Outcome) -> bool| summary.ended.iter().filter(|ended| test(&ended.outcome)).count();
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
    let damaged = count(|outcome| outcome.damage().is_some());
    ensure!(
        damaged == 0 || accept_damaged,
        "{damaged} of {files} damaged; what could be decoded is written, and --accept-damaged takes that for done"
    );
    Ok(())
}
