//! The work that `compare` and `run` are given: the input, the filters, and how they run.

use std::time::Duration;

use clap::{ArgMatches, Args};
use clap_complete::{ArgValueCandidates, ArgValueCompleter};
use framerace::child::sandbox::Level;
use framerace::filter::Chain;
use framerace::lab::compare::OtherInput;
use framerace::pipeline::{Limits, Policies, Settings};
use framerace::source::{Decoder, Input, OpenOptions};

use super::completion;
use super::console::ConsoleArgs;
use super::files::{File, FilesArgs};
use super::headings::{MEASURING, PARALLELISM, WHAT};
use super::inputs::{DEFAULT_CHAIN, FILTERS, GivenFor, INPUTS};
use super::live::LiveArgs;
use super::overflow::{QueuePolicy, overflow, policies};
use super::reports::ReportsArgs;
use super::usage_error::UsageError;
use super::values::{at_least_one, bytes, decoder, input, opencv_threads, rate, sandbox, seconds, whole_from};
use crate::app::this_program::this_program;

/// Frames that are traced if a trace is asked for without a number of frames.
const TRACE_FRAMES: u64 = 300;

/// The share of the frames that `--verify-workers` has done twice.
const VERIFIED: f64 = 0.05;

/// How long `--preload` reads a live input if neither frames nor a duration are given.
const PRELOAD_TIME: Duration = Duration::from_secs(3);

/// What `compare` and `run` have in common.
pub struct Work {
    pub input: Input,
    pub chain: Chain,
    /// The others, where several inputs run at the same time.
    pub others: Vec<OtherInput>,
    pub settings: Settings,
    /// Whether the input is read into memory first.
    pub preload: bool,
    /// How long predictions are tested by experiments, if they are.
    pub prove: Option<Duration>,
    pub opencv_threads: i32,
    pub files: Vec<File>,
    pub console: ConsoleArgs,
}

impl Work {
    /// Whether one of its inputs is read by OpenCV.
    pub fn needs_opencv(&self) -> bool {
        let other = |other: &OtherInput| other.open.needs_opencv(&other.input);
        self.settings.open.needs_opencv(&self.input) || self.others.iter().any(other)
    }
}

