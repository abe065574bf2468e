//! What a strategy is given to wire: stations made to measure, links between them, and a bounded pool of buffers.
//! And [`run`], which opens the input, lets one strategy do its job, and closes the books.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{Builder, available_parallelism, scope};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use serde::{Deserialize, Serialize};

use super::{Policies, Strategy, Watch};
use crate::channel::{Overflow, Receiver, Sender, leaky};
use crate::filter::{Chain, LiveChain, LiveFilter};
use crate::frame::{Frame, FramePool, Shape};
use crate::machine::available_memory;
use crate::measure::{Joined, Meters, Run, StageClock, StageMeter, Teamwork};
use crate::sink::{Deliver, Sink};
use crate::source::{Capture, Input, Limits, Opening, Source, open_unless};

/// How to run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Settings {
    /// Workers of the filter stage.
    pub workers: usize,
    /// Frames a link between two stages can hold.
    pub queue: usize,
    /// What happens when a link is full.
    pub overflow: Policies,
    /// The most memory frame buffers may take, in bytes.
    pub memory: Option<u64>,
    /// When to stop before the source ends.
    pub limits: Limits,
    /// How to open the input.
    pub opening: Opening,
    /// Whether clocks are read. Frames are counted either way.
    pub meters: bool,
    /// Frames with a smaller number are traced: 0 for none.
    pub trace_frames: u64,
    /// The longest a worker process may take for a frame before it counts as hung.
    pub frame_timeout: Duration,
    /// Whether a frame that no worker process survives ends the run.
    pub strict: bool,
    /// The framerace program, which worker processes are started from. Without it there are no worker processes.
    pub worker_program: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            workers: available_parallelism().map_or(1, usize::from),
            queue: 4,
            overflow: Policies::default(),
            memory: None,
            limits: Limits::default(),
            opening: Opening::default(),
            meters: true,
            trace_frames: 0,
            frame_timeout: Duration::from_secs(30),
            strict: false,
            worker_program: None,
        }
    }
}

/// One run, as a strategy sees it.
pub struct Job<'a> {
    /// The chain to run.
    pub chain: &'a Chain,
    /// How to run it.
    pub settings: &'a Settings,
    /// The shape of a captured frame.
    pub input: Shape,
    /// The shape of a finished frame.
    pub output: Shape,
    /// Workers of the filter stage.
    pub workers: usize,
    /// What each of them has to itself.
    pub teamwork: Teamwork,
    /// The run's meters.
    pub meters: Arc<Meters>,
    /// Who looks on, and may stop it.
    pub watch: &'a Watch,
}

impl Job<'_> {
    /// How many buffers a run needs for `at_work` frames being filtered, both links full, one frame in the hands
    /// of capture and one in those of deliver; fewer if memory is bounded. `bytes` is the size of one buffer.
    ///
    /// # Errors
    /// When not even one buffer fits, or without a bound the machine has no room for all.
    pub fn buffers(&self, at_work: usize, bytes: usize) -> Result<usize> {
        let wanted = at_work + 2 * self.settings.queue + 2;
        let Some(memory) = self.settings.memory else {
            let (need, free) = ((wanted * bytes) >> 20, available_memory() >> 20);
            ensure!(
                need as u64 <= free,
                "{wanted} frame buffers need {need} MB, but {free} MB are free; lower -q or -w, or set --mem"
            );
            return Ok(wanted);
        };
        let fit = usize::try_from(memory)? / bytes.max(1);
        ensure!(fit > 0, "{memory} bytes of memory hold no frame: one takes {bytes}; raise --mem");
        Ok(wanted.min(fit))
    }

    /// A pool on the heap for `at_work` frames being filtered.
    ///
    /// # Errors
    /// When not even one buffer fits into the memory bound.
    pub fn pool(&self, at_work: usize) -> Result<FramePool> {
        FramePool::heap(self.buffers(at_work, self.input.bytes() + self.output.bytes())?, self.input, &[], self.output)
    }

    /// The capture stage.
    pub fn capture(&self, source: Box<dyn Source>, pool: &FramePool) -> Capture {
        let live = source.info().paced;
        let pace = source.info().fps.filter(|_| live);
        self.watch.may_close(pool);
        self.meters.joined(Joined { teamwork: self.teamwork, in_flight: pool.free(), pace, live });
        let stage = self.meters.stage("capture", 1, source.parts());
        let meters = Arc::clone(&self.meters);
        Capture::new(source, pool.clone(), self.settings.limits, meters, stage.clock()).until(self.watch.ended())
    }

    /// The filters, for one worker.
    ///
    /// # Errors
    /// When a filter cannot take the image that reaches it.
    pub fn filters(&self) -> Result<Vec<LiveFilter>> {
        self.chain.filters(self.input)
    }

    /// The whole chain for each worker, and the one stage they are.
    ///
    /// # Errors
    /// When a filter cannot take the image that reaches it.
    pub fn chains(&self, workers: usize) -> Result<(Vec<LiveChain>, Arc<StageMeter>)> {
        let chain = |_| self.chain.live(self.input, Arc::clone(&self.meters.buffers));
        let chains: Vec<LiveChain> = (0..workers).map(chain).collect::<Result<_>>()?;
        let labels = chains.first().map(LiveChain::labels).context("a run needs a worker")?;
        Ok((chains, self.meters.stage("chain", workers, labels)))
    }

    /// A link between two stages. When the run is stopped, by closing the pool, nothing comes out of it any more.
    pub fn link(&self, name: &str, pool: &FramePool) -> (Sender<Frame>, Receiver<Frame>) {
        self.link_with(name, self.settings.queue, self.settings.overflow.of(name), pool)
    }

    /// A link of this depth and policy. What it drops is written down with its place.
    pub fn link_with(
        &self,
        name: &str,
        depth: usize,
        policy: Overflow,
        pool: &FramePool,
    ) -> (Sender<Frame>, Receiver<Frame>) {
        let place = self.meters.ledger.place(name, policy.name());
        let lose = move |frame: Frame| frame.drop_at(&place);
        leaky(depth, policy, self.meters.link(name, depth), pool.closed(), lose)
    }

    /// The deliver stage, with its clock.
    pub fn deliver<'s>(&self, sink: &'s mut dyn Sink) -> (Deliver<'s>, StageClock) {
        let stage = self.meters.stage("deliver", 1, sink.parts());
        (Deliver::new(sink, Arc::clone(&self.meters), self.watch.stopped()), stage.clock())
    }
}

