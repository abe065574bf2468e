//! What happens during a batch, printed or shown by a bar at once.

use framerace::batch::{Ended, Event, JOURNAL_FILE, Outcome, Schedule};
use framerace::lab::report::counted;

use crate::app::terminal::{Bars, choice_lines};

/// Prints an event, or shows it by a bar.
pub fn show_event(event: &Event<'_>, bars: &Bars, quiet: bool) {
    let print = |text: String| {
        if !quiet {
            bars.print_line(&text);
        }
    };
    match event {
        Event::LeftOut(left_out) => {
            let first = left_out.files.first().map(|file| file.display().to_string()).unwrap_or_default();
            let more = if left_out.files.len() > 1 { ", …" } else { "" };
            let what = counted(left_out.files.len(), left_out.what);
            print(format!("left out: {what} ({first}{more}); {}", left_out.advice));
        }
        Event::RemovedStale(count) => {
            print(format!("removed {} of attempts that were cut off", counted(*count, "temporary file")));
        }
        Event::JournalRestored => {
            bars.print_line(&format!("note: {JOURNAL_FILE} was removed or cut off meanwhile; it is written again"));
        }
        Event::Planned { files, frames, schedule } => {
            if *files > 0 {
                print(format!("{} to do: {}", counted(*files, "file"), describe(schedule)));
            }
            bars.plan(*files, *frames);
        }
        Event::Chosen(why) => choice_lines(why, bars.columns()).into_iter().for_each(print),
        Event::Began { task, frames, plays, progress } => {
            if !bars.visible() {
                print(format!("begun: {}", task.input.display()));
            }
            bars.begin(&task.input, *frames, *plays, progress);
        }
        Event::Again { input, why } => print(format!("again: {}: {why}", input.display())),
        Event::Ended(ended) => {
            match ended.outcome {
                Outcome::Postponed => bars.postpone(&ended.input),
                _ => bars.end(&ended.input, ended.figures.frames_out, ended.figures.duration_out_s),
            }
            match &ended.outcome {
                // Errors are printed even with --quiet.
                Outcome::Failed(why) | Outcome::DiskFull(why) => {
                    bars.print_line(&format!("failed: {}", named(ended, why)));
                }
                Outcome::NotNow(why) => bars.print_line(&format!("not now: {}", named(ended, why))),
                Outcome::Done if !bars.visible() => print(done(ended)),
                Outcome::Damaged(_) if !bars.visible() && ended.figures.frames_out > 0 => print(done(ended)),
                Outcome::Postponed => print(format!(
                    "later, alone: {}: it takes more memory than there is beside the others",
                    ended.input.display()
                )),
                Outcome::Elsewhere(who) => print(format!("left to another batch: {}", named(ended, who))),
                _ => {}
            }
            ended.figures.notes.iter().for_each(|note| print(format!("note: {}", named(ended, note))));
        }
    }
}

/// How many files run at a time: `1 alone with 2 workers, then 2 at a time with 1 worker each`.
fn describe(schedule: &Schedule) -> String {
    let Schedule { order, exclusive, slots, workers } = schedule;
    let one_by_one = |workers: usize| format!("one at a time with {}", counted(workers, "worker"));
    match (*exclusive, order.len() - exclusive, *slots) {
        (0, _, 1) => one_by_one(*workers),
        (0, _, slots) => format!("{slots} at a time with {} each", counted(*workers, "worker")),
        (exclusive, rest, slots) => {
            let workers = counted(*workers, "worker");
            format!(
                "the {exclusive} largest one at a time with all cores, then {rest}, {slots} at a time with {workers} each"
            )
        }
    }
}

/// The line for a file that is done, where there are no bars.
fn done(ended: &Ended) -> String {
    let figures = &ended.figures;
    let (frames, seconds) = (figures.frames_out, figures.seconds);
    let fps = frames as f64 / seconds.max(1e-9);
    let how = if ended.outcome.damage().is_some() { "done, damaged" } else { "done" };
    format!("{how}: {}: {frames} frames in {seconds:.1} s, {fps:.0} FPS", ended.output.display())
}

/// A message about a file, with its name in front unless the message contains it.
pub fn named(ended: &Ended, why: &str) -> String {
    let input = ended.input.display().to_string();
    if why.contains(&input) { why.to_owned() } else { format!("{input}: {why}") }
}
