//! `compare` and `run`: what to run, and how.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};
use framerace::compare::{Plan, Rounds};
use framerace::filter::{Chain, ChainError};
use framerace::report::Axis;
use framerace::sink::video::VideoOptions;
use framerace::source::{Input, Limits, Opening};
use framerace::strategy::{Policies, STRATEGIES, Settings, Strategy, faithful, find};
use framerace::sweep::Sweep;

use super::exit::Exit;
use super::files::{File, FilesArgs};
use super::live::LiveArgs;
use super::output::{Output, OutputArgs};
use super::overflow::{LinkPolicy, overflow, policies};
use super::values::{
    Asked, Auto, DecoderName, Named, at_least_one, bytes, input, percent, seconds, strategy, strategy_or_auto,
};
use super::video::VideoArgs;

/// A race, or a single run.
pub struct Race {
    pub plan: Plan,
    /// What is to be found out first, if anything is.
    pub auto: Option<Auto>,
    /// How long predictions for the winner are to be tried out, if they are.
    pub prove: Option<Duration>,
    /// What to vary, if anything.
    pub sweep: Option<Sweep>,
    /// Whether frames of a live input are recorded, to race on them at full speed.
    pub record: bool,
    pub opencv_threads: i32,
    pub files: Vec<File>,
    pub output: Output,
    /// Whether it is watched and changed on a whole screen.
    pub on_screen: bool,
    /// The video file to write, and how, if one is wanted.
    pub video: Option<(PathBuf, VideoOptions)>,
    /// Whether the frames are shown in a window.
    pub window: bool,
}

#[derive(Args)]
pub(super) struct CompareArgs {
    /// Strategies to race, with commas between; sequential always runs too, as the yardstick [default: all that fit]
    #[arg(short, long, value_name = "LIST", value_delimiter = ',', value_parser = strategy)]
    strategies: Vec<Named>,
    /// Vary one thing instead, and say how much of it is enough: workers=1..8, queue=1,2,4,8,64, workers=1..64x2,
    /// size=640x360,1280x720 (made-up frames have that size, others are resized first); with threads, or -s
    #[arg(long, value_name = "AXIS=VALUES", conflicts_with = "prove")]
    sweep: Option<Sweep>,
    /// Rounds; each runs every strategy once, in shuffled order [default: until the order is settled; 2 on a live input]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    rounds: Option<usize>,
    /// Seconds for the rounds, if their number is not given; settled sooner, it ends sooner
    #[arg(long, value_name = "S", default_value = "60", value_parser = seconds)]
    budget: Duration,
    /// Differences smaller than this part need not be settled
    #[arg(long, value_name = "PERCENT", default_value = "1%", value_parser = percent)]
    precision: f64,
    /// Frames each strategy runs before the first round, uncounted
    #[arg(long, value_name = "N", default_value_t = 30)]
    warmup: u64,
    /// On a live input (camera, URL, made-up frames with a rate): only give each strategy its turns of --duration, and do
    /// not race on a few recorded frames at full speed afterwards
    #[arg(long)]
    no_race: bool,
    /// Decides the order within the rounds
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    work: WorkArgs,
}

#[derive(Args)]
pub(super) struct RunArgs {
    /// The strategy; `framerace strategies` lists them. auto tries out on the first frames what is quickest, workers and
    /// decoder threads included unless they are given
    #[arg(short, long, value_name = "NAME", default_value = "threads", value_parser = strategy_or_auto)]
    strategy: Asked,
    /// Write what comes out as a video: .mp4, .mkv, .mov or .webm. Times are kept; sound, subtitles and chapters of a file
    /// are copied as they are. A file of that name is replaced once the new one is whole
    #[arg(short = 'o', long = "output", value_name = "FILE", conflicts_with_all = ["preload", "prove"],
          help_heading = "Writing a video")]
    to: Option<PathBuf>,
    /// Show what comes out in a window, with FPS, age and drops over it. Keys: b shows before | after, space holds the
    /// picture, q or Esc ends. A file goes by as fast as it is done; --as-camera plays it
    #[arg(long, conflicts_with_all = ["to", "preload", "prove"])]
    window: bool,
    /// Show the pipeline as it runs, on the whole terminal: what each stage does, how full the links are, FPS, latency, drops
    /// and the verdict. Keys change strategy, workers, queue and overflow policy, slow filters down, pause, record and quit.
    /// A file is played again and again unless --loop says how often
    #[arg(long, conflicts_with_all = ["to", "window", "preload", "prove", "no_meters", "trace", "trace_frames"])]
    tui: bool,
    #[command(flatten)]
    video: VideoArgs,
    #[command(flatten)]
    work: WorkArgs,
}

