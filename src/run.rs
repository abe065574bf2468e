//! One run of one strategy: opens the input, lets the strategy run, and collects what the meters counted.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{Builder, scope};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};

use crate::filter::{Chain, FilterInstance};
use crate::host::libraries;
use crate::metrics::{Meters, Run};
use crate::pipeline::{Job, Settings, Watch};
use crate::sink::Sink;
use crate::source::{Input, OpenOptions, Opener, Source};
use crate::strategy::Strategy;

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

/// The longest side of a frame, so that no product of sizes can overflow.
const LARGEST: i32 = 32_768;

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
    if let Some(why) = strategy.refuses(chain, settings).or_else(|| strategy.unfit_for(opener.info())) {
        return Err(anyhow!("{} cannot do this: {why}", strategy.name()));
    }
    ensure!(settings.workers > 0 && settings.queue > 0, "a run needs at least one worker and a queue of one");
    let input = opener.info().shape;
    let sides = 1..=LARGEST;
    ensure!(
        sides.contains(&input.width) && sides.contains(&input.height),
        "a frame of {input} is not 1 to {LARGEST} pixels wide and high"
    );
    let (output, workers, notes) = {
        let filters = chain.filters(input)?;
        let mixes = filters.iter().find(|filter| filter.mixes_rows()).map(FilterInstance::label);
        let notes = opener.info().video.as_ref().map(|facts| facts.notes(mixes)).unwrap_or_default();
        (filters.last().map_or(input, FilterInstance::output), strategy.workers(settings.workers, filters.len()), notes)
    };
    // What earlier runs freed but the allocator kept must not count as this run's memory.
    libraries::release_free_memory();
    let warm_up = 2 * (workers + 2 * settings.queue) + 16;
    let meters = Meters::new(settings.meters, warm_up as u64).tracing(settings.trace_frames).over_multiples_of(workers);
    let meters = Arc::new(meters);
    meters.tell(|run| {
        run.notes = notes;
        run.notes.extend(chain.notes().into_iter().map(str::to_owned));
        // Every worker process has one of its own.
        run.lock = chain.lock().filter(|_| !strategy.topology().isolates()).map(str::to_owned);
    });
    watch.run_begins(vec![Arc::clone(&meters)]);
    let topology = strategy.topology();
    let job = Job { chain, settings, input, output, workers, topology, meters: Arc::clone(&meters), watch };
    let ran = while_sampling(&meters, || strategy.run(&job, opener, sink));
    watch.run_ends();
    ran?;
    let mut run = meters.run(strategy.name(), workers, sink.hash());
    run.writer = sink.writer();
    ensure!(
        run.ledger.balances(),
        "{} lost count of its frames: {:?}; please report this",
        strategy.name(),
        run.ledger
    );
    Ok(run)
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
