//! All the meters of one run, and the two moments between which the run is measured.
//!
//! The run begins when capture asks for its first frame (workers are up by then) and ends when the last frame is
//! delivered: starting and stopping are not part of the rate.

pub(super) mod of_inputs;
pub(super) mod snapshot;
mod summary;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::buffers::Buffers;
use super::latency::Recorder;
use super::ledger::Ledger;
use super::losses::Losses;
use super::overhead::{ProfilingLevel, Took};
use super::queue::QueueMeter;
use super::run::Run;
use super::stage::StageMeter;
use super::steady_rate::Steady;
use super::timeline::{Buckets, Origin};
use crate::host::interference::ProcessorTimes;
use crate::host::usage::{Resources, memory, thread_cpu};

/// The meters of one run; shared by all its threads.
#[derive(Debug)]
pub struct Meters {
    /// Whether clocks are read. Counts are kept either way.
    on: bool,
    /// Frames with a smaller number are traced: 0 for none.
    traced: u64,
    /// Whether clocks measure details, and what that costs.
    profiling: ProfilingLevel,
    steady: Mutex<Steady>,
    /// Where every frame went.
    pub ledger: Arc<Ledger>,
    /// Frame buffers that had to be made.
    pub buffers: Arc<Buffers>,
    /// What was lost with worker processes.
    pub losses: Losses,
    /// After so many delivered frames every buffer and worker has been in use.
    warm_up: u64,
    /// How many frames had been delivered at the end of the warm-up, and what was used until then.
    warm: OnceLock<(u64, Resources)>,
    created: Instant,
    stages: Mutex<Vec<Arc<StageMeter>>>,
    queues: Mutex<Vec<Arc<QueueMeter>>>,
    delivered: Mutex<Delivered>,
    /// When the run began, shared with everything that keeps a time line.
    origin: Origin,
    /// Worker processes, whose CPU time and memory count; shared by the meters of all inputs of a run.
    workers: Arc<Mutex<Vec<u32>>>,
    /// The meters of the whole run, where these are those of one of several inputs.
    whole: Option<Arc<Meters>>,
    /// How many inputs are still captured, where these are the meters of the whole.
    capturing: AtomicUsize,
    /// What of the run is not measured but told.
    told: Mutex<Run>,
    /// The first and the latest frame of a live source that were captured: when each came, and its number there.
    arrivals: Mutex<Option<[(Instant, u64); 2]>>,
    /// The run, where another process has measured it.
    elsewhere: Mutex<Option<Run>>,
    begin: OnceLock<Moment>,
    end: Mutex<Option<Moment>>,
    memory_samples: Mutex<MemorySamples>,
    memory_at_start: u64,
    peak_memory: AtomicU64,
    peak_resident: AtomicU64,
    /// Nanoseconds of CPU time spent on measuring beside the clocks: memory, and pixels of frames that repeat the one before.
    sampling: AtomicU64,
}

/// CPU time that it takes to read the memory of the process tree: some milliseconds for each process.
#[derive(Debug)]
struct MemorySamples {
    /// All samples so far.
    spent: Duration,
    /// The next one, taken to cost as much as the last one.
    next: Duration,
}

/// What is recorded of each delivered frame.
#[derive(Debug, Default)]
struct Delivered {
    latency: Recorder,
    frames: Buckets,
}

/// The time, and what had been used until then.
#[derive(Clone, Copy, Debug)]
struct Moment {
    at: Instant,
    used: Resources,
    processors: ProcessorTimes,
}

impl Meters {
    /// Meters for one run; with `on` false no clock is read. The first `warm_up` delivered frames include the one-time costs
    /// of every worker and buffer.
    pub fn new(on: bool, warm_up: u64) -> Self {
        let profiling = ProfilingLevel::new(on, warm_up);
        let from = thread_cpu();
        let at_start = memory(&[]).unwrap_or_default();
        let sample = thread_cpu().saturating_sub(from);
        Self {
            on,
            traced: 0,
            profiling,
            steady: Mutex::default(),
            ledger: Arc::default(),
            buffers: Arc::default(),
            losses: Losses::default(),
            warm_up,
            warm: OnceLock::new(),
            created: Instant::now(),
            stages: Mutex::default(),
            queues: Mutex::default(),
            delivered: Mutex::default(),
            origin: Origin::default(),
            workers: Arc::default(),
            whole: None,
            capturing: AtomicUsize::new(0),
            told: Mutex::default(),
            arrivals: Mutex::default(),
            elsewhere: Mutex::default(),
            begin: OnceLock::new(),
            end: Mutex::default(),
            memory_samples: Mutex::new(MemorySamples { spent: Duration::ZERO, next: sample }),
            memory_at_start: at_start.pss,
            peak_memory: AtomicU64::new(at_start.pss),
            peak_resident: AtomicU64::new(at_start.rss),
            sampling: AtomicU64::new(0),
        }
    }

    /// Frames with a number below `frames` are traced: what every thread did with them, and when.
    #[must_use]
    pub fn tracing(mut self, frames: u64) -> Self {
        self.traced = if self.on { frames } else { 0 };
        self
    }

    /// Measures FPS over multiples of `workers` frames, so that bursts do not bias it.
    #[must_use]
    pub fn over_multiples_of(self, workers: usize) -> Self {
        self.steady.lock().multiple = workers as u64;
        self
    }

    /// These are the meters of one of several inputs; what happens to it happens to the `whole` run, too.
    #[must_use]
    pub fn part_of(mut self, whole: &Arc<Self>) -> Self {
        whole.capturing.fetch_add(1, Relaxed);
        self.workers = Arc::clone(&whole.workers);
        self.whole = Some(Arc::clone(whole));
        self
    }

