//! One run of one strategy: opens the input, lets the strategy run, and collects what the meters counted. Of several inputs at
//! once each has meters of its own.

mod child_main;
mod inputs;

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{Builder, scope};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::filter::{Chain, FilterInstance};
use crate::frame::Shape;
use crate::host::libraries;
use crate::metrics::{Meters, Run};
use crate::pipeline::{Job, Settings, Watch};
use crate::sink::Sink;
use crate::source::{Input, OpenOptions, Opener, Source};
use crate::strategy::Strategy;

pub use child_main::input_main;
pub use inputs::{RunInput, run_inputs};

/// Runs one strategy once over an input.
///
/// # Errors
/// When the input cannot be opened, the strategy cannot do the chain, or anything fails on the way.
pub fn run(
    strategy: &dyn Strategy,
    input: &Input,
    chain: &Chain,
    sink: &mut dyn Sink,
    settings: &Settings,
    watch: &Watch,
) -> Result<Run> {
    let open = OpenOptions { pixels: chain.reads(), ..settings.open };
    let opener = Opener::new(input, &open, &watch.ended())?;
    run_opener(strategy, &opener, chain, sink, settings, watch).with_context(|| input.to_string())
}

/// Runs one strategy once over a source of your own.
///
/// # Errors
/// As [`run`].
pub fn run_source(
    strategy: &dyn Strategy,
    source: Box<dyn Source>,
    chain: &Chain,
    sink: &mut dyn Sink,
    settings: &Settings,
    watch: &Watch,
) -> Result<Run> {
    run_opener(strategy, &Opener::once(source), chain, sink, settings, watch)
}

/// Runs one strategy once over what `opener` opens.
///
/// # Errors
/// As [`run`].
pub fn run_opener(
    strategy: &dyn Strategy,
    opener: &Opener,
    chain: &Chain,
    sink: &mut dyn Sink,
    settings: &Settings,
    watch: &Watch,
) -> Result<Run> {
    check(strategy, &[(opener, chain)], settings)?;
    let shapes = Shapes::of(strategy, opener, chain, settings)?;
    let workers = shapes.workers;
    // What earlier runs freed but the allocator kept must not count as this run's memory.
    libraries::release_free_memory();
    let meters = Arc::new(new_meters(settings, workers));
    shapes.tell(strategy, chain, &meters);
    watch.run_begins(vec![Arc::clone(&meters)]);
    let job = shapes.job(strategy, chain, settings, (0, 1), &meters, watch);
    let ran = while_sampling(&meters, || strategy.run(&job, opener, sink));
    watch.run_ends();
    ran?;
    let mut run = meters.run(strategy.name(), workers, sink.hash());
    run.writer = sink.writer();
    check_balance(strategy, &run)?;
    Ok(run)
}

/// Why a strategy cannot do this work, as an error.
fn check(strategy: &dyn Strategy, inputs: &[(&Opener, &Chain)], settings: &Settings) -> Result<()> {
    for (opener, chain) in inputs {
        if let Some(why) = strategy.refuses(chain, settings).or_else(|| strategy.unfit_for(opener.info())) {
            bail!("{} cannot do this: {why}", strategy.name());
        }
    }
    ensure!(settings.workers > 0 && settings.queue > 0, "a run needs at least one worker and a queue of one");
    Ok(())
}

fn check_balance(strategy: &dyn Strategy, run: &Run) -> Result<()> {
    ensure!(
        run.ledger.balances() && run.inputs.iter().all(|input| input.ledger.balances()),
        "{} lost count of its frames: {:?}; please report this",
        strategy.name(),
        run.ledger
    );
    Ok(())
}

/// The longest side of a frame, so that no product of sizes can overflow.
const LARGEST: i32 = 32_768;

/// What has to be known of an input before it runs.
struct Shapes {
    input: Shape,
    output: Shape,
    workers: usize,
    notes: Vec<String>,
}

impl Shapes {
    fn of(strategy: &dyn Strategy, opener: &Opener, chain: &Chain, settings: &Settings) -> Result<Self> {
        let input = opener.info().shape;
        let sides = 1..=LARGEST;
        ensure!(
            sides.contains(&input.width) && sides.contains(&input.height),
            "a frame of {input} is not 1 to {LARGEST} pixels wide and high"
        );
        let filters = chain.filters(input)?;
        let mixes = filters.iter().find(|filter| filter.mixes_rows()).map(FilterInstance::label);
        let notes = opener.info().video.as_ref().map(|facts| facts.notes(mixes)).unwrap_or_default();
        let output = filters.last().map_or(input, FilterInstance::output);
        Ok(Self { input, output, workers: strategy.workers(settings.workers, filters.len()), notes })
    }

    /// Tells what is known of a run before it begins.
    fn tell(&self, strategy: &dyn Strategy, chain: &Chain, meters: &Meters) {
        meters.tell(|run| {
            run.notes.clone_from(&self.notes);
            run.notes.extend(chain.notes().into_iter().map(str::to_owned));
            // Every worker process has one of its own.
            run.lock = chain.lock().filter(|_| !strategy.topology().isolates()).map(str::to_owned);
        });
    }

    fn job<'a>(
        &self,
        strategy: &dyn Strategy,
        chain: &'a Chain,
        settings: &'a Settings,
        which: (u32, usize),
        meters: &Arc<Meters>,
        watch: &'a Watch,
    ) -> Job<'a> {
        let (input, output, workers, topology) = (self.input, self.output, self.workers, strategy.topology());
        Job { chain, settings, input, output, workers, which, topology, meters: Arc::clone(meters), watch }
    }
}

fn new_meters(settings: &Settings, workers: usize) -> Meters {
    let warm_up = 2 * (workers + 2 * settings.queue) + 16;
    Meters::new(settings.meters, warm_up as u64).tracing(settings.trace_frames).over_multiples_of(workers)
}

/// Samples the memory of the process tree once a second while `work` goes on. All buffers are made before a run, so
/// little is to be seen.
fn while_sampling<T>(meters: &Meters, work: impl FnOnce() -> T) -> T {
    const PAUSE: Duration = Duration::from_secs(1);
    let (done, wait) = mpsc::channel::<()>();
    scope(|s| {
        let look = move || {
            while wait.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
                meters.sample_memory();
            }
        };
        // If no thread can be started, the sample at the end of the run must do.
        let _ = Builder::new().name("memory".into()).spawn_scoped(s, look);
        let result = work();
        drop(done);
        result
    })
}
