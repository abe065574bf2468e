//! `batch`: does many files, says what becomes of each, and sums up.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Result, bail};
use framerace::batch::{Ended, Event, LEDGER, Outcome, Stop, Summary, run as run_batch};
use framerace::globals;

use super::target::print;
use crate::cli::Many;
use crate::interrupt::{Interrupted, on_interrupt};
use crate::progress::Bars;
use crate::stderr::Stderr;

/// Does the files.
///
/// # Errors
/// One line for the user: what could not be begun at all, or how many files failed.
pub fn run(many: &Many, stderr: &Stderr) -> Result<()> {
    let Many { batch, output, .. } = many;
    globals::prepare(many.opencv_threads, output.verbose)?;
    let stop = Arc::new(Stop::default());
    let asked = Arc::clone(&stop);
    on_interrupt(move || asked.stop())?;
    let bars = Bars::new(stderr, output.progress);
    let on_event = |event: Event<'_>| tell(&event, &bars, output.quiet);
    let summary = run_batch(batch, &stop, &on_event);
    bars.finish();
    let summary = summary?;
    if !output.quiet {
        print(&table(&summary))?;
    }
    for line in trouble(&summary) {
        stderr.line(&line);
    }
    verdict(&summary, &stop, &batch.folder.display().to_string())
}

/// How it ended, as an exit code and a line.
fn verdict(summary: &Summary, stop: &Stop, folder: &str) -> Result<()> {
    let count = |test: fn(&Outcome) -> bool| summary.ended.iter().filter(|ended| test(&ended.outcome)).count();
    if let Some(why) = summary.ended.iter().find_map(|ended| match &ended.outcome {
        Outcome::NoRoom(why) => Some(why),
        _ => None,
    }) {
        bail!("no room left in {folder}: {why}; make room and run it again, it goes on where it stopped");
    }
    if stop.asked() {
        let left = summary.left + count(|outcome| *outcome == Outcome::Stopped);
        bail!(Interrupted(format!("interrupted, {left} files left; run it again, it goes on where it stopped")));
    }
    let failed = count(|outcome| outcome.why().is_some());
    if failed > 0 {
        bail!("{failed} of {} files failed; {folder}/{LEDGER} has it all", summary.ended.len());
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
            say(format!("left out: {} {} ({first}{more})", left_out.files.len(), left_out.what));
        }
        Event::Swept(count) => say(format!("removed {count} temporary files of attempts that were cut off")),
        Event::Planned { files, frames, lanes } => {
            let wide = if lanes.wide > 0 { format!("{} alone, then ", lanes.wide) } else { String::new() };
            let (at_once, workers) = (lanes.lanes, lanes.workers);
            say(format!("{files} files to do: {wide}{at_once} at a time, {workers} workers each"));
            bars.plan(*files, *frames);
        }
        Event::Began { task, frames, watch } => {
            if !bars.visible() {
                say(format!("begun: {}", task.input.display()));
            }
            bars.begin(&task.input, *frames, watch);
        }
        Event::Ended(ended) => {
            bars.end(&ended.input, ended.figures.frames_out);
            match &ended.outcome {
                // An error is said even to those who want quiet.
                Outcome::Failed(why) | Outcome::NoRoom(why) => {
                    bars.say(&format!("failed: {}: {why}", ended.input.display()))
                }
                Outcome::Done if !bars.visible() => say(done(ended)),
                Outcome::Elsewhere => say(format!("left to another batch: {}", ended.input.display())),
                _ => {}
            }
        }
    }
}

fn done(ended: &Ended) -> String {
    let figures = &ended.figures;
    let (frames, seconds) = (figures.frames_out, figures.seconds);
    let fps = frames as f64 / seconds.max(1e-9);
    format!("done: {}: {frames} frames in {seconds:.1} s, {fps:.0} FPS", ended.input.display())
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
    if summary.torn > 0 {
        lines.push(format!("note: {} lines of the ledger are torn; they were passed over", summary.torn));
    }
    for ended in &summary.ended {
        let again = matches!(ended.outcome, Outcome::FailedBefore(_));
        if let Some(why) = ended.outcome.why() {
            let (when, retry) = if again { ("failed before", " (--retry tries it again)") } else { ("failed", "") };
            lines.push(format!("{when}: {}: {why}{retry}", ended.input.display()));
        }
    }
    lines
}