#[derive(Args, Clone)]
pub struct WorkArgs {
    /// A video file, numbered images (frames/%04d.png), a URL, camera:0 (or 'camera:0?size=640x480&fps=30&format=mjpeg';
    /// `framerace devices` lists them), twin:FILE (of `record`), or synthetic:1280x720@30x300 (size, rate, count; @0 = as
    /// fast as asked). Several run at the same time, each with its own capture, queue and count
    #[arg(value_name = "INPUT", id = INPUTS, required = true, num_args = 1.., value_parser = input(),
          add = ArgValueCompleter::new(completion::input))]
    pub inputs: Vec<Input>,
    /// The filters, in ffmpeg's -vf grammar; may be given several times. `framerace filters` lists them. Of several inputs, what
    /// stands between two of them is for the one before it
    #[arg(short = 'f', long = "filter", id = FILTERS, value_name = "CHAIN", default_value = DEFAULT_CHAIN,
          help_heading = WHAT, add = ArgValueCompleter::new(completion::chain))]
    filters: Vec<String>,
    /// Which of the filters are for which of several inputs.
    #[arg(skip)]
    given_for: GivenFor,
    /// Stop after so many frames
    #[arg(long, value_name = "N", value_parser = whole_from(1_u64), help_heading = WHAT)]
    frames: Option<u64>,
    /// Stop after so many seconds [default: none; a live input 3 for each turn in compare, and with --preload]
    #[arg(long, value_name = "S", value_parser = seconds, help_heading = WHAT)]
    duration: Option<Duration>,
    /// Play a file N times, so that a short clip measures well [default: 1]
    #[arg(long = "loop", value_name = "N", value_parser = whole_from(1_u32), help_heading = WHAT,
          hide_short_help = true)]
    pub times: Option<u32>,
    /// Rate of numbered images, and of synthetic frames that come as fast as asked (@0) [default: 25]
    #[arg(long, value_name = "N", value_parser = rate, help_heading = WHAT, hide_short_help = true)]
    fps: Option<f64>,
    /// What reads the input: libav and V4L2 (auto), or opencv, which does not tell its threads, nor how old a camera's frames
    /// are [default: auto]
    #[arg(long, value_name = "NAME", default_value = "auto", hide_default_value = true, hide_possible_values = true,
          value_parser = decoder(), help_heading = WHAT, hide_short_help = true)]
    decoder: Decoder,
    /// Workers of the filter stage [default: one per core]
    #[arg(short, long, value_name = "N", value_parser = at_least_one, help_heading = PARALLELISM)]
    pub workers: Option<usize>,
    /// Frames that each queue between two stages can hold [default: 4; 1 where queues drop frames]
    #[arg(short, long, value_name = "N", value_parser = at_least_one, help_heading = PARALLELISM)]
    queue: Option<usize>,
    /// What happens when a queue is full: block (the stage before it waits), drop-newest or drop-oldest; for all queues, or
    /// for one as in capture-chain=drop-oldest [default: block; live inputs drop-oldest after capture]
    #[arg(long, value_name = "POLICY", value_delimiter = ',', value_parser = overflow, help_heading = PARALLELISM,
          hide_short_help = true, add = ArgValueCandidates::new(completion::policies))]
    overflow: Vec<QueuePolicy>,
    /// Threads of the video decoder; with more than one, capture is no longer one thread [default: 1]
    #[arg(long, value_name = "N", value_parser = at_least_one, help_heading = PARALLELISM, hide_short_help = true)]
    pub decode_threads: Option<usize>,
    /// Threads of OpenCV inside a filter; with several workers as well, what is measured is luck
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = opencv_threads,
          help_heading = PARALLELISM, hide_short_help = true)]
    cv_threads: i32,
    /// Seconds a worker process may take for one frame; one that takes longer is hung, and is replaced
    #[arg(long, value_name = "S", default_value = "30", value_parser = seconds, help_heading = PARALLELISM,
          hide_short_help = true)]
    frame_timeout: Duration,
    /// Let a second worker process do 5 % of the frames, too: where the two differ, both are replaced, and the frame is done
    /// again
    #[arg(long, help_heading = PARALLELISM, hide_short_help = true)]
    verify_workers: bool,
    /// Workers may read what filters need (files), nothing (strict), or do all (off)
    #[arg(long, value_name = "LEVEL", default_value = "files", hide_possible_values = true, value_parser = sandbox(),
          help_heading = PARALLELISM, hide_short_help = true)]
    sandbox: Level,
    /// The most memory that frame buffers may take: 512M, 2G
    #[arg(long, value_name = "SIZE", value_parser = bytes, help_heading = PARALLELISM, hide_short_help = true)]
    mem: Option<u64>,
    /// Read the input into memory first, within --mem, so that reading it is not measured
    #[arg(long, help_heading = MEASURING, hide_short_help = true)]
    pub preload: bool,
    /// End the run at a frame that no worker process survives; let a comparison that was unfair or disturbed end with exit
    /// code 3
    #[arg(long, help_heading = MEASURING, hide_short_help = true)]
    strict: bool,
    /// Test predictions: make each change, or slow down all others, and measure; of a comparison, for its winner
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "45",
          value_parser = seconds, conflicts_with = "no_meters", help_heading = MEASURING, hide_short_help = true)]
    prove: Option<Duration>,
    /// Do not read clocks, only count frames: shows what measuring costs
    #[arg(long, conflicts_with_all = ["trace", "trace_frames"], help_heading = MEASURING, hide_short_help = true)]
    no_meters: bool,
    /// Frames of the first round whose every step is recorded, for --trace now or later [default: 300 with --trace, else
    /// none]
    #[arg(long, value_name = "N", value_parser = at_least_one, help_heading = MEASURING, hide_short_help = true)]
    trace_frames: Option<usize>,
    #[command(flatten)]
    live: LiveArgs,
}

impl WorkArgs {
    /// The first input.
    pub fn input(&self) -> &Input {
        &self.inputs[0]
    }

    /// Learns where the filters stand on the command line.
    pub fn place(&mut self, matches: &ArgMatches) {
        self.given_for = GivenFor::read(matches);
    }

    /// The inputs after the first. Fails where one of several cannot be what is asked of all.
    fn others(&self, opening: &OpenOptions) -> Result<Vec<OtherInput>, UsageError> {
        let other = |(at, input): (usize, &Input)| {
            let chain: Chain = self.given_for.chain(&self.filters, at, self.inputs.len()).parse()?;
            let open = self.live.clone().opening(input, OpenOptions { pixels: chain.reads(), ..*opening })?;
            Ok(OtherInput { input: input.clone(), chain, open })
        };
        let others: Vec<_> = self.inputs.iter().enumerate().skip(1).map(other).collect::<Result<_, UsageError>>()?;
        if others.is_empty() {
            return Ok(others);
        }
        if self.preload || self.prove.is_some() {
            let option = if self.preload { "--preload" } else { "--prove" };
            return Err(UsageError::new(format!("{option} is for one input, and there are {}", self.inputs.len())));
        }
        if let Some(pipe) = self.inputs.iter().find(|input| input.is_pipe()) {
            return Err(UsageError::new(format!("{pipe} is a pipe, which cannot be one of several inputs")));
        }
        let live = |input: &&Input| input.is_paced() || self.live.plays_camera();
        if let (Some(live), Some(waits)) =
            (self.inputs.iter().find(live), self.inputs.iter().find(|input| !live(input)))
        {
            return Err(UsageError::new(format!(
                "{live} comes at its own pace and {waits} waits to be read: let files play cameras, too (--as-camera)"
            )));
        }
        Ok(others)
    }

