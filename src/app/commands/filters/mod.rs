//! `filters`: lists the filters and their options, or shows one in full.

pub mod args;

use anyhow::Result;
use framerace::filter::{FILTERS, FilterKind, Nature, Options, Reach, Registry};
use framerace::lab::report::Width;

use self::args::FiltersArgs;
use crate::app::args::command::Command;
use crate::app::results::target::{print, terminal_width};
use crate::app::terminal::stderr::Stderr;

impl Command for FiltersArgs {
    fn execute(self: Box<Self>, _: &Stderr) -> Result<()> {
        let width = terminal_width();
        print(&self.only.map_or_else(|| Ok(all(width)), |kind| one(kind, width))?)
    }
}

fn all(width: Width) -> String {
    const INDENT: usize = 20;
    let mut text = String::new();
    for kind in FILTERS.iter().filter(|kind| !kind.hidden) {
        text += &width.entry(kind.name, kind.summary, INDENT);
        for option in kind.options {
            let example = format!("    {}={}", option.name, option.default);
            text += &width.entry(&example, &format!("{} ({})", option.help, option.values), INDENT);
        }
    }
    for (name, summary) in Registry::default().providers() {
        text += &width.entry(name, summary, INDENT);
    }
    let notes =
        "The values shown are the defaults. A chain is filters with commas between, options with colons between:";
    text + "\n" + &width.sentence(notes) + "-f grayscale,blur=ksize=7:sigma=1.5,edges\n"
}

fn one(kind: &'static FilterKind, width: Width) -> Result<String> {
    const INDENT: usize = 13;
    let mut text = format!("{}\n{}", kind.name, width.entry("", kind.summary, 4));
    text += &width.entry("", &on_frames(kind)?, 4);
    if !kind.options.is_empty() {
        text += "\nOptions, in the order in which values without a name are taken:\n";
    }
    for option in kind.options {
        let (name, values) = (option.name, option.values);
        let values = format!("{} [default: {}]", values.in_full(), option.default);
        text += &width.entry(&format!("    {name}"), &values, INDENT);
        text += &width.entry("", option.help, INDENT);
    }
    text += &format!("\nExample:\n    framerace compare clip.mp4 -f {}\n", kind.example);
    Ok(text)
}

/// What a filter does to frames, whatever its options make of them.
fn on_frames(kind: &FilterKind) -> Result<String> {
    let filter = (kind.build)(&Options::defaults(kind.options))?;
    Ok(match (filter.nature(), filter.reach()) {
        (Nature::Wait, _) => "it leaves the frame as it is, and needs no core".into(),
        (Nature::Compute, _) => "it leaves the frame as it is, and keeps a core at work".into(),
        (Nature::Pixels, Reach::Whole) => "by default it needs the whole frame: tiles does not cut it".into(),
        (Nature::Pixels, Reach::Rows(0)) => {
            "by default it does each row by itself: tiles cuts the frame into bands".into()
        }
        (Nature::Pixels, Reach::Rows(rows)) => {
            format!("by default it looks {rows} rows up and down: tiles cuts the frame into bands")
        }
    })
}
