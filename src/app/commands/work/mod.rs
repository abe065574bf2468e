//! `work`: does one shard of a plan, and says by its exit code whether to try again.

pub mod args;

use std::sync::atomic::Ordering::SeqCst;

use anyhow::{Result, bail, ensure};
use framerace::batch::{Event, Outcome, Resources, ShardPlan, Summary, is_disk_full, shard_index, work};
use framerace::cancel::CancelToken;
use framerace::host::allotment::Allotment;
use framerace::host::libraries;
use framerace::lab::report::counted;
use framerace::source::Decoder;

use self::args::ShardArgs;
use crate::app::args::command::Command;
use crate::app::args::console::ColorArgs;
use crate::app::exit_code::{EndedBySignal, Misused, NotNow};
use crate::app::interrupt::on_signals;
use crate::app::results::batch_events::{named, show_event};
use crate::app::results::target::{print, terminal_width};
use crate::app::terminal::Bars;
use crate::app::terminal::stderr::Stderr;
use crate::app::this_program::{become_with_opencv, this_program};

/// Failures that are named again at the end.
const MOST: usize = 10;

impl Command for ShardArgs {
    fn shows_library_logs(&self) -> bool {
        self.console.verbose
    }

    fn color(&self) -> ColorArgs {
        self.console.color.clone()
    }

    fn execute(self: Box<Self>, stderr: &Stderr) -> Result<()> {
        let misused = |error: anyhow::Error| Misused(format!("{error:#}"));
        let plan = ShardPlan::read(&self.plan).map_err(misused)?;
        let variable = |name: &str| std::env::var(name).ok();
        let shard = shard_index(self.shard, self.shard_base, plan.shards, variable).map_err(Misused)?;
        if plan.how.settings.open.decoder == Decoder::Opencv {
            become_with_opencv()?;
        }
        libraries::prepare(plan.how.opencv_threads, self.console.verbose)?;
        let stop = CancelToken::default();
        let bars = Bars::new(stderr, self.console.progress());
        let (on_first, first, last) = (stop.clone(), bars.clone(), bars.clone());
        let stop_in_good_order = move || {
            on_first.cancel();
            first.print_line("stopping what is in work; once more ends at once");
        };
        let signal = on_signals(stop_in_good_order, move || last.clear())?;
        let on_event = |event: Event<'_>| show_event(&event, &bars, self.console.quiet);
        let done = work(&plan, shard, &self.resources(), &stop, &on_event);
        bars.clear();
        let by = signal.load(SeqCst);
        ensure!(by == 0, EndedBySignal(by, "stopped by a signal; run it again, it goes on where it stopped".into()));
        // Whatever went wrong is in no ledger: it may be another machine's turn.
        let summary = done.map_err(|error| NotNow(why_not_now(&error)))?;
        let folder = plan.outputs().display().to_string();
        if !self.console.quiet {
            print(&terminal_width().sentence(&answer(&summary, shard, plan.shards)))?;
        }
        check(&summary, &folder, plan.how.accept_damaged, stderr)
    }
}

impl ShardArgs {
    fn resources(&self) -> Resources {
        let Allotment { cores, memory } = Allotment::here();
        Resources {
            cores: self.workers.unwrap_or(cores),
            memory: self.mem.or(memory),
            program: this_program(),
            loud: self.console.verbose,
        }
    }
}

fn why_not_now(error: &anyhow::Error) -> String {
    if is_disk_full(error) {
        format!("no room left: {error:#}; make room and run it again")
    } else {
        format!("{error:#}")
    }
}

/// `shard 3 of 8: 12 files in 3.2 s: 10 done, 2 there already; 2400 frames at 750 FPS`.
fn answer(summary: &Summary, shard: usize, shards: usize) -> String {
    let count = |test: fn(&Outcome) -> bool| summary.count(test);
    let counts = [
        (count(|outcome| *outcome == Outcome::Done), "done"),
        (count(|outcome| outcome.damage().is_some()), "damaged"),
        (count(|outcome| *outcome == Outcome::Skipped), "there already"),
        (count(|outcome| outcome.why().or(outcome.kept()).is_some()), "failed"),
        (summary.left + count(|outcome| *outcome == Outcome::Stopped || outcome.why_not_now().is_some()), "left"),
    ];
    let counts: Vec<_> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    let files = counted(summary.ended.len() + summary.left, "file");
    let (frames, seconds) = (summary.frames(), summary.seconds);
    let speed = if frames > 0 {
        format!("; {} at {:.0} FPS", counted(frames as usize, "frame"), frames as f64 / seconds.max(1e-9))
    } else {
        String::new()
    };
    let counts = if counts.is_empty() { "nothing to do".into() } else { counts.join(", ") };
    format!("shard {shard} of {shards}: {files} in {seconds:.1} s: {counts}{speed}")
}

/// What the exit code says: try again, some failed, or all is there.
fn check(summary: &Summary, folder: &str, accept_damaged: bool, stderr: &Stderr) -> Result<()> {
    for ended in &summary.ended {
        if let Outcome::DiskFull(why) = &ended.outcome {
            bail!(NotNow(format!("no room left in {folder}: {why}; make room and run it again")));
        }
    }
    let later = summary.left
        + summary
            .count(|outcome| *outcome == Outcome::Stopped || outcome.why_not_now().or(outcome.elsewhere()).is_some());
    let files = counted(summary.ended.len() + summary.left, "file");
    ensure!(
        later == 0,
        NotNow(format!("{later} of {files} could not be done now; run it again, it goes on where it stopped"))
    );
    let is_bad = |outcome: &Outcome| outcome.why().or(outcome.kept()).is_some();
    let bad: Vec<_> = summary.ended.iter().filter(|ended| is_bad(&ended.outcome)).collect();
    for ended in bad.iter().take(MOST) {
        stderr.line(&format!("failed: {}", named(ended, ended.outcome.reason().unwrap_or_default())));
    }
    ensure!(bad.is_empty(), "{} of {files} failed; that is recorded, and trying again does not help", bad.len());
    let damaged = summary.count(|outcome| outcome.damage().is_some());
    ensure!(
        damaged == 0 || accept_damaged,
        "{damaged} of {files} damaged; what could be decoded is written, and plan --accept-damaged takes that for done"
    );
    Ok(())
}