#[derive(Args)]
struct WorkArgs {
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
    workers: Option<usize>,
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
    /// Stop after so many seconds [default: none; of compare on a live input 3, for each turn of a strategy]
    #[arg(long, value_name = "S", value_parser = seconds)]
    duration: Option<Duration>,
    /// Play a file N times, so that a short clip measures well [default: 1]
    #[arg(long = "loop", value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    times: Option<u32>,
    /// The most memory that frame buffers may take: 512M, 2G
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    mem: Option<u64>,
    /// Read the input into memory first (within --mem), so that the reader takes no part in the race
    #[arg(long)]
    preload: bool,
    /// What reads files, URLs and cameras: libav and V4L2, or opencv (which takes as many decoder threads as it likes, and
    /// does not tell how old a camera's frames are)
    #[arg(long, value_name = "NAME", default_value = "auto", hide_possible_values = true)]
    decoder: DecoderName,
    /// Threads of the video decoder; more than one, and capture is no longer one thread [default: 1]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    decode_threads: Option<usize>,
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

/// Turns of each strategy on a live input, and how long one takes.
const TURNS: (usize, Duration) = (2, Duration::from_secs(3));

/// Frames that are traced when a trace is wanted and nobody says how many.
const TRACE_FRAMES: u64 = 300;

impl CompareArgs {
    /// The race of these strategies, `sequential` first.
    pub(super) fn race(self) -> Result<Race, Exit> {
        let asked: Vec<_> = self.strategies.iter().map(|named| named.0).collect();
        let defaults = || match (self.sweep.is_some(), self.work.is_live()) {
            (true, _) => find("threads").into_iter().collect(),
            (false, true) => STRATEGIES.to_vec(),
            (false, false) => faithful(),
        };
        // Frames of another size are another work, for which it is no yardstick.
        let with_yardstick = self.sweep.as_ref().is_none_or(|sweep| sweep.axis != Axis::Size);
        let mut strategies = if with_yardstick { vec![STRATEGIES[0]] } else { Vec::new() };
        for strategy in if asked.is_empty() { defaults() } else { asked } {
            if strategies.iter().all(|other| other.name() != strategy.name()) {
                strategies.push(strategy);
            }
        }
        let live = self.work.is_live() && self.sweep.is_none();
        let mut race = self.work.race(strategies, self.sweep.is_some())?;
        let settle = Rounds::Settle { budget: self.budget, precision: self.precision };
        let rounds = self.rounds.map_or(if live { Rounds::Fixed(TURNS.0) } else { settle }, Rounds::Fixed);
        let limits = &mut race.plan.settings.limits;
        if live && limits.frames.is_none() {
            limits.duration = limits.duration.or(Some(TURNS.1));
        }
        race.record = live && !self.no_race;
        race.sweep = self.sweep;
        race.plan = Plan { rounds, warmup: self.warmup, seed: self.seed, ..race.plan };
        Ok(race)
    }
}

impl RunArgs {
    /// The race of one, once.
    pub(super) fn race(self) -> Result<Race, Exit> {
        let options = self.video.options();
        let strategy = if let Asked::Named(named) = self.strategy { named.0 } else { STRATEGIES[0] };
        let auto = matches!(self.strategy, Asked::Auto);
        if auto && self.work.preload {
            return Err(Exit::wrong("-s auto tries out reading, too, and --preload leaves it out; name a strategy"));
        }
        let found_out = Auto { workers: self.work.workers, decode_threads: self.work.decode_threads };
        if self.to.is_some() && !strategy.keeps_every_frame() {
            return Err(Exit::wrong("latest shows frames again and again, which is no video; try -s threads"));
        }
        let again_and_again = self.tui && self.work.times.is_none();
        let mut race = self.work.race(vec![strategy], self.to.is_some() || auto)?;
        if again_and_again {
            race.plan.settings.opening.times = u32::MAX;
        }
        race.on_screen = self.tui;
        race.auto = auto.then_some(found_out);
        race.window = self.window;
        race.video = self.to.map(|to| (to, options));
        Ok(race)
    }
}

impl WorkArgs {
    /// Whether frames come when they come.
    fn is_live(&self) -> bool {
        (self.input.is_paced() || self.live.plays_camera()) && !self.preload && self.prove.is_none()
    }

    /// Unless every frame is wanted, live inputs are kept up with.
    fn default_policies(&self, every_frame: bool) -> Policies {
        let live = self.input.is_live() || (self.is_live() && !every_frame);
        if live { Policies::live() } else { Policies::default() }
    }

    fn race(self, strategies: Vec<&'static dyn Strategy>, every_frame: bool) -> Result<Race, Exit> {
        let chain: Chain = self.filters.join(",").parse().map_err(|e: ChainError| Exit::wrong(e))?;
        let overflow = policies(self.default_policies(every_frame), &self.overflow, &chain)?;
        let (decode_threads, memory) = (self.decode_threads.unwrap_or(1), self.mem);
        let opening = Opening {
            times: self.times.unwrap_or(1),
            decoder: self.decoder.into(),
            decode_threads,
            memory,
            ..Opening::default()
        };
        let opening = self.live.opening(&self.input, opening)?;
        if self.preload && opening.as_camera.is_some() {
            return Err(Exit::wrong(
                "--as-camera lets frames come in their own time, and --preload has them all at once",
            ));
        }
        let files = self.files.files()?;
        let default = if files.iter().any(|(format, _)| format.shows_spans()) { TRACE_FRAMES } else { 0 };
        let settings = Settings {
            workers: self.workers.unwrap_or(Settings::default().workers),
            // What waits in a link that drops frames grows stale.
            queue: self.queue.unwrap_or(if overflow.drop_frames() { 1 } else { Settings::default().queue }),
            overflow,
            memory: self.mem,
            limits: Limits { frames: self.frames, duration: self.duration },
            opening,
            meters: !self.no_meters,
            trace_frames: self.trace_frames.map_or(default, |frames| frames as u64),
            frame_timeout: self.frame_timeout,
            strict: self.strict,
            worker_program: Some(super::THIS_PROGRAM.into()),
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
