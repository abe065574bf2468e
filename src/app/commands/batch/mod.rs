//! `batch`: does many files, says what becomes of each, and sums up.

pub mod args;

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Result, bail, ensure};
use framerace::batch::{Ended, Event, JOURNAL_FILE, Outcome, Schedule, Stop, Summary, run as run_batch};
use framerace::host::libraries;

use self::args::BatchOptions;
use crate::app::args::command::Command;
use crate::app::exit_code::Interrupted;
use crate::app::interrupt::on_interrupts;
use crate::app::results::target::print;
use crate::app::terminal::stderr::Stderr;
use crate::app::terminal::{Bars, choice_lines};

impl Command for BatchOptions {
    fn shows_library_logs(&self) -> bool {
        self.console.verbose
    }

    fn execute(self: Box<Self>, stderr: &Stderr) -> Result<()> {
        let Self { batch, console, .. } = &*self;
        let folder = batch.folder.display();
        ensure!(!batch.folder.exists() || batch.folder.is_dir(), "{folder} is a file; give a folder with -o");
        libraries::prepare(self.opencv_threads, console.verbose)?;
        let stop = Arc::new(Stop::default());
        let bars = Bars::new(stderr, console.progress);
        let (asked, first, last) = (Arc::clone(&stop), bars.clone(), bars.clone());
        let begin_to_stop = move || {
            asked.stop();
            first.say("stopping what is in work; once more ends at once");
        };
        on_interrupts(begin_to_stop, move || last.clear())?;
        let on_event = |event: Event<'_>| tell(&event, &bars, console.quiet);
        let summary = run_batch(batch, &stop, &on_event);
        bars.clear();
        let summary = summary?;
        if !console.quiet {
            print(&table(&summary))?;
        }
        for line in trouble(&summary) {
            stderr.line(&line);
        }
        verdict(&summary, &stop, &folder.to_string())
    }
}

/// How it ended, as an exit code and a line.
fn verdict(summary: &Summary, stop: &Stop, folder: &str) -> Result<()> {
    let count = |test: fn(&Outcome) -> bool| summary.ended.iter().filter(|ended| test(&ended.outcome)).count();
    if let Some(why) = summary.ended.iter().find_map(|ended| match &ended.outcome {
        Outcome::DiskFull(why) => Some(why),
        _ => None,
    }) {
        bail!("no room left in {folder}: {why}; make room and run it again, it goes on where it stopped");
    }
    if stop.asked() {
        let left = summary.left + count(|outcome| *outcome == Outcome::Stopped);
        bail!(Interrupted(format!(
            "interrupted with {} left; run it again, it goes on where it stopped",
            many_of(left, "file")
        )));
    }
    let failed = count(|outcome| outcome.why().is_some());
    if failed > 0 {
        bail!("{failed} of {} failed; {folder}/{JOURNAL_FILE} has it all", many_of(summary.ended.len(), "file"));
    }
    Ok(())
}

/// Says at once what happens.
fn tell(event: &Event<'_>, bars: &Bars, quiet: bool) {
    let say = |text: String| {
        if !quiet {
            bars.say(&text);
        }
    };
    match event {
        Event::LeftOut(left_out) => {
            let first = left_out.files.first().map(|file| file.display().to_string()).unwrap_or_default();
            let more = if left_out.files.len() > 1 { ", …" } else { "" };
            let what = many_of(left_out.files.len(), left_out.what);
            say(format!("left out: {what} ({first}{more}); {}", left_out.advice));
        }
        Event::RemovedStale(count) => {
            say(format!("removed {} of attempts that were cut off", many_of(*count, "temporary file")));
        }
        Event::Planned { files, frames, schedule } => {
            if *files > 0 {
                say(format!("{} to do: {}", many_of(*files, "file"), split(schedule)));
            }
            bars.plan(*files, *frames);
        }
        Event::Chosen(why) => choice_lines(why, bars.columns()).into_iter().for_each(say),
        Event::Began { task, frames, plays, progress } => {
            if !bars.visible() {
                say(format!("begun: {}", task.input.display()));
            }
            bars.begin(&task.input, *frames, *plays, progress);
        }
        Event::Ended(ended) => {
            match ended.outcome {
                Outcome::Postponed => bars.later(&ended.input),
                _ => bars.end(&ended.input, ended.figures.frames_out, ended.figures.duration_out_s),
            }
            match &ended.outcome {
                // An error is said even to those who want quiet.
                Outcome::Failed(why) | Outcome::DiskFull(why) => {
                    bars.say(&format!("failed: {}", named(ended, why)));
                }
                Outcome::Done if !bars.visible() => say(done(ended)),
                Outcome::Postponed => say(format!(
                    "later, alone: {}: it takes more memory than there is beside the others",
                    ended.input.display()
                )),
                Outcome::Elsewhere => say(format!("left to another batch: {}", ended.input.display())),
                _ => {}
            }
            ended.figures.notes.iter().for_each(|note| say(format!("note: {}", named(ended, note))));
        }
    }
}