/// Runs one strategy once over an input.
///
/// # Errors
/// When the input cannot be opened, the strategy cannot do the chain, or anything fails on the way.
pub fn run(
    strategy: &dyn Strategy,
    input: &Input,
    chain: &Chain,
    sink: &mut dyn Sink,
    settings: &Settings,
    watch: &Watch,
) -> Result<Run> {
    let source = open_unless(&watch.ended(), input, &settings.opening)?;
    run_source(strategy, source, chain, sink, settings, watch).with_context(|| input.to_string())
}

/// The longest side of a frame, so that no product of sizes can overflow.
const LARGEST: i32 = 32_768;

/// Runs one strategy once over a source of your own.
///
/// # Errors
/// As [`run`].
pub fn run_source(
    strategy: &dyn Strategy,
    source: Box<dyn Source>,
    chain: &Chain,
    sink: &mut dyn Sink,
    settings: &Settings,
    watch: &Watch,
) -> Result<Run> {
    if let Some(why) = strategy.unfit(chain, settings).or_else(|| strategy.unfit_for(source.info())) {
        return Err(anyhow!("{} cannot do this: {why}", strategy.name()));
    }
    ensure!(settings.workers > 0 && settings.queue > 0, "a run needs at least one worker and a queue of one");
    let input = source.info().shape;
    let sides = 1..=LARGEST;
    ensure!(
        sides.contains(&input.width) && sides.contains(&input.height),
        "a frame of {input} is not 1 to {LARGEST} pixels wide and high"
    );
    let (output, workers, notes) = {
        let filters = chain.filters(input)?;
        let mixes = filters.iter().find(|filter| filter.mixes_rows()).map(LiveFilter::label);
        let notes = source.info().video.as_ref().map(|facts| facts.notes(mixes)).unwrap_or_default();
        (filters.last().map_or(input, LiveFilter::output), strategy.workers(settings.workers, filters.len()), notes)
    };
    // What earlier runs freed but the allocator kept must not count as this run's memory.
    crate::globals::release_free_memory();
    let settling = 2 * (workers + 2 * settings.queue) + 16;
    let meters = Meters::new(settings.meters, settling as u64).tracing(settings.trace_frames).in_turns_of(workers);
    let meters = Arc::new(meters);
    notes.into_iter().for_each(|note| meters.note(note));
    watch.follow(&meters);
    let teamwork = strategy.teamwork();
    let job = Job { chain, settings, input, output, workers, teamwork, meters: Arc::clone(&meters), watch };
    let ran = while_sampling(&meters, || strategy.run(&job, source, sink));
    watch.let_go();
    ran?;
    let mut run = meters.run(strategy.name(), workers, sink.hash());
    run.writer = sink.writer();
    ensure!(
        run.ledger.balances(),
        "{} lost count of its frames: {:?}; please report this",
        strategy.name(),
        run.ledger
    );
    Ok(run)
}

/// Looks at the memory of the process tree now and then while `work` goes on. All buffers are made before a run, so
/// little is to be seen.
fn while_sampling<T>(meters: &Meters, work: impl FnOnce() -> T) -> T {
    const PAUSE: Duration = Duration::from_secs(1);
    let (done, wait) = mpsc::channel::<()>();
    scope(|s| {
        let look = move || {
            while wait.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
                meters.sample_memory();
            }
        };
        // Where there is no thread to be had for it, the look at the end of the run must do.
        let _ = Builder::new().name("memory".into()).spawn_scoped(s, look);
        let result = work();
        drop(done);
        result
    })
}
