//! The price list as plain data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::break_even::PaysFrom;
use crate::host::machine::{Machine, OpenCvFacts};
use crate::lab::report::{ResultFile, Spread};

/// What things cost on one machine for frames of one size. Every figure is a value a round: median, smallest, largest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "framerace price list")]
pub struct Prices {
    /// Version of this form.
    pub schema: u32,
    /// Version of framerace.
    pub framerace: String,
    /// The machine.
    pub machine: Machine,
    /// OpenCV and its own threads.
    pub opencv: OpenCvFacts,
    /// The size of the frames.
    pub frame: FrameSize,
    /// Workers of every run but those with one.
    pub workers: usize,
    /// Rounds, each measuring everything once.
    pub rounds: usize,
    /// Seconds a run lasts; up to twice as long where filters are slow.
    pub run_s: f64,
    /// Microseconds to start a thread that has nothing to do, and to see its end.
    pub thread_start_us: Spread,
    /// Milliseconds from exec to ready: how much later than a run with one thread a run with one worker process asks
    /// for its first frame. The frames are tiny, so that their memory does not count.
    pub process_start_ms: Spread,
    /// Microseconds that a frame takes through a queue to a thread that sleeps, and through another queue back.
    #[serde(alias = "link_us")]
    pub handoff_us: Spread,
    /// Fresh memory.
    pub touch: TouchPrices,
    /// What each strategy costs, and from where on it pays. The first is `sequential`.
    pub strategies: Vec<StrategyPrices>,
}

impl ResultFile for Prices {
    const SCHEMA: u32 = 2;
    const COMMANDS: &'static str = "price";
    const OWN_FIELD: &'static str = "thread_start_us";
}

/// The size of a frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FrameSize {
    /// Pixels in a row.
    pub width: i32,
    /// Rows.
    pub height: i32,
    /// `gray8` or `bgr8`.
    pub pixels: String,
    /// Bytes.
    pub bytes: usize,
}

/// What it takes to touch each page of a frame once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TouchPrices {
    /// Microseconds when the memory is new to the process.
    pub first_us: Spread,
    /// Microseconds the second time.
    pub second_us: Spread,
    /// Microseconds that each page fault of the first time added.
    pub fault_us: Spread,
}

/// What one strategy costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StrategyPrices {
    /// Its name.
    pub name: String,
    /// Millions of bytes (PSS of the whole tree) that a worker more adds, its share of the frame buffers included: one
    /// for a thread, two for a process with shared memory, one and one of its own for a process with pipes. A buffer
    /// is a frame and its gray image. Pages of libraries are shared with whoever else uses OpenCV at the time: who
    /// starts or ends meanwhile makes it uncertain.
    pub worker_mb: Option<Spread>,
    /// Microseconds to hand a frame over to a process and to get it back, beyond the work on it: the median frame of a
    /// stream to one worker.
    #[serde(alias = "hand_over_us")]
    pub handoff_us: Option<Spread>,
    /// The same with all workers, at least two, at work: where they take every core, waiting for one is part of it.
    pub hand_over_all_us: Option<Spread>,
    /// Context switches of the whole process tree a frame, grayscale alone, all workers.
    pub switches_per_frame: Spread,
    /// Milliseconds from the order to run to the first frame asked for, all workers: also the memory for the frames.
    pub startup_ms: Spread,
    /// How fast it was, by the time the filters take.
    pub points: Vec<PricePoint>,
    /// From where on it is faster than `sequential`, starting not counted; none for that itself.
    pub pays_from: Option<PaysFrom>,
}

/// How fast a strategy was with filters that take so long.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Point")]
pub struct PricePoint {
    /// Milliseconds that the filters take a frame, on a core of their own.
    pub filter_ms: f64,
    /// Delivered frames a second.
    pub fps: Spread,
    /// FPS over that of `sequential` in the same round.
    pub speedup: Spread,
    /// Frames after which what it took longer to start than `sequential` was saved again; none if that never happens,
    /// or not in every round.
    pub start_paid_after: Option<Spread>,
}
