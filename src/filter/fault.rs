//! `fault`: goes wrong at one frame, on purpose: for the crash lab, and for tests of what a strategy does then.

use std::thread::sleep;
use std::time::Duration;

use anyhow::{Result, bail};
use opencv::core::Mat;
use rustix::process::{Signal, getpid, kill_process};

use super::{Filter, FilterKind, FrameContext, Nature, OptionSpec, Options, Values};

const KINDS: &[&str] = &["error", "panic", "abort", "segfault", "exit", "hang", "slow", "wrong-reply"];

pub(super) const KIND: FilterKind = FilterKind {
    name: "fault",
    summary: "go wrong at one frame, on purpose",
    options: &[
        OptionSpec::new("kind", Values::Word(KINDS), "error", "how"),
        OptionSpec::new("at", Values::Whole(0, i32::MAX), "0", "number of the frame, from 0"),
        OptionSpec::new("times", Values::Whole(1, 1000), "1000", "how often, if the frame is tried again"),
        OptionSpec::new("ms", Values::Number(0.0, 60_000.0), "1000", "how slow, milliseconds"),
    ],
    example: "fault=kind=panic:at=10",
    hidden: true,
    build,
};

fn build(options: &Options) -> Result<Box<dyn Filter>> {
    let kind = KINDS.iter().find(|kind| **kind == options.word("kind")).copied().unwrap_or("error");
    Ok(Box::new(Wrong {
        kind,
        at: u64::try_from(options.whole("at"))?,
        times: u32::try_from(options.whole("times"))?,
        pause: Duration::from_secs_f64(options.number("ms") / 1e3),
    }))
}

/// Asks the worker process it happens in to answer for a frame it was not given.
#[derive(Debug, thiserror::Error)]
#[error("as asked for: a wrong reply, which only a worker process can give")]
pub(crate) struct WrongReply;

struct Wrong {
    kind: &'static str,
    at: u64,
    times: u32,
    pause: Duration,
}

impl Filter for Wrong {
    fn apply(&mut self, context: &FrameContext<'_>, _: &Mat, _: &mut Mat) -> Result<()> {
        if context.stamp.index != self.at || context.stamp.attempt >= self.times {
            return Ok(());
        }
        match self.kind {
            "panic" => panic!("as asked for"),
            "abort" => std::process::abort(),
            "segfault" => segfault(),
            "exit" => std::process::exit(3),
            "hang" => loop {
                sleep(Duration::from_secs(3600));
            },
            "slow" => sleep(self.pause),
            "wrong-reply" => return Err(WrongReply.into()),
            _ => bail!("as asked for"),
        }
        Ok(())
    }

    fn nature(&self) -> Nature {
        Nature::Compute
    }
}

/// Ends the process as a bad pointer does.
fn segfault() -> ! {
    loop {
        // The first one only takes away the handler with which Rust looks for overflown stacks.
        let _ = kill_process(getpid(), Signal::SEGV);
    }
}
