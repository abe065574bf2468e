//! What a strategy builds a run from: the stages with their meters, queues between them, and a bounded pool of buffers.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};

use super::{Capture, Deliver, Overflow, Receiver, Sender, Settings, Watch, leaky};
use crate::filter::{Chain, ChainInstance, FilterInstance};
use crate::frame::{Frame, FramePool, Shape};
use crate::host::machine::available_memory;
use crate::metrics::{Meters, RunSetup, StageClock, StageMeter, Topology};
use crate::sink::Sink;
use crate::source::Source;

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
    /// Which of several inputs it is, from 0, and how many there are.
    pub which: (u32, usize),
    /// How the stages are connected.
    pub topology: Topology,
    /// The run's meters.
    pub meters: Arc<Meters>,
    /// Lets other threads observe the run and stop it.
    pub watch: &'a Watch,
}

impl Job<'_> {
    /// How many buffers a run needs while `at_work` frames are filtered: both queues full, one frame in capture and one
    /// in the sink; fewer if memory is bounded, which several inputs share equally. `bytes` is the size of one buffer.
    ///
    /// # Errors
    /// When not even one buffer fits, or without a bound the machine has no room for all.
    pub fn buffers(&self, at_work: usize, bytes: usize) -> Result<usize> {
        self.buffers_beside(0, at_work, bytes)
    }

    /// The same where `beside` bytes of frames are needed beside the buffers.
    ///
    /// # Errors
    /// As [`buffers`](Self::buffers).
    pub fn buffers_beside(&self, beside: usize, at_work: usize, bytes: usize) -> Result<usize> {
        let wanted = at_work + 2 * self.settings.queue + 2;
        let inputs = self.which.1;
        let Some(memory) = self.settings.memory.map(|memory| memory / inputs as u64) else {
            let (need, free) = ((wanted * bytes * inputs + beside) >> 20, available_memory() >> 20);
            ensure!(
                need as u64 <= free,
                "{} frame buffers need {need} MB, but {free} MB are free; lower -q or -w, or set --mem",
                wanted * inputs
            );
            return Ok(wanted);
        };
        let fit = usize::try_from(memory)?.saturating_sub(beside) / bytes.max(1);
        ensure!(fit > 0, "{memory} bytes of memory hold no frame: one takes {}; raise --mem", bytes + beside);
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
        self.watch.close_on_stop(pool);
        let setup = RunSetup { topology: self.topology, in_flight: pool.free(), pace, live };
        self.meters.tell(|run| run.setup = setup);
        let stage = self.meters.stage("capture", 1, source.parts());
        let (meters, enough) = (Arc::clone(&self.meters), self.watch.ended());
        let capture = Capture::new(source, pool.clone(), self.settings.limits, enough, meters, stage.clock());
        capture.of_input(self.which.0)
    }

    /// The filters, for one worker.
    ///
    /// # Errors
    /// When a filter cannot take the image that reaches it.
    pub fn filters(&self) -> Result<Vec<FilterInstance>> {
        self.chain.filters(self.input)
    }

    /// The whole chain for each worker, and the one stage they are.
    ///
    /// # Errors
    /// When a filter cannot take the image that reaches it.
    pub fn chains(&self, workers: usize) -> Result<(Vec<ChainInstance>, Arc<StageMeter>)> {
        let chain = |_| self.chain.live(self.input, Arc::clone(&self.meters.buffers));
        let chains: Vec<ChainInstance> = (0..workers).map(chain).collect::<Result<_>>()?;
        let labels = chains.first().map(ChainInstance::labels).context("a run needs a worker")?;
        Ok((chains, self.meters.stage("chain", workers, labels)))
    }

    /// A queue between two stages. Once the run is stopped, which closes the pool, no frame comes out of it.
    pub fn queue(&self, name: &str, pool: &FramePool) -> (Sender<Frame>, Receiver<Frame>) {
        self.queue_with(name, self.settings.queue, self.settings.overflow.of(name), pool)
    }

    /// The queue before the sink stage. Of several inputs each has one that holds all its frames: workers that others wait for,
    /// too, must not be held up where one input is written slowly.
    pub fn queue_to_sink(&self, pool: &FramePool) -> (Sender<Frame>, Receiver<Frame>) {
        const NAME: &str = "chain-sink";
        let policy = self.settings.overflow.of(NAME);
        let all = if self.which.1 > 1 && !policy.drops() { pool.free() } else { 0 };
        self.queue_with(NAME, self.settings.queue.max(all), policy, pool)
    }

    /// A queue of this capacity and policy. The ledger counts what it drops, by its name.
    pub fn queue_with(
        &self,
        name: &str,
        capacity: usize,
        policy: Overflow,
        pool: &FramePool,
    ) -> (Sender<Frame>, Receiver<Frame>) {
        let place = self.meters.ledger.place(name, policy.name());
        let lose = move |frame: Frame| frame.drop_at(&place);
        leaky(capacity, policy, self.meters.queue(name, capacity), pool.closed(), lose)
    }

    /// The sink stage, with its clock.
    pub fn deliver<'s>(&self, sink: &'s mut dyn Sink) -> (Deliver<'s>, StageClock) {
        let stage = self.meters.stage("sink", 1, sink.parts());
        (Deliver::new(sink, Arc::clone(&self.meters), self.watch.stopped()), stage.clock())
    }
}
