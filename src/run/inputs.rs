//! One run of one strategy over several inputs at the same time.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};

use super::one::run_opener;
use super::prepare::{Shapes, check, check_balance, new_meters, while_sampling};
use crate::filter::Chain;
use crate::host::libraries;
use crate::metrics::{Measured, Meters, Run};
use crate::pipeline::{InputJob, Settings, Watch};
use crate::sink::Sink;
use crate::source::Opener;
use crate::strategy::{Sharing, Strategy};

/// One input of a run.
pub struct RunInput<'a> {
    /// As it was given.
    pub name: String,
    /// What opens it, for the pixels that its chain reads.
    pub opener: &'a Opener,
    /// What is done to its frames.
    pub chain: &'a Chain,
    /// Where they go.
    pub sink: &'a mut dyn Sink,
}

/// Runs one strategy once over several inputs at the same time. The run is that of all, with [`Run::inputs`] in this order;
/// a single input is run as [`run_opener`] does.
///
/// # Errors
/// As [`run`](super::run()), and when there is no input.
pub fn run_inputs(
    strategy: &dyn Strategy,
    inputs: Vec<RunInput<'_>>,
    settings: &Settings,
    watch: &Watch,
) -> Result<Run> {
    ensure!(!inputs.is_empty(), "a run needs an input");
    let count = inputs.len();
    if count == 1 && !strategy.needs_several() {
        let mut inputs = inputs;
        let RunInput { name, opener, chain, sink } = inputs.remove(0);
        return run_opener(strategy, opener, chain, sink, settings, watch).context(name);
    }
    let all: Vec<_> = inputs.iter().map(|input| (input.opener, input.chain)).collect();
    check(strategy, &all, settings)?;
    let sharing = strategy.sharing();
    let of = |input: &RunInput<'_>| {
        let shapes = Shapes::of(strategy, input.opener, input.chain, settings).with_context(|| input.name.clone())?;
        let workers = if sharing == Sharing::Divided { shapes.workers.div_ceil(count) } else { shapes.workers };
        anyhow::Ok(Shapes { workers, ..shapes })
    };
    let shapes: Vec<_> = inputs.iter().map(of).collect::<Result<_>>()?;
    // What earlier runs freed but the allocator kept must not count as this run's memory.
    libraries::release_free_memory();
    let workers: usize = shapes.iter().map(|shapes| shapes.workers).sum();
    let workers = if sharing == Sharing::Shared { workers / count } else { workers };
    let whole = Arc::new(new_meters(settings, workers));
    let mut meters: Vec<Arc<Meters>> = Vec::new();
    let (mut jobs, mut names) = (Vec::new(), Vec::new());
    for ((at, RunInput { name, opener, chain, sink }), shapes) in (0..).zip(inputs).zip(&shapes) {
        let own = Arc::new(new_meters(settings, shapes.workers).part_of(&whole));
        shapes.tell(strategy, chain, &own);
        let job = shapes.job(strategy, chain, settings, (at, count), &own, watch);
        meters.push(own);
        names.push((name, chain.to_string()));
        jobs.push(InputJob { job, opener, sink });
    }
    watch.run_begins(meters.clone());
    let (ran, hashes) = while_sampling(&whole, || run_jobs(strategy, jobs));
    watch.run_ends();
    ran?;
    let measured = meters.iter().zip(&names).zip(hashes).zip(&shapes);
    let measured: Vec<_> = measured
        .map(|(((meters, (input, chain)), hash), shapes)| {
            let run = meters.run(strategy.name(), shapes.workers, hash);
            let size = (shapes.input.width, shapes.input.height);
            Measured { input, chain, size, meters, run }
        })
        .collect();
    let run = whole.run_of(strategy.name(), workers, sharing == Sharing::Shared, &measured);
    check_balance(strategy, &run)?;
    Ok(run)
}

/// Runs the jobs, and returns the hash of each sink.
fn run_jobs(strategy: &dyn Strategy, jobs: Vec<InputJob<'_>>) -> (Result<()>, Vec<Option<String>>) {
    let (mut lent, mut sinks): (Vec<_>, Vec<_>) =
        jobs.into_iter().map(|InputJob { job, opener, sink }| ((job, opener), sink)).unzip();
    let again = lent.drain(..).zip(&mut sinks).map(|((job, opener), sink)| InputJob { job, opener, sink: &mut **sink });
    let ran = strategy.run_inputs(again.collect());
    (ran, sinks.iter().map(|sink| sink.hash()).collect())
}
