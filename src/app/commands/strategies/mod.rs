//! `strategies`: lists the strategies, and when each is the right one, or shows one in full.

pub mod args;

use anyhow::Result;
use framerace::lab::report::Width;
use framerace::metrics::Topology;
use framerace::strategy::{STRATEGIES, Strategy};

use self::args::StrategiesArgs;
use crate::app::args::command::Command;
use crate::app::results::target::{print, terminal_width};
use crate::app::terminal::stderr::Stderr;

/// The reference in the manual, which a test makes from the strategies' own files; their drawings are in it.
const REFERENCE: &str = include_str!("../../../../docs/src/reference/strategies.md");

impl Command for StrategiesArgs {
    fn execute(self: Box<Self>, _: &Stderr) -> Result<()> {
        let width = terminal_width();
        let all = || STRATEGIES.iter().map(|strategy| brief(*strategy, width)).collect();
        print(&self.only.map_or_else(all, |strategy| in_full(strategy, width)))
    }
}

/// Where the facts begin.
const INDENT: usize = 12;

fn brief(strategy: &dyn Strategy, width: Width) -> String {
    let (name, about) = (strategy.name(), strategy.about());
    let facts = [("joined", about.joined), ("several", about.several), ("wins", about.wins), ("loses", about.loses)];
    let fact = |(what, words): &(&str, &str)| width.entry(&format!("    {what}"), words, INDENT);
    format!("{name}\n") + &facts.iter().map(fact).collect::<String>()
}

fn in_full(strategy: &dyn Strategy, width: Width) -> String {
    let (name, topology) = (strategy.name(), strategy.topology());
    // So many workers are asked for, with so many filters.
    let workers = match strategy.workers(7, 3) {
        1 => "one; -w is not used",
        3 => "one for each filter; -w is not used",
        _ if topology == Topology::Bands => "-w says how many, each with a band of the frame [default: one per core]",
        _ if topology == Topology::Segments => {
            "-w says how many, each with a segment of the file [default: one per core]"
        }
        _ if strategy.needs_several() => "-w says how many for all inputs [default: one per core]",
        _ => "-w says how many, each with a frame of its own [default: one per core]",
    };
    let crash = if topology.isolates() {
        "a filter that crashes takes down its worker only; the frame is done again by another"
    } else if strategy.needs_several() {
        "a filter that crashes takes down the process of its input, and the run ends"
    } else {
        "a filter that crashes takes down the whole program"
    };
    let frames = if strategy.keeps_every_frame() {
        "every frame is delivered once, in order, unless --overflow lets queues drop some"
    } else {
        "the newest frame is shown again and again, others are dropped"
    };
    let frames = if strategy.needs_a_file() { "every frame is delivered once, in order" } else { frames };
    let example = if strategy.needs_several() {
        format!("framerace compare synthetic:640x480@0x90 synthetic:320x240@0x90 -s {name},threads")
    } else if strategy.keeps_every_frame() {
        format!("framerace compare clip.mp4 -s {name},threads")
    } else {
        format!("framerace compare synthetic:640x480@30x90 -s {name},threads")
    };
    let mut text = brief(strategy, width).replacen('\n', &format!("\n\n{}\n", drawing(name)), 1);
    for (what, words) in [("workers", workers), ("crash", crash), ("frames", frames)] {
        text += &width.entry(&format!("    {what}"), words, INDENT);
    }
    text + &format!("\nExample:\n    {example}\n")
}

fn drawing(name: &str) -> &'static str {
    let section = REFERENCE.split("\n## ").find(|section| section.lines().next() == Some(name));
    let drawing = section.and_then(|section| section.split("```").nth(1));
    drawing.unwrap_or_default().trim_start_matches("text\n")
}
