//! `plan`: freezes a batch into shards, writes the plan, and prints what it is.

pub mod args;

use anyhow::{Result, ensure};
use framerace::batch::{Frozen, ShardPlan, freeze};
use framerace::cancel::CancelToken;
use framerace::host::libraries;
use framerace::lab::report::counted;
use framerace::text::{for_shell, plain_json};
use serde_json::json;

use self::args::PlanSettings;
use crate::app::args::command::Command;
use crate::app::args::console::ColorArgs;
use crate::app::args::list::with_list;
use crate::app::exit_code::Interrupted;
use crate::app::interrupt::on_interrupt;
use crate::app::results::target::{Target, print, terminal_width};
use crate::app::terminal::stderr::Stderr;

/// Pixels of input and output that a core does in a second, by experience with cheap filters and h264.
const PIXELS_A_SECOND: f64 = 2e8;
/// Files that are named.
const MOST: usize = 10;

impl Command for PlanSettings {
    fn shows_library_logs(&self) -> bool {
        self.console.verbose
    }

    fn color(&self) -> ColorArgs {
        self.console.color.clone()
    }

    fn execute(mut self: Box<Self>, stderr: &Stderr) -> Result<()> {
        let batch = &mut self.conversions.batch;
        let folder = batch.folder.display();
        ensure!(!batch.folder.exists() || batch.folder.is_dir(), "{folder} is a file; give a folder with -o");
        if let Some(separator) = self.conversions.list {
            batch.inputs = with_list(&batch.inputs, separator)?;
        }
        batch.loud = self.console.verbose;
        let target = Target::open(&self.save)?;
        libraries::prepare(self.conversions.opencv_threads, self.console.verbose)?;
        let stop = CancelToken::default();
        let on_first = stop.clone();
        on_interrupt(move || on_first.cancel())?;
        let given = (self.conversions.opencv_threads, self.conversions.accept_damaged, self.conversions.workers);
        let frozen = freeze(&self.conversions.batch, given, (self.shards, self.segment), &self.save, &stop);
        if stop.is_cancelled() {
            return Err(Interrupted("interrupted; nothing was written".into()).into());
        }
        let Frozen { plan, left_out, unreadable, kept_whole } = frozen?;
        if !self.console.quiet {
            for left_out in &left_out {
                stderr.line(&format!(
                    "left out: {}; {}",
                    counted(left_out.files.len(), left_out.what),
                    left_out.advice
                ));
            }
        }
        kept_whole.iter().take(MOST).for_each(|why| stderr.line(&format!("kept whole: {why}")));
        if kept_whole.len() > MOST {
            stderr.line(&format!("kept whole: and {} more", kept_whole.len() - MOST));
        }
        unreadable.iter().take(MOST).for_each(|why| stderr.line(&format!("note: its shard will fail at it: {why}")));
        if unreadable.len() > MOST {
            stderr.line(&format!("note: and {} more", unreadable.len() - MOST));
        }
        target.write(&plan.text()?)?;
        match (self.json, self.console.quiet) {
            (true, _) => print(&(plain_json(&facts(&plan).to_string()) + "\n")),
            (false, true) => Ok(()),
            (false, false) => print(&self.answer(&plan)),
        }
    }
}

impl PlanSettings {
    fn answer(&self, plan: &ShardPlan) -> String {
        let facts = Facts::of(plan);
        let (pieces, shards) = (pieces(plan), counted(plan.shards, "shard"));
        let frames = facts.frames.map_or(String::new(), |frames| format!(", {}", counted(frames as usize, "frame")));
        let (hours, most) = (facts.cpu_hours, facts.largest_to_mean);
        let width = terminal_width();
        let what = format!("{pieces} in {shards}{frames}; about {} of CPU time", duration(hours));
        let split = format!("the largest shard has {most:.2} × the mean");
        let path = for_shell(&self.save.to_string_lossy());
        let next = format!("next: framerace work {path} --shard 0, ..., {}", plan.shards - 1);
        width.sentence(&what) + &width.sentence(&split) + &width.command(&next)
    }
}

/// `12 files`, or with films that are cut `12 files, 30 pieces,`.
fn pieces(plan: &ShardPlan) -> String {
    let (files, pieces) = (files(plan), plan.pieces.len());
    let cut = if files < pieces { format!(", {},", counted(pieces, "piece")) } else { String::new() };
    counted(files, "file") + &cut
}

/// Files, each film counted once.
fn files(plan: &ShardPlan) -> usize {
    plan.pieces.iter().filter(|piece| piece.part.as_ref().is_none_or(|part| part.number == 0)).count()
}

fn duration(hours: f64) -> String {
    match hours {
        hours if hours >= 1.0 => format!("{hours:.1} hours"),
        hours if hours >= 1.0 / 60.0 => format!("{:.0} minutes", hours * 60.0),
        hours => format!("{:.0} s", (hours * 3600.0).ceil()),
    }
}

struct Facts {
    frames: Option<u64>,
    cpu_hours: f64,
    largest_to_mean: f64,
}

impl Facts {
    fn of(plan: &ShardPlan) -> Self {
        let mut shards = vec![0.0; plan.shards];
        plan.pieces.iter().for_each(|piece| shards[piece.shard] += piece.pixels as f64);
        let all: f64 = shards.iter().sum();
        let (mean, largest) = (all / plan.shards as f64, shards.iter().copied().fold(0.0, f64::max));
        Self {
            frames: plan.pieces.iter().map(|piece| piece.frames).sum(),
            cpu_hours: all / PIXELS_A_SECOND / 3600.0,
            largest_to_mean: if mean > 0.0 { largest / mean } else { 1.0 },
        }
    }
}

fn facts(plan: &ShardPlan) -> serde_json::Value {
    let Facts { frames, cpu_hours, largest_to_mean } = Facts::of(plan);
    json!({
        "plan": plan.id,
        "files": files(plan),
        "pieces": plan.pieces.len(),
        "shards": plan.shards,
        "frames": frames,
        "cpu_hours": cpu_hours,
        "largest_to_mean": largest_to_mean,
    })
}
