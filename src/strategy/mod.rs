//! Strategies: how the stages are connected, and the list of them.
//!
//! The stages (capture, filters, deliver) do the work; a strategy only says which thread or process runs which of
//! them and what lies between. Each file is its own drawing, to be read from top to bottom. Strategies never reach
//! one another.
//!
//! A new strategy costs one file here, its `mod` line and its line in [`STRATEGIES`], side by side.

mod global_lock;
mod latest;
pub(crate) mod process_per_input;
mod processes;
mod rayon;
mod segments;
mod sequential;
mod stages;
mod threads;
mod tiles;

use std::sync::Arc;

use anyhow::Result;

use crate::filter::Chain;
use crate::metrics::Topology;
use crate::pipeline::{InputJob, Job, Settings, side_by_side};
use crate::sink::Sink;
use crate::source::{Opener, SourceInfo};

pub use processes::worker_main;
pub(crate) use segments::memory as segments_memory;

/// Every strategy, the baseline first, then from the lightest to the heaviest: of those that are equally fast,
/// calibration prefers the earlier one.
pub const STRATEGIES: &[&dyn Strategy] = &[
    &sequential::Sequential,
    &threads::Threads,
    &stages::Stages,
    &rayon::Rayon,
    &segments::Segments,
    &tiles::Tiles,
    &processes::Processes,
    &processes::ProcessesPipe,
    &process_per_input::ProcessPerInput,
    &global_lock::GlobalLock,
    &latest::Latest,
];

/// A way of running a chain over a source.
pub trait Strategy: Sync {
    /// Its name, how it is joined, and when it wins and loses.
    fn about(&self) -> About;

    /// Its name on the command line and in reports.
    fn name(&self) -> &'static str {
        self.about().name
    }

    /// How its stages are connected.
    fn topology(&self) -> Topology {
        self.about().topology
    }

    /// Why it cannot do this chain with these settings, if it cannot.
    fn unfit(&self, chain: &Chain, settings: &Settings) -> Option<String> {
        let _ = (chain, settings);
        None
    }

    /// Why this chain cannot be done by it at all, if it cannot: by [`unfit`](Self::unfit), or because a filter must see every
    /// frame and there would be several of it.
    fn refuses(&self, chain: &Chain, settings: &Settings) -> Option<String> {
        let several = settings.workers > 1 && self.topology().scales_with_workers();
        let in_order =
            || chain.one_worker().filter(|_| several).map(|why| format!("{why}; try -w 1, sequential or stages"));
        in_order().or_else(|| self.unfit(chain, settings))
    }

    /// Why it cannot do with this source, if it cannot.
    fn unfit_for(&self, source: &SourceInfo) -> Option<String> {
        let _ = source;
        None
    }

    /// Whether it delivers every frame of a source that waits, each once, unless a policy says otherwise.
    fn keeps_every_frame(&self) -> bool {
        true
    }

    /// Whether it can do with nothing but a video file.
    fn needs_a_file(&self) -> bool {
        false
    }

    /// Workers of its filter stage, where `asked` are asked for and the chain has `filters` filters.
    fn workers(&self, asked: usize, filters: usize) -> usize {
        self.topology().workers(asked, filters)
    }

    /// Runs the job to its end. It opens the input itself, as a whole or in parts, as often as it needs readers.
    ///
    /// # Errors
    /// The first thing that went wrong in any of its threads or processes, which by then have all ended.
    fn run(&self, job: &Job<'_>, input: &Opener, sink: &mut dyn Sink) -> Result<()>;

    /// Runs several inputs at the same time to the end of each. Unless it says otherwise, each has stages and workers of its
    /// own, as if it were alone.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    fn run_inputs(&self, inputs: Vec<InputJob<'_>>) -> Result<()> {
        side_by_side(inputs, |InputJob { job, opener, sink }| self.run(&job, opener, sink))
    }

    /// Whose its workers are where there are several inputs.
    fn sharing(&self) -> Sharing {
        Sharing::Own
    }

    /// Whether it is of use for several inputs only.
    fn needs_several(&self) -> bool {
        false
    }
}

/// Whose the workers of a strategy are where there are several inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// Each input has as many as were asked for.
    Own,
    /// Those that were asked for are divided among the inputs.
    Divided,
    /// All inputs share those that were asked for.
    Shared,
}

/// The run of a strategy that knows but one way for one input and for several: its [`Strategy::run_inputs`].
fn as_one_of_several(strategy: &dyn Strategy, job: &Job<'_>, opener: &Opener, sink: &mut dyn Sink) -> Result<()> {
    let job = Job { meters: Arc::clone(&job.meters), ..*job };
    strategy.run_inputs(vec![InputJob { job, opener, sink }])
}

/// What a strategy says about itself.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Its name on the command line and in reports.
    pub name: &'static str,
    /// How its stages are connected.
    pub topology: Topology,
    /// How its stages are connected, in words.
    pub joined: &'static str,
    /// How several inputs at once share its workers, in words.
    pub several: &'static str,
    /// When it wins.
    pub wins: &'static str,
    /// When it loses.
    pub loses: &'static str,
}

/// The strategies that deliver every frame of one input, the baseline first: those that can be compared.
pub fn faithful() -> Vec<&'static dyn Strategy> {
    let of_one = STRATEGIES.iter().copied().filter(|strategy| !strategy.needs_several());
    of_one.filter(|strategy| strategy.keeps_every_frame()).collect()
}

/// Those of them that can do with any source that waits, and not only with video files.
pub fn of_any_source() -> Vec<&'static dyn Strategy> {
    faithful().into_iter().filter(|strategy| !strategy.needs_a_file()).collect()
}

/// The strategy with this name.
pub fn find(name: &str) -> Option<&'static dyn Strategy> {
    STRATEGIES.iter().copied().find(|strategy| strategy.name() == name)
}
