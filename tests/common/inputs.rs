//! A run over several inputs, each with its chain, in a line.

use anyhow::Result;
use framerace::filter::Chain;
use framerace::metrics::Run;
use framerace::pipeline::{Settings, Watch};
use framerace::run::{RunInput, run_inputs};
use framerace::sink::{Null, Sink};
use framerace::source::{Input, OpenOptions, Opener};
use framerace::strategy::Strategy;

/// Runs a strategy over inputs, each with its chain.
pub fn run_all(strategy: &dyn Strategy, inputs: &[(&str, &str)], settings: &Settings) -> Result<Run> {
    run_all_watched(strategy, inputs, settings, &Watch::default())
}

/// The same, while somebody looks on.
pub fn run_all_watched(
    strategy: &dyn Strategy,
    inputs: &[(&str, &str)],
    settings: &Settings,
    watch: &Watch,
) -> Result<Run> {
    let parsed: Vec<(Input, Chain)> =
        inputs.iter().map(|(input, chain)| Ok((input.parse()?, chain.parse()?))).collect::<Result<_>>()?;
    let openers: Vec<_> = parsed
        .iter()
        .map(|(input, chain)| {
            Opener::new(input, &OpenOptions { pixels: chain.reads(), ..settings.open }, &watch.ended())
        })
        .collect::<Result<_>>()?;
    let mut sinks: Vec<Null> = inputs.iter().map(|_| Null::default()).collect();
    let run = parsed.iter().zip(&openers).zip(&mut sinks).map(|(((input, chain), opener), sink)| RunInput {
        name: input.to_string(),
        opener,
        chain,
        sink: sink as &mut dyn Sink,
    });
    run_inputs(strategy, run.collect(), settings, watch)
}