    /// A new stage, in the order of the path. `parts` names what it is made of.
    pub fn stage(&self, name: &str, workers: usize, parts: Vec<String>) -> Arc<StageMeter> {
        let detailed = Arc::clone(&self.profiling.detailed);
        let meter = StageMeter::traced(name, workers, parts, self.on, self.traced, detailed);
        self.stages.lock().push(Arc::clone(&meter));
        meter
    }

    /// A new queue between two stages that holds `capacity` frames.
    pub fn queue(&self, name: &str, capacity: usize) -> Arc<QueueMeter> {
        // A frame goes in once and comes out once.
        let changes = usize::try_from(self.traced).unwrap_or(0).saturating_mul(2);
        let meter = Arc::new(QueueMeter::new(name, capacity, self.on, Arc::clone(&self.origin), changes));
        self.queues.lock().push(Arc::clone(&meter));
        meter
    }

    /// A worker process takes part: its CPU time and memory count.
    pub fn watch_process(&self, pid: u32) {
        self.workers.lock().push(pid);
    }

    /// The run begins, unless it has.
    pub fn begin(&self) {
        self.whole.iter().for_each(|whole| whole.begin());
        let begin = self.begin.get_or_init(|| self.moment());
        self.origin.get_or_init(|| begin.at);
    }

    /// A worker process is about to be waited for: from then on the kernel counts it with the children that have ended.
    pub fn forget_process(&self, pid: u32) {
        self.workers.lock().retain(|other| *other != pid);
    }

    /// When the run began; now, if it has not.
    pub fn begun_at(&self) -> Instant {
        self.begin.get().map_or_else(Instant::now, |begin| begin.at)
    }

    /// The last frame was delivered `at` this moment. Worker processes must still be alive.
    pub fn end(&self, at: Instant) {
        let end = Moment { at, ..self.moment() };
        // Of several inputs the last one ends the run.
        let last = self.end.lock().filter(|last| last.at > at);
        *self.end.lock() = Some(last.unwrap_or(end));
        if let Some(whole) = &self.whole {
            return whole.end(at);
        }
        // After the measured time, so it costs the run nothing.
        self.read_memory();
    }

    /// Tells what is not measured: setup, notes, outages, damage, sandbox. Other figures are overwritten by what was measured.
    pub fn tell(&self, told: impl FnOnce(&mut Run)) {
        told(&mut self.told.lock());
    }

    /// Now. The clock is read last, because reading the rest takes time that does not belong to the run.
    fn moment(&self) -> Moment {
        let (used, processors) = (Resources::now(&self.workers.lock()), ProcessorTimes::now());
        Moment { at: Instant::now(), used, processors }
    }

    /// A frame of a live source came at this moment, the one with this number of all that came, unread ones included.
    pub fn arrived(&self, at: Instant, number: u64) {
        self.arrivals.lock().get_or_insert([(at, number); 2])[1] = (at, number);
    }

    /// A frame that was captured at one moment is about to be delivered at another, `now`.
    pub fn delivered(&self, captured: Instant, now: Instant) {
        self.whole.iter().for_each(|whole| whole.delivered(captured, now));
        if self.on {
            let mut delivered = self.delivered.lock();
            delivered.latency.record(now.saturating_duration_since(captured));
            delivered.frames.add(now.saturating_duration_since(self.begun_at()), 1.0);
        }
        let before = self.ledger.delivered();
        if before >= self.warm_up {
            self.warm.get_or_init(|| (before, Resources::now(&self.workers.lock())));
        }
    }

    /// One more frame was delivered at this moment; the ledger has counted it.
    pub fn passed(&self, at: Instant) {
        // Its ledger counts new frames only: all else is summed up at the end.
        if let Some(whole) = &self.whole {
            whole.ledger.deliver();
            whole.passed(at);
        }
        let frames = self.ledger.new_frames();
        self.steady.lock().deliver(at, frames);
        if let (true, Some(begin)) = (self.profiling.is_due(frames), self.begin.get()) {
            let cpu = Resources::now(&self.workers.lock()).since(&begin.used).cpu;
            let took = Took { wall: begin.at.elapsed(), cpu };
            let queues = self.queues.lock().len();
            self.profiling.review(frames, &self.stages.lock(), queues, took);
        }
    }

    /// Capture has ended: from now on the pipeline drains.
    pub fn capture_stopped(&self) {
        if let Some(whole) = self.whole.as_ref().filter(|_| !self.steady.lock().capture_stopped)
            && whole.capturing.fetch_sub(1, Relaxed) == 1
        {
            whole.capture_stopped();
        }
        self.steady.lock().capture_stopped = true;
    }

    fn read_memory(&self) {
        if let Some(now) = memory(&self.workers.lock()) {
            self.peak_memory.fetch_max(now.pss, Relaxed);
            self.peak_resident.fetch_max(now.rss, Relaxed);
        }
    }

    /// Reads the memory of the whole process tree and keeps the maximum, unless such samples would cost too much of the CPU
    /// time that the run has used so far.
    pub fn sample_memory(&self) {
        const SHARE: u32 = 500;
        let Some(begin) = self.begin.get() else { return };
        let used = Resources::now(&self.workers.lock()).since(&begin.used).cpu;
        let mut samples = self.memory_samples.lock();
        if used < (samples.spent + samples.next) * SHARE {
            return;
        }
        let from = thread_cpu();
        self.read_memory();
        let cost = thread_cpu().saturating_sub(from);
        *samples = MemorySamples { spent: samples.spent + cost, next: cost };
        self.add_cost(cost);
    }

    /// Adds CPU time that was spent on measuring beside the clocks.
    pub fn add_cost(&self, cost: Duration) {
        self.sampling.fetch_add(u64::try_from(cost.as_nanos()).unwrap_or(u64::MAX), Relaxed);
    }
}
