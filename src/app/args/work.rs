//! What `compare` and `run` have in common: the work, and how it is done.

use std::time::Duration;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};
use framerace::filter::{Chain, ChainError};
use framerace::lab::compare::{Plan, Rounds};
use framerace::pipeline::{Limits, Policies, Settings};
use framerace::source::{Input, Opening};
use framerace::strategy::Strategy;

use super::exit::Exit;
use super::files::{File, FilesArgs};
use super::live::LiveArgs;
use super::output::OutputArgs;
use super::overflow::{LinkPolicy, overflow, policies};
use super::values::{DecoderName, at_least_one, bytes, input, seconds};
use crate::app::commands::compare::args::Race;

/// Frames that are traced when a trace is wanted and nobody says how many.
const TRACE_FRAMES: u64 = 300;

/// How much of a live input is read into memory where nobody says.
const PRELOADED: Duration = Duration::from_secs(3);

#[derive(Args)]
pub struct WorkArgs {
    /// A video file, numbered images (frames/%04d.png), a URL, camera:0 (also 'camera:0?size=640x480&fps=30&format=mjpeg';
    /// `framerace devices` lists what there is), twin:FILE (of `record`), or synthetic:1280x720@30x300 (size, rate, count;
    /// @0 = as fast as asked)
    #[arg(value_parser = OsStringValueParser::new().try_map(input))]
    input: Input,
    /// The filters, in ffmpeg's -vf grammar; may be given several times. `framerace filters` lists them
    #[arg(short = 'f', long = "filter", value_name = "CHAIN", default_value = "grayscale,blur=ksize=5,edges")]
    filters: Vec<String>,
    /// Workers of the filter stage [default: one a core]
    #[arg(short, long, value_name = "N", value_parser = at_least_one)]
    pub workers: Option<usize>,
    /// Frames that each link between two stages can hold [default: 4; 1 where links drop frames]
    #[arg(short, long, value_name = "N", value_parser = at_least_one)]
    queue: Option<usize>,
    /// What happens when a link is full: block (the stage before it waits), drop-newest or drop-oldest; for all links, or
    /// for one as in capture-chain=drop-oldest [default: block; live inputs drop-oldest after capture]
    #[arg(long, value_name = "POLICY", value_delimiter = ',', value_parser = overflow)]
    overflow: Vec<LinkPolicy>,
    /// Stop after so many frames
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    frames: Option<u64>,
    /// Stop after so many seconds [default: none; of compare on a live input 3, for each turn of a strategy; with --preload
    /// a live input is read for 3]
    #[arg(long, value_name = "S", value_parser = seconds)]
    duration: Option<Duration>,
    /// Play a file N times, so that a short clip measures well [default: 1]
    #[arg(long = "loop", value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub times: Option<u32>,
    /// The most memory that frame buffers may take: 512M, 2G
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    mem: Option<u64>,
    /// Read the input into memory first (within --mem), so that the reader takes no part in the race
    #[arg(long)]
    pub preload: bool,
    /// What reads files, URLs and cameras: libav and V4L2, or opencv (which takes as many decoder threads as it likes, and
    /// does not tell how old a camera's frames are)
    #[arg(long, value_name = "NAME", default_value = "auto", hide_possible_values = true)]
    decoder: DecoderName,
    /// Threads of the video decoder; more than one, and capture is no longer one thread [default: 1]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub decode_threads: Option<usize>,
    /// Threads that OpenCV itself may use inside a filter; several workers with several threads each measure luck
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(i32).range(1..=1024))]
    cv_threads: i32,
    /// Seconds a worker process may take for one frame; one that takes longer is hung, and is replaced
    #[arg(long, value_name = "S", default_value = "30", value_parser = seconds)]
    frame_timeout: Duration,
    /// End the run at a frame that no worker process survives, instead of going on without that frame; and let a
    /// comparison that was unfair, or that other programs disturbed, end with exit code 3
    #[arg(long)]
    strict: bool,
    /// Try out what is predicted of changes: make them, or slow all others down, and measure. For SECONDS, and for the
    /// winner of a comparison
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "45",
          value_parser = seconds, conflicts_with = "no_meters")]
    prove: Option<Duration>,
    /// Do not read clocks: only count frames. To see what measuring costs
    #[arg(long, conflicts_with_all = ["trace", "trace_frames"])]
    no_meters: bool,
    /// Frames of the first round whose every step goes into the result, for --trace, now or later [default: 300 with
    /// --trace, else none]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    trace_frames: Option<usize>,
    #[command(flatten)]
    live: LiveArgs,
    #[command(flatten)]
    files: FilesArgs,
    #[command(flatten)]
    output: OutputArgs,
}

impl WorkArgs {
    /// Whether frames come when they come.
    pub fn is_live(&self) -> bool {
        (self.input.is_paced() || self.live.plays_camera()) && !self.preload && self.prove.is_none()
    }

    /// Unless every frame is wanted, live inputs are kept up with.
    fn default_policies(&self, every_frame: bool) -> Policies {
        let live = (self.input.is_live() && !self.preload) || (self.is_live() && !every_frame);
        if live { Policies::live() } else { Policies::default() }
    }

    /// The race of these strategies, once each.
    pub fn race(self, strategies: Vec<&'static dyn Strategy>, every_frame: bool) -> Result<Race, Exit> {
        let chain: Chain = self.filters.join(",").parse().map_err(|e: ChainError| Exit::wrong(e))?;
        let overflow = policies(self.default_policies(every_frame), &self.overflow, &chain)?;
        let waiting = Opening {
            times: self.times.unwrap_or(1),
            decoder: self.decoder.into(),
            decode_threads: self.decode_threads.unwrap_or(1),
            memory: self.mem,
            ..Opening::default()
        };
        let opening = self.live.opening(&self.input, waiting)?;
        if self.preload && opening.as_camera.is_some() {
            return Err(Exit::wrong(
                "--as-camera lets frames come in their own time, and --preload has them all at once",
            ));
        }
        // What never ends is not read for ever.
        let endless = self.preload && self.input.is_live() && self.frames.is_none();
        let duration = self.duration.or_else(|| endless.then_some(PRELOADED));
        let files = self.files.files()?;
        let settings = Settings {
            workers: self.workers.unwrap_or(Settings::default().workers),
            // What waits in a link that drops frames grows stale.
            queue: self.queue.unwrap_or(if overflow.drop_frames() { 1 } else { Settings::default().queue }),
            overflow,
            memory: self.mem,
            limits: Limits { frames: self.frames, duration },
            opening,
            meters: !self.no_meters,
            trace_frames: self.trace_frames.map_or_else(|| traced(&files), |frames| frames as u64),
            frame_timeout: self.frame_timeout,
            strict: self.strict,
            worker_command: Some(super::this_program()),
        };
        if self.prove.is_some() && opening.is_live(&self.input) {
            return Err(Exit::wrong(format!(
                "--prove runs the same frames again and again, which {} cannot give; try a file",
                self.input
            )));
        }
        Ok(Race {
            prove: self.prove,
            plan: Plan {
                input: self.input,
                chain,
                strategies,
                settings,
                rounds: Rounds::Fixed(1),
                preload: self.preload,
                warmup: 0,
                seed: 1,
            },
            auto: None,
            sweep: None,
            record: false,
            opencv_threads: self.cv_threads,
            files,
            output: self.output.into(),
            on_screen: false,
            video: None,
            window: false,
        })
    }
}

/// Frames to trace where nobody says how many.
fn traced(files: &[File]) -> u64 {
    if files.iter().any(|(format, _)| format.shows_spans()) { TRACE_FRAMES } else { 0 }
}
