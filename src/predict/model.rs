//! The model of a run: a line of stages with what a frame asks of each, made from what was measured.
//!
//! What a stage asks is split into waiting and computing, because only computing needs a core. Time that a thread
//! was ready but had no core is left out: the simulation makes it anew, and that is the point of it.

use super::variation::Variation;
use crate::metrics::{PartReport, Run, StageReport, Topology};

/// What getting a frame to its worker and back is called among the parts of a stage.
pub const HANDOFF: &str = "handoff";

/// A line of stages, joined by queues.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// In the order of the path.
    pub stages: Vec<StageModel>,
    /// Frames that the queue before each stage but the first can hold.
    pub queues: Vec<usize>,
    /// Frames that can be under way at once.
    pub in_flight: usize,
    /// Cores of the machine that the run may use.
    pub cores: f64,
    /// Cores in use whatever we do.
    pub elsewhere: f64,
    /// CPU seconds a frame that no stage was seen to use: decoder threads, the kernel.
    pub beside: f64,
    /// Frames a second that the source gives at most.
    pub pace: Option<f64>,
    /// How its stages are connected.
    pub topology: Topology,
}

/// A stage: a number of workers that each do all steps for a frame.
#[derive(Clone, Debug)]
pub(super) struct StageModel {
    pub workers: usize,
    pub steps: Vec<Step>,
    /// How much its time varies from frame to frame.
    pub variation: Variation,
}

/// What a frame asks of a worker between two moments.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// What a user calls it: a filter, or the stage.
    pub name: String,
    /// How long it takes when cores are free, in seconds.
    pub seconds: f64,
    /// Cores it uses meanwhile: 0 while it waits, more than 1 where several threads do it together.
    pub load: f64,
    /// Whether only one worker can do this at a time.
    pub locked: bool,
}

impl Line {
    /// The line that was measured, on a machine with `cores` cores; none if nothing was timed.
    pub fn of(run: &Run, cores: f64) -> Option<Self> {
        let frames = run.ledger.delivered as f64;
        if run.wall_s <= 0.0 || frames < 1.0 || run.stages.iter().all(|stage| stage.frames == 0) {
            return None;
        }
        let mut stages = stages(run);
        if run.queues.is_empty() {
            stages = vec![StageModel::by_one_worker(&stages)?];
        }
        let seen: f64 = run.stages.iter().map(|stage| stage.cpu_s).sum();
        let others = run.interference.others + run.interference.stolen;
        let line = Self {
            stages,
            queues: run.queues.iter().map(|queue| queue.capacity).collect(),
            in_flight: run.setup.in_flight.max(1),
            cores,
            elsewhere: others * cores,
            beside: ((run.cpu_s - seen) / frames).max(0.0),
            pace: run.setup.pace,
            topology: run.setup.topology,
        };
        Some(if line.topology == Topology::Segments { line.captured_by_workers(run.workers) } else { line })
    }

    /// The same with workers that capture, too.
    fn captured_by_workers(mut self, workers: usize) -> Self {
        self.capture_by_workers(workers);
        self
    }

    /// So many workers capture and do all the chain; only deliver is another stage.
    pub fn capture_by_workers(&mut self, workers: usize) {
        let Some(deliver) = self.stages.pop() else { return };
        if let Some(worker) = StageModel::by_one_worker(&self.stages) {
            self.stages = vec![StageModel { workers, ..worker }];
        }
        self.stages.push(deliver);
        let room = self.queue().unwrap_or(1);
        (self.queues, self.in_flight) = (vec![room; self.stages.len() - 1], self.in_flight.max(2 * workers));
        self.topology = Topology::Segments;
    }

    /// What a user can make faster, in the order of the path.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for step in self.stages.iter().flat_map(|stage| &stage.steps) {
            if !names.contains(&step.name) {
                names.push(step.name.clone());
            }
        }
        names
    }

    /// The steps of that name.
    pub fn steps_mut(&mut self, name: &str) -> impl Iterator<Item = &mut Step> {
        self.stages.iter_mut().flat_map(|stage| &mut stage.steps).filter(move |step| step.name == name)
    }

    /// Workers, where a user can choose how many.
    pub fn workers(&self) -> Option<usize> {
        self.stages.get(self.filtering()).filter(|_| self.topology.scales_with_workers()).map(|stage| stage.workers)
    }

    /// The stage that filters.
    fn filtering(&self) -> usize {
        usize::from(self.topology != Topology::Segments)
    }

    /// Sets the number of workers, where a user can choose it.
    pub fn set_workers(&mut self, workers: usize) {
        if let Some(now) = self.workers() {
            let filtering = self.filtering();
            self.stages[filtering].workers = workers;
            self.in_flight = (self.in_flight + workers).saturating_sub(now).max(1);
        }
    }

    /// Frames that a queue can hold.
    pub fn queue(&self) -> Option<usize> {
        self.queues.iter().copied().min()
    }

    /// Sets the capacity of every queue.
    pub fn set_queue(&mut self, queue: usize) {
        if let Some(now) = self.queue() {
            let more = |capacity: usize| (capacity + queue).saturating_sub(now).max(1);
            self.queues.iter_mut().for_each(|capacity| *capacity = more(*capacity));
            // Of the buffers of a run two queues' worth are there for what waits in queues.
            self.in_flight = (self.in_flight + 2 * queue).saturating_sub(2 * now).max(1);
        }
    }
}

