//! What the tests share: runs of a strategy in a line, and sources and sinks that misbehave.
#![allow(dead_code, reason = "every test program uses a part of it")]

pub mod browser;
pub mod child;
pub mod display;
pub mod imports;
pub mod inputs;
pub mod kept;
pub mod limits;
pub mod made_up;
pub mod odd;
pub mod odder;
pub mod pipelines;
pub mod place;
pub mod probe;
pub mod rtsp;
pub mod server;
pub mod shards;
mod skipped;
pub mod tmux;

pub use skipped::skipped;

use std::ops::ControlFlow;
use std::process::{Command, Output};
use std::time::Duration;

use anyhow::{Result, bail};
use framerace::child::WorkerCommand;
use framerace::filter::{Chain, Filter, FrameContext, Options, find as find_filter};
use framerace::frame::{Frame, Stamp, Timing};
use framerace::host::machine::{Machine, OpenCvFacts};
use framerace::metrics::{Run, StageTimer};
use framerace::pipeline::{Settings, Watch};
use framerace::run::{run, run_source};
use framerace::sink::{Null, Sink};
use framerace::source::{Input, OPENCV_READER, OpenOptions, Reader, Source, SourceInfo, open, through_opencv};
use framerace::strategy::Strategy;
use linkme::distributed_slice;
use opencv::core::{Mat, MatTraitConst};

// The tests have all of OpenCV, as `framerace-opencv` does.
#[distributed_slice(OPENCV_READER)]
static READER: Reader = through_opencv;

/// The clip that comes with the project.
pub const CLIP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/bigbuckbunny.mp4");

/// Two workers and short queues, whatever the machine.
pub fn settings() -> Settings {
    framerace::host::libraries::prepare(1, false).expect("OpenCV takes orders");
    Settings {
        workers: 2,
        queue: 2,
        worker_command: Some(WorkerCommand::new(env!("CARGO_BIN_EXE_framerace"))),
        ..Settings::default()
    }
}

/// Runs a strategy over an input, into a hash.
pub fn run_on(strategy: &dyn Strategy, input: &str, chain: &str, settings: &Settings) -> Result<Run> {
    let input: Input = input.parse()?;
    let chain: Chain = chain.parse()?;
    run(strategy, &input, &chain, &mut Null::default(), settings, &Watch::default())
}

/// Runs a strategy over a source, into a sink.
pub fn run_with(
    strategy: &dyn Strategy,
    source: impl Source + 'static,
    chain: &str,
    sink: &mut dyn Sink,
    settings: &Settings,
) -> Result<Run> {
    run_source(strategy, Box::new(source), &chain.parse()?, sink, settings, &Watch::default())
}

/// Runs the program to its end.
pub fn framerace(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_framerace")).args(arguments).output().expect("it starts")
}

/// What it printed.
pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

/// What it said.
pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

/// Text that is kept in a file. `UPDATE=1 cargo test` writes it anew.
pub fn golden(path: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, text).expect("a file to keep the text in");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, kept, "{} has changed; UPDATE=1 cargo test writes it anew", path.display());
}

/// A machine that nobody has.
pub fn made_up_machine() -> Machine {
    Machine {
        cpu: "Made-up CPU".into(),
        cores: 4,
        cpu_quota: None,
        memory: 8 << 30,
        kernel: "Linux 6.1.0 x86_64".into(),
    }
}

/// An OpenCV that nobody has built.
pub fn made_up_opencv() -> OpenCvFacts {
    OpenCvFacts { version: "4.6.0".into(), parallel: "TBB".into(), threads: 1, build: None }
}

/// synthetic frames, each after some work, up to one that cannot be read.
pub struct Slow {
    frames: Box<dyn Source>,
    work: Work,
    fails_at: Option<u64>,
    next: u64,
}

impl Slow {
    pub fn new(frames: u64, work: Work) -> Self {
        let input: Input = format!("synthetic:64x48@0x{frames}").parse().expect("an input");
        let frames = open(&input, &OpenOptions::default()).expect("frames");
        Self { frames, work, fails_at: None, next: 0 }
    }

    pub fn failing_at(frames: u64, at: u64) -> Self {
        Self { fails_at: Some(at), ..Self::new(frames, Work::None) }
    }
}

impl Source for Slow {
    fn info(&self) -> &SourceInfo {
        self.frames.info()
    }

    fn read(&mut self, image: &mut Mat, timer: &StageTimer<'_>) -> Result<Option<Timing>> {
        self.work.take();
        if self.fails_at == Some(self.next) {
            bail!("the lens fell off");
        }
        self.next += 1;
        self.frames.read(image, timer)
    }
}

/// A sink that works on each frame, and may have enough or fail.
#[derive(Default)]
pub struct Greedy {
    pub work: Work,
    pub enough_after: Option<u64>,
    pub fails_at: Option<u64>,
    pub seen: Vec<u64>,
    pub times: Vec<Duration>,
    /// The latest picture.
    pub last: Mat,
}

impl Greedy {
    /// When the frames belong, in whole milliseconds.
    pub fn times_ms(&self) -> Vec<u128> {
        self.times.iter().map(Duration::as_millis).collect()
    }
}

impl Sink for Greedy {
    fn write(&mut self, frame: &Frame, _: &StageTimer<'_>) -> Result<ControlFlow<()>> {
        self.work.take();
        if self.fails_at == Some(frame.stamp.index) {
            bail!("the disk is full");
        }
        self.seen.push(frame.stamp.index);
        self.times.push(frame.stamp.pts);
        frame.output().copy_to(&mut self.last)?;
        let enough = self.enough_after == Some(self.seen.len() as u64);
        Ok(if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }
}

/// What a stage spends a frame's time on, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Work {
    #[default]
    None,
    Delay(f64),
    Spin(f64),
}

impl Work {
    /// The filter that does this work, as text.
    pub fn filter(self) -> Option<String> {
        match self {
            Self::None => None,
            Self::Delay(ms) => Some(format!("delay={ms}")),
            Self::Spin(ms) => Some(format!("spin={ms}")),
        }
    }

    /// Does the work, by the filter of that name.
    fn take(self) {
        let Some((name, ms)) = (match self {
            Self::None => None,
            Self::Delay(ms) => Some(("delay", ms)),
            Self::Spin(ms) => Some(("spin", ms)),
        }) else {
            return;
        };
        let kind = find_filter(name).expect("a filter");
        let mut options = Options::defaults(kind.options);
        options.set("ms", &ms.to_string()).expect("an option");
        let mut filter: Box<dyn Filter> = (kind.build)(&options).expect("a filter");
        let context = FrameContext::untimed(Stamp::new(0, Duration::ZERO));
        filter.apply(&context, &Mat::default(), &mut Mat::default()).expect("it only takes time");
    }
}
