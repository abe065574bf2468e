//! What every run needs before it begins, and what is looked at while it goes on and when it is over.

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{Builder, scope};
use std::time::Duration;

use anyhow::{Result, bail, ensure};

use crate::filter::{Chain, FilterInstance};
use crate::frame::Shape;
use crate::metrics::{Meters, Run};
use crate::pipeline::{Job, Settings, Watch};
use crate::source::Opener;
use crate::strategy::Strategy;

/// Why a strategy cannot do this work, as an error.
pub(super) fn check(strategy: &dyn Strategy, inputs: &[(&Opener, &Chain)], settings: &Settings) -> Result<()> {
    for (opener, chain) in inputs {
        if let Some(why) = strategy.refuses(chain, settings).or_else(|| strategy.unfit_for(opener.info())) {
            bail!("{} cannot do this: {why}", strategy.name());
        }
    }
    ensure!(settings.workers > 0 && settings.queue > 0, "a run needs at least one worker and a queue of one");
    Ok(())
}

pub(super) fn check_balance(strategy: &dyn Strategy, run: &Run) -> Result<()> {
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
pub(super) struct Shapes {
    pub input: Shape,
    pub output: Shape,
    pub workers: usize,
    pub notes: Vec<String>,
}

impl Shapes {
    pub fn of(strategy: &dyn Strategy, opener: &Opener, chain: &Chain, settings: &Settings) -> Result<Self> {
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
    pub fn tell(&self, strategy: &dyn Strategy, chain: &Chain, meters: &Meters) {
        meters.tell(|run| {
            run.notes.clone_from(&self.notes);
            run.notes.extend(chain.notes().into_iter().map(str::to_owned));
            // Every worker process has one of its own.
            run.lock = chain.lock().filter(|_| !strategy.topology().isolates()).map(str::to_owned);
        });
    }

    pub fn job<'a>(
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

pub(super) fn new_meters(settings: &Settings, workers: usize) -> Meters {
    let warm_up = 2 * (workers + 2 * settings.queue) + 16;
    Meters::new(settings.meters, warm_up as u64).tracing(settings.trace_frames).over_multiples_of(workers)
}

/// Samples the memory of the process tree once a second while `work` goes on. All buffers are made before a run, so
/// little is to be seen.
pub(super) fn while_sampling<T>(meters: &Meters, work: impl FnOnce() -> T) -> T {
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
