//! A run of a strategy on several inputs at the same time, hashed and discarded.

use anyhow::{Context, Result};

use super::plan::OtherInput;
use crate::filter::Chain;
use crate::metrics::Run;
use crate::pipeline::{Settings, Watch};
use crate::run::{RunInput, run_inputs};
use crate::sink::{Null, Sink};
use crate::source::{Input, OpenOptions, Opener, SourceInfo};
use crate::strategy::Strategy;

/// Runs a strategy on an input and others, and tells what the first input is. `settings` say how the first is opened.
///
/// # Errors
/// When one of them cannot be opened, or the run fails.
pub fn run_several(
    strategy: &dyn Strategy,
    (input, chain): (&Input, &Chain),
    others: &[OtherInput],
    settings: &Settings,
    watch: &Watch,
) -> Result<(SourceInfo, Run)> {
    let first = OtherInput { input: input.clone(), chain: chain.clone(), open: settings.open };
    let all: Vec<_> = std::iter::once(&first).chain(others).collect();
    let open = |OtherInput { input, chain, open }: &OtherInput| {
        let open = OpenOptions { pixels: chain.reads(), ..*open };
        Opener::new(input, &open, &watch.ended()).with_context(|| input.to_string())
    };
    let openers: Vec<_> = all.iter().map(|input| open(input)).collect::<Result<_>>()?;
    let mut sinks: Vec<Null> = all.iter().map(|_| Null::default()).collect();
    let inputs = all.iter().zip(&openers).zip(&mut sinks).map(|((input, opener), sink)| RunInput {
        name: input.input.to_string(),
        opener,
        chain: &input.chain,
        sink: sink as &mut dyn Sink,
    });
    let run = run_inputs(strategy, inputs.collect(), settings, watch)?;
    Ok((openers[0].info().clone(), run))
}