impl StageModel {
    /// One worker that does the steps of all these stages; its time varies as that of the longest. None of no stages.
    pub fn by_one_worker(stages: &[Self]) -> Option<Self> {
        let steps = stages.iter().flat_map(|stage| stage.steps.clone()).collect();
        let longest = stages.iter().max_by(|a, b| a.seconds().total_cmp(&b.seconds()))?;
        Some(Self { workers: 1, steps, variation: longest.variation.clone() })
    }

    /// How long a frame takes a worker when cores are free.
    pub fn seconds(&self) -> f64 {
        self.steps.iter().map(|step| step.seconds).sum()
    }
}

/// The stages of a run, each by itself, also if one thread did them all.
pub(super) fn stages(run: &Run) -> Vec<StageModel> {
    run.stages.iter().map(|stage| stage_model(stage, run)).collect()
}

fn stage_model(stage: &StageReport, run: &Run) -> StageModel {
    let (frames, time) = (stage.frames.max(1) as f64, stage.workers as f64 * run.wall_s);
    let (busy, cpu_wait) = (stage.busy * time / frames, stage.cpu_wait * time / frames);
    let cpu = stage.cpu_s / frames;
    let mut steps = Vec::new();
    // Only the parts of a chain are something a user can change.
    let parts: &[PartReport] = if stage.name == "chain" { &stage.parts } else { &[] };
    let mut rest = Time { wall: busy, cpu, cpu_wait };
    for part in parts {
        let time = Time { wall: part.share * busy, cpu: part.cpu_s / frames, cpu_wait: part.cpu_wait * busy };
        rest = rest.without(&time);
        steps.extend(time.steps(&part.name, run.setup.topology));
    }
    if parts.is_empty() {
        steps = rest.steps(&stage.name, Topology::SingleThread);
    } else if rest.wall > 0.01 * busy {
        steps.extend(rest.steps(HANDOFF, Topology::SingleThread));
    }
    if stage.name == "capture" && run.setup.pace.is_some() {
        // It waits for the time of the next frame, which the pace says already.
        steps.retain(|step| step.load > 0.0);
    }
    let computed = if stage.busy > 0.0 { (1.0 - stage.cpu_wait / stage.busy).clamp(0.0, 1.0) } else { 1.0 };
    StageModel { workers: stage.workers, steps, variation: Variation::of(&stage.service_ms, computed) }
}

/// What a frame took in a stage or a part of it, in seconds.
struct Time {
    wall: f64,
    cpu: f64,
    /// Of `wall`, waiting for a CPU though ready to compute. The kernel lets those wait who have had more than their share,
    /// if need be when they wake from the next sleep: so it is left out wherever it shows, and made anew where the
    /// computing is.
    cpu_wait: f64,
}

impl Time {
    fn without(&self, part: &Self) -> Self {
        let less = |all: f64, part: f64| (all - part).max(0.0);
        Self {
            wall: less(self.wall, part.wall),
            cpu: less(self.cpu, part.cpu),
            cpu_wait: less(self.cpu_wait, part.cpu_wait),
        }
    }

    /// Waiting, then computing; on several cores at once where more CPU time is used than passes.
    fn steps(&self, name: &str, topology: Topology) -> Vec<Step> {
        let Self { cpu, .. } = *self;
        let seconds = (self.wall - self.cpu_wait).max(0.0);
        let step = |seconds, load, locked| Step { name: name.to_owned(), seconds, load, locked };
        let locked = topology == Topology::OneLock && cpu >= seconds / 2.0;
        if cpu >= seconds {
            return vec![step(seconds, if seconds > 0.0 { cpu / seconds } else { 1.0 }, locked)];
        }
        vec![step(seconds - cpu, 0.0, locked), step(cpu, 1.0, locked)]
    }
}
