//! One run of one strategy over one input.

use std::sync::Arc;

use anyhow::{Context, Result};

use super::prepare::{Shapes, check, check_balance, new_meters, while_sampling};
use crate::filter::Chain;
use crate::host::libraries;
use crate::metrics::Run;
use crate::pipeline::{Settings, Watch};
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
