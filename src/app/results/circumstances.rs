//! What a result says of how it was measured: the machine, the input and the settings.

use std::iter::once;

use anyhow::Result;
use framerace::host::environment::Environment;
use framerace::host::libraries;
use framerace::host::machine::Machine;
use framerace::lab::report::{Circumstances, InputReport, SettingsReport};
use framerace::source::SourceInfo;
use framerace::strategy::Strategy;

use crate::app::args::work::Work;
use crate::app::this_program::arguments;

/// The input, or all of several.
fn name_of(work: &Work) -> String {
    /// So many are named.
    const NAMED: usize = 3;
    let names = once(&work.input).chain(work.others.iter().map(|other| &other.input)).map(ToString::to_string);
    let (mut names, all): (Vec<_>, usize) = (names.collect(), work.others.len() + 1);
    if all > NAMED {
        names.truncate(NAMED - 1);
        names.push(format!("{} more", all + 1 - NAMED));
    }
    names.join(", ")
}

/// What is done to each frame; of several inputs with chains of their own, one after the other.
fn chain_of(work: &Work) -> String {
    let mut chains = vec![work.chain.to_string()];
    chains.extend(work.others.iter().map(|other| other.chain.to_string()));
    if chains.iter().all(|chain| *chain == chains[0]) {
        chains.truncate(1);
    }
    chains.join("; ")
}

/// The circumstances of one round without a warm-up. Whoever made more of them, chose settings or wrote a file says so in
/// its own fields. Fails when OpenCV does not say how it was built.
pub fn circumstances(
    work: &Work,
    strategies: &[&'static dyn Strategy],
    source: SourceInfo,
    environment: Environment,
) -> Result<Circumstances> {
    let Work { input, settings, .. } = work;
    // A live input is the same for all strategies once it is in memory.
    let same_input = if work.preload && input.is_live() {
        true
    } else {
        // Of frames that come at their own pace a slow strategy misses some.
        settings.limits.duration.is_none() && !settings.open.is_live(input) && (work.preload || !input.is_paced())
    };
    let keeps_every_frame =
        !settings.overflow.drop_frames() && strategies.iter().all(|strategy| strategy.keeps_every_frame());
    Ok(Circumstances {
        command: arguments().iter().map(|word| word.to_string_lossy().into_owned()).collect(),
        machine: Machine::here(),
        opencv: libraries::opencv_facts()?,
        input: InputReport {
            name: name_of(work),
            width: source.shape.width,
            height: source.shape.height,
            pixels: source.shape.pixels.to_string(),
            fps: source.fps,
            frames: source.frames,
            reader: source.reader,
        },
        chain: chain_of(work),
        settings: SettingsReport {
            workers: settings.workers,
            queue: settings.queue,
            overflow: Some(settings.overflow.to_string()),
            rounds: 1,
            warmup: 0,
            seed: 1,
            times: settings.open.times,
            decode_threads: settings.open.decode_threads,
            frame_timeout_s: settings.frame_timeout.as_secs_f64(),
            strict: settings.strict,
            auto: None,
            meters: settings.meters,
            writer: None,
        },
        decision: None,
        left_out: Vec::new(),
        environment: Some(environment),
        comparable: same_input && keeps_every_frame,
    })
}
