//! What a result says of how it was measured: the machine, the input and the settings.

use anyhow::Result;
use framerace::host::environment::Environment;
use framerace::host::libraries;
use framerace::host::machine::Machine;
use framerace::lab::report::{Circumstances, InputReport, SettingsReport};
use framerace::source::SourceInfo;
use framerace::strategy::Strategy;

use crate::app::args::work::Work;
use crate::app::this_program::arguments;

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
            name: input.to_string(),
            width: source.shape.width,
            height: source.shape.height,
            pixels: source.shape.pixels.to_string(),
            fps: source.fps,
            frames: source.frames,
            reader: source.reader,
        },
        chain: work.chain.to_string(),
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
