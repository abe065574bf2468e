//! `compare` and `run`: what to run, and how.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use framerace::lab::compare::{Plan, Rounds};
use framerace::lab::report::Axis;
use framerace::lab::sweep::Sweep;
use framerace::sink::video::VideoOptions;
use framerace::strategy::{STRATEGIES, faithful, find};

use crate::app::args::exit::Exit;
use crate::app::args::files::File;
use crate::app::args::output::Output;
use crate::app::args::values::{Asked, Auto, Named, at_least_one, percent, seconds, strategy, strategy_or_auto};
use crate::app::args::video::VideoArgs;
use crate::app::args::work::WorkArgs;

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
pub struct CompareArgs {
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
pub struct RunArgs {
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

/// Turns of each strategy on a live input, and how long one takes.
const TURNS: (usize, Duration) = (2, Duration::from_secs(3));

impl CompareArgs {
    /// The race of these strategies, `sequential` first.
    pub fn race(self) -> Result<Race, Exit> {
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
    pub fn race(self) -> Result<Race, Exit> {
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
