//! `crash-lab`: which faults are injected, and into which strategies.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap_complete::{ArgValueCandidates, ArgValueCompleter, CompletionCandidate};
use framerace::filter::Chain;
use framerace::lab::fault_injection::{FAULTS, Fault, FaultPlan, find};
use framerace::near_miss::unknown;
use framerace::pipeline::Settings;
use framerace::source::Input;
use framerace::strategy::{Strategy, of_any_source};

use crate::app::args::command::Flags;
use crate::app::args::completion;
use crate::app::args::console::ConsoleArgs;
use crate::app::args::usage_error::UsageError;
use crate::app::args::values::{at_least_one, input, seconds, strategy, whole_from};
use crate::app::this_program::this_program;

pub struct CrashLabOptions {
    pub plan: FaultPlan,
    pub json: Option<PathBuf>,
    pub html: Option<PathBuf>,
    pub console: ConsoleArgs,
}

const EXAMPLES: &str = "\
Examples:
  framerace crash-lab clip.mp4 --faults kill,hang
  framerace crash-lab synthetic:640x360@0x200 -s threads,processes -f edges";

/// Let something go wrong in every strategy, and see what is lost, what survives, and how long it takes
#[derive(Args)]
#[command(allow_negative_numbers = true, after_help = EXAMPLES)]
pub struct CrashLabArgs {
    /// A video file, numbered images, or synthetic:1280x720@0x200
    #[arg(value_parser = input(), add = ArgValueCompleter::new(completion::input))]
    input: Input,
    /// The filters, in ffmpeg's -vf grammar; the fault comes after them
    #[arg(short = 'f', long = "filter", value_name = "CHAIN", default_value = "grayscale,blur=ksize=5,edges",
          add = ArgValueCompleter::new(completion::chain))]
    filters: Vec<String>,
    /// Strategies to try, with commas between [default: all]
    #[arg(short, long, value_name = "LIST", value_delimiter = ',', value_parser = strategy,
          add = ArgValueCandidates::new(completion::strategies))]
    strategies: Vec<&'static dyn Strategy>,
    /// What goes wrong, with commas between: panic, abort, segfault, kill, hang, slow, wrong-reply, poison
    /// [default: each]
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = fault,
          add = ArgValueCandidates::new(faults))]
    faults: Vec<&'static Fault>,
    /// Frames of each trial
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = whole_from(8_u64))]
    frames: u64,
    /// How often somebody is killed in the trials of `kill`
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = at_least_one)]
    kills: usize,
    /// Decides at which frames, and who is killed
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = whole_from(0_u64))]
    seed: u64,
    /// Workers of the filter stage [default: one per core]
    #[arg(short, long, value_name = "N", value_parser = at_least_one)]
    workers: Option<usize>,
    /// Frames that each queue between two stages can hold
    #[arg(short, long, value_name = "N", default_value_t = 4, value_parser = at_least_one)]
    queue: usize,
    /// Seconds a worker process may take for one frame; one that takes longer is hung, and is replaced
    #[arg(long, value_name = "S", default_value = "0.5", value_parser = seconds)]
    frame_timeout: Duration,
    /// Write the result as JSON (- for standard output)
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write one page with tables and the result itself (- for standard output)
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    #[command(flatten)]
    console: ConsoleArgs,
}

fn fault(name: &str) -> Result<&'static Fault, String> {
    find(name).ok_or_else(|| unknown("fault", name, FAULTS.iter().map(|fault| fault.name), ""))
}

fn faults() -> Vec<CompletionCandidate> {
    FAULTS.iter().map(|fault| CompletionCandidate::new(fault.name)).collect()
}

impl Flags for CrashLabArgs {
    type Options = CrashLabOptions;

    fn check(self) -> Result<CrashLabOptions, UsageError> {
        let chain = self.filters.join(",").parse::<Chain>()?;
        let Self { input, strategies, faults, frames, kills, seed, workers, queue, frame_timeout, .. } = self;
        let plan = FaultPlan {
            input,
            chain: chain.to_string(),
            strategies: if strategies.is_empty() { of_any_source() } else { strategies },
            faults: if faults.is_empty() { FAULTS.iter().collect() } else { faults },
            frames,
            kills,
            seed,
            workers: workers.unwrap_or(Settings::default().workers),
            queue,
            frame_timeout,
            worker_command: this_program(),
        };
        Ok(CrashLabOptions { plan, json: self.json, html: self.html, console: self.console })
    }
}
