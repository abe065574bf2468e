//! What a batch is to do: plain data, given by the caller. Runs nothing.

use std::path::PathBuf;
use std::time::Duration;

use xxhash_rust::xxh3::xxh3_64;

use super::plan::Pattern;
use crate::filter::Chain;
use crate::pipeline::Settings;
use crate::sink::video::VideoOptions;
use crate::source::Decoder;
use crate::strategy::Strategy;

/// What a batch is to do.
pub struct Batch {
    /// Files, folders and globs.
    pub inputs: Vec<PathBuf>,
    /// Whether to search the subfolders, too.
    pub recursive: bool,
    /// The folder of the outputs and of the journal.
    pub folder: PathBuf,
    /// How outputs are named.
    pub pattern: Pattern,
    /// The filters.
    pub chain: Chain,
    /// The strategy; none: the fastest, found by a calibration once for all files of one size and codec.
    pub strategy: Option<&'static dyn Strategy>,
    /// Threads of each decoder; none: one, or what the calibration finds.
    pub decode_threads: Option<usize>,
    /// Files at a time; none: as the [`Schedule`](super::Schedule) finds fastest.
    pub jobs: Option<usize>,
    /// Whether to try files again that failed in an earlier run.
    pub retry: bool,
    /// Whether to replace finished outputs that other options have made.
    pub redo: bool,
    /// Whether to do files that another batch has begun, even if it lives.
    pub take_over: bool,
    /// How long the process that converts a file may get on with nothing before it is ended, beside what its filters say
    /// that a frame takes.
    pub stall: Duration,
    /// How each file is run; `workers` and `memory` are those of the whole batch. `worker_command` is required:
    /// converter processes are started with it.
    pub settings: Settings,
    /// How outputs are encoded.
    pub video: VideoOptions,
    /// Whether log messages of OpenCV and FFmpeg are shown.
    pub loud: bool,
}

impl Batch {
    /// Hash of all options that change the content of the outputs. Options that change only how they are made (strategy,
    /// threads) are left out.
    pub(super) fn options_hash(&self) -> String {
        let Self { chain, video, settings, .. } = self;
        // The number of threads changes the bytes that some encoders write, but not what the user asked for.
        let video = VideoOptions { threads: 0, ..video.clone() };
        let told = format!("{chain}|{:?}|{:?}|{:?}", video, settings.limits, settings.open.decoder);
        format!("{:016x}", xxh3_64(told.as_bytes()))
    }

    /// The same options as a user gives them: `-f grayscale --frames 5 --crf 20`.
    pub(super) fn options_text(&self) -> String {
        let Self { chain, video, settings, .. } = self;
        let mut text = format!("-f {chain}");
        let mut add = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                text += &format!(" {name} {value}");
            }
        };
        add("--frames", settings.limits.frames.map(|frames| frames.to_string()));
        add("--codec", video.codec.map(|codec| codec.to_string()));
        add("--crf", video.crf.map(|crf| crf.to_string()));
        add("--preset", video.preset.clone());
        add("--pix-fmt", video.pix_fmt.clone());
        add("--decoder", (settings.open.decoder == Decoder::Opencv).then(|| "opencv".into()));
        if video.audio { text } else { text + " --no-audio" }
    }
}