/// How the files are split: `1 alone with 2 workers, then 2 at a time with 1 worker each`.
fn split(schedule: &Schedule) -> String {
    let Schedule { order, exclusive, slots, workers } = schedule;
    let one_by_one = |workers: usize| format!("one at a time with {}", many_of(workers, "worker"));
    match (*exclusive, order.len() - exclusive, *slots) {
        (0, _, 1) => one_by_one(*workers),
        (0, _, slots) => format!("{slots} at a time with {} each", many_of(*workers, "worker")),
        (exclusive, rest, slots) => {
            let workers = many_of(*workers, "worker");
            format!(
                "the {exclusive} largest one at a time with all cores, then {rest}, {slots} at a time with {workers} each"
            )
        }
    }
}

fn many_of(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// What went wrong, with the file's name before it unless it is in it.
fn named(ended: &Ended, why: &str) -> String {
    let input = ended.input.display().to_string();
    if why.contains(&input) { why.to_owned() } else { format!("{input}: {why}") }
}

fn done(ended: &Ended) -> String {
    let figures = &ended.figures;
    let (frames, seconds) = (figures.frames_out, figures.seconds);
    let fps = frames as f64 / seconds.max(1e-9);
    format!("done: {}: {frames} frames in {seconds:.1} s, {fps:.0} FPS", ended.output.display())
}

/// What came of it, in figures.
fn table(summary: &Summary) -> String {
    let count = |test: fn(&Outcome) -> bool| summary.ended.iter().filter(|ended| test(&ended.outcome)).count();
    let done: Vec<_> =
        summary.ended.iter().filter(|ended| ended.outcome == Outcome::Done).map(|ended| &ended.figures).collect();
    let frames: u64 = done.iter().map(|figures| figures.frames_out).sum();
    let plays: f64 = done.iter().map(|figures| figures.duration_out_s).sum();
    let seconds = summary.seconds.max(1e-9);
    let mut rows = vec![("files", (summary.ended.len() + summary.left).to_string())];
    let mut row = |name: &'static str, n: usize| {
        if n > 0 {
            rows.push((name, n.to_string()));
        }
    };
    row("  done", done.len());
    row("  skipped", count(|outcome| *outcome == Outcome::Skipped));
    row("  failed", count(|outcome| outcome.why().is_some()));
    row("  elsewhere", count(|outcome| *outcome == Outcome::Elsewhere));
    row("  left", summary.left + count(|outcome| *outcome == Outcome::Stopped));
    rows.push(("frames", frames.to_string()));
    rows.push(("time", format!("{seconds:.1} s")));
    rows.push(("memory", format!("{} MB at most", summary.peak_memory >> 20)));
    if frames > 0 {
        let speed =
            if plays > 0.0 { format!(", {:.1} × as fast as they play", plays / seconds) } else { String::new() };
        rows.push(("speed", format!("{:.0} FPS{speed}", frames as f64 / seconds)));
        rows.push(("limited by", limits(summary)));
    }
    rows.into_iter().map(|(name, value)| format!("{name:<12} {value}\n")).collect()
}

/// The stages that limited the files, by the time these took.
fn limits(summary: &Summary) -> String {
    let mut by_stage: BTreeMap<&str, f64> = BTreeMap::new();
    for figures in summary.ended.iter().map(|ended| &ended.figures) {
        if let Some(stage) = &figures.limited_by {
            *by_stage.entry(stage).or_default() += figures.seconds;
        }
    }
    let all: f64 = by_stage.values().sum();
    let mut stages: Vec<_> = by_stage.into_iter().collect();
    stages.sort_by(|a, b| b.1.total_cmp(&a.1));
    let told = stages.into_iter().map(|(stage, seconds)| format!("{stage} {:.0} %", 100.0 * seconds / all.max(1e-9)));
    told.collect::<Vec<_>>().join(", ") + " of the time"
}

/// What a user should look at, listed once more at the end.
fn trouble(summary: &Summary) -> Vec<String> {
    let mut lines = Vec::new();
    if summary.damaged_lines > 0 {
        lines.push(format!(
            "note: {} of the ledger could not be read and was passed over",
            many_of(summary.damaged_lines, "line")
        ));
    }
    for ended in &summary.ended {
        let again = matches!(ended.outcome, Outcome::FailedBefore(_));
        if let Some(why) = ended.outcome.why() {
            let (when, retry) = if again { ("failed before", " (--retry tries it again)") } else { ("failed", "") };
            lines.push(format!("{when}: {}{retry}", named(ended, why)));
        }
    }
    lines
}