    /// Whether frames arrive at a pace of their own.
    pub fn is_live(&self) -> bool {
        (self.input().is_paced() || self.live.plays_camera()) && !self.preload && self.prove.is_none()
    }

    /// Whether the input is a video file that can be read in parts.
    pub fn can_be_cut(&self) -> bool {
        let file = |input: &Input| matches!(input, Input::File(_) | Input::Remote(_)) && !input.is_pipe();
        let is_file = self.inputs.iter().all(file);
        is_file && !self.is_live() && !self.preload && self.decoder != Decoder::Opencv
    }

    /// Queues drop old frames of a live input, so that the pipeline keeps up with it, unless every frame is needed.
    fn default_policies(&self, every_frame: bool) -> Policies {
        let live = (self.input().is_live() && !self.preload) || (self.is_live() && !every_frame);
        if live { Policies::live() } else { Policies::default() }
    }

    /// Checks that the flags contradict neither each other nor the input. `every_frame` says that no frame of the input
    /// may be dropped unless the user asks for it.
    pub fn check(self, every_frame: bool, reports: ReportsArgs) -> Result<Work, UsageError> {
        let chain: Chain = self.given_for.chain(&self.filters, 0, self.inputs.len()).parse()?;
        let overflow = policies(self.default_policies(every_frame), &self.overflow, &chain)?;
        let opening = OpenOptions {
            times: self.times.unwrap_or(1),
            fps: self.fps,
            decoder: self.decoder,
            decode_threads: self.decode_threads.unwrap_or(1),
            memory: self.mem,
            pixels: chain.reads(),
            ..OpenOptions::default()
        };
        if self.fps.is_some() && !self.input().has_no_rate() {
            return Err(UsageError::new(format!(
                "--fps is for numbered images and synthetic frames (@0); {} has a rate of its own",
                self.input()
            )));
        }
        let others = self.others(&opening)?;
        let opening = self.live.clone().opening(self.input(), opening)?;
        if self.preload && opening.as_camera.is_some() {
            return Err(UsageError::new(
                "--as-camera lets frames come in their own time, and --preload has them all at once",
            ));
        }
        let once = self.input().is_pipe();
        if once && opening.times > 1 {
            return Err(UsageError::new("--loop plays a file again, and a pipe can be read only once"));
        }
        if self.prove.is_some() && (opening.is_live(self.input()) || once && !self.preload) {
            return Err(UsageError::new(format!(
                "--prove runs the same frames again and again, which {} cannot give; try a file",
                self.input()
            )));
        }
        // A live input does not end by itself.
        let input = self.input().clone();
        let endless = self.preload && self.input().is_live() && self.frames.is_none();
        let ReportsArgs { files: FilesArgs(files), console } = reports;
        let defaults = Settings::default();
        let settings = Settings {
            workers: self.workers.unwrap_or(defaults.workers),
            // Frames that wait in a queue which drops frames only grow old.
            queue: self.queue.unwrap_or(if overflow.drop_frames() { 1 } else { defaults.queue }),
            overflow,
            memory: self.mem,
            limits: Limits { frames: self.frames, duration: self.duration.or(endless.then_some(PRELOAD_TIME)) },
            open: opening,
            meters: !self.no_meters,
            trace_frames: self.trace_frames.map_or_else(|| traced_frames(&files), |frames| frames as u64),
            frame_timeout: self.frame_timeout,
            verify_workers: if self.verify_workers { VERIFIED } else { 0.0 },
            strict: self.strict,
            sandbox: self.sandbox,
            worker_command: Some(this_program()),
        };
        Ok(Work {
            input,
            others,
            chain,
            settings,
            preload: self.preload,
            prove: self.prove,
            opencv_threads: self.cv_threads,
            files,
            console,
        })
    }
}

/// Frames to trace if no number is given.
fn traced_frames(files: &[File]) -> u64 {
    if files.iter().any(|(format, _)| format.shows_spans) { TRACE_FRAMES } else { 0 }
}
