//! Predicts the rate of a run that goes on with other settings, before that is measured: another strategy, more
//! workers, longer queues, slower filters.
//!
//! The line that was measured is taken apart into capture, filters and sink, and joined again as the other strategy
//! does. As with every prediction, what the model leaves out cancels where it is the same in both. Where the run cannot
//! tell, there is a reason and no figure.

use super::model::{HANDOFF, Line, StageModel, Step, stages};
use super::simulate::{fitted, rate};
use super::topology::connect;
use super::variation::Variation;
use crate::filter::{Chain, FilterInstance, Nature};
use crate::frame::Shape;
use crate::metrics::{Run, Topology};
use crate::strategy::Strategy;

/// How a run is to go on.
#[derive(Clone, Copy)]
pub struct Change<'a> {
    /// The strategy.
    pub strategy: &'a dyn Strategy,
    /// Workers that are asked for.
    pub workers: usize,
    /// Frames that each queue can hold.
    pub queue: usize,
    /// Whether a queue may drop frames.
    pub drops: bool,
    /// How many times as long a filter will take, by its name.
    pub slower: &'a [(String, f64)],
    /// A run of that strategy, where it hands frames to processes: only such a run has measured what that costs.
    pub handed_over: Option<&'a Run>,
}

/// What a change will give.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PredictedRate {
    /// Frames a second.
    pub fps: f64,
    /// What a frame asked of the filters before the change, or what they declare, in seconds, waiting included: what this
    /// rests on.
    pub frame_s: f64,
}

/// Why a run does not tell what a change will give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotPredict {
    /// There is no run, or it timed nothing.
    #[error("nothing measured before")]
    Unmeasured,
    /// Nobody has handed frames over like that.
    #[error("its handoff is not measured")]
    HandOver,
    /// How well frames can be cut is known to those who cut them so.
    #[error("such tiles are not measured")]
    Tiles,
    /// A source without a pace is as fast as frames can be dropped.
    #[error("drops without a pace")]
    Drops,
    /// Writing is not a part of the run.
    #[error("writing is not measured")]
    Writing,
}

/// Predicts what a change will give from what `run` measured on a machine with `cores` cores.
///
/// # Errors
/// Why it does not tell.
pub fn predict_change(run: &Run, cores: f64, change: &Change<'_>) -> Result<PredictedRate, CannotPredict> {
    let usual = Line::of(run, cores).ok_or(CannotPredict::Unmeasured)?;
    let usual = fitted(usual, run.fps());
    if change.drops && run.setup.pace.is_none() && !run.setup.live {
        return Err(CannotPredict::Drops);
    }
    let mut changed = if change.strategy.topology() == Topology::Bands {
        as_cut(run, &usual, change)?
    } else {
        let line = by_one_worker(run, &usual, change.queue).ok_or(CannotPredict::Unmeasured)?;
        rejoined(line, handed_over(run), change)?
    };
    for (name, factor) in change.slower {
        if !changed.names().contains(name) {
            // Filters that are cut together are known together only.
            return Err(CannotPredict::Tiles);
        }
        changed.steps_mut(name).for_each(|step| step.seconds *= factor);
    }
    let frame_s = filters(run).iter().map(StageModel::seconds).sum();
    finite(run.fps() * rate(&changed) / rate(&usual), frame_s)
}

/// What a chain of declared cost will give before anything is measured, on frames of this shape that come at this pace or
/// as fast as they are asked for. Filters that declare nothing are taken to cost nothing, and so are capture and sink.
///
/// # Errors
/// Why its costs do not tell.
pub fn predict_declared(
    chain: &Chain,
    shape: Shape,
    pace: Option<f64>,
    cores: f64,
    change: &Change<'_>,
) -> Result<PredictedRate, CannotPredict> {
    let filters = chain.filters(shape).map_err(|_| CannotPredict::Unmeasured)?;
    let step = |filter: &FilterInstance| Step {
        name: filter.label().to_owned(),
        seconds: filter.declared().as_secs_f64(),
        load: if filter.nature() == Nature::Wait { 0.0 } else { 1.0 },
        locked: false,
    };
    let steps: Vec<_> = filters.iter().map(step).filter(|step| step.seconds > 0.0).collect();
    let frame_s = steps.iter().map(|step| step.seconds).sum();
    if frame_s <= 0.0 {
        return Err(CannotPredict::Unmeasured);
    }
    if change.drops && pace.is_none() {
        return Err(CannotPredict::Drops);
    }
    let stage = |steps| StageModel { workers: 1, steps, variation: Variation::none() };
    let line = Line {
        stages: [vec![], steps, vec![]].map(stage).into(),
        queues: vec![change.queue; 2],
        in_flight: in_flight(change.queue),
        cores,
        elsewhere: 0.0,
        beside: 0.0,
        pace,
        topology: Topology::Workers,
    };
    finite(rate(&rejoined(line, false, change)?), frame_s)
}

fn finite(fps: f64, frame_s: f64) -> Result<PredictedRate, CannotPredict> {
    if fps.is_finite() && fps > 0.0 { Ok(PredictedRate { fps, frame_s }) } else { Err(CannotPredict::Unmeasured) }
}

/// The line of one worker, joined as the strategy does. `handed_over`: it was measured with a handoff to processes.
fn rejoined(mut line: Line, handed_over: bool, change: &Change<'_>) -> Result<Line, CannotPredict> {
    let steps = &mut line.stages[1].steps;
    let mut names: Vec<_> = steps.iter().map(|step| step.name.clone()).collect();
    names.dedup();
    let workers = change.strategy.workers(change.workers, names.len());
    let topology = change.strategy.topology();
    if handed_over || topology == Topology::FilterThreads {
        steps.retain(|step| step.name != HANDOFF);
    }
    if topology.isolates() {
        steps.extend(hand_over(change.handed_over.ok_or(CannotPredict::HandOver)?));
    }
    lock(steps, topology == Topology::OneLock);
    connect(&mut line, topology, workers).ok_or(CannotPredict::Tiles)?;
    Ok(line)
}

/// The line of a run in bands, if frames were cut for the same number of workers.
fn as_cut(run: &Run, usual: &Line, change: &Change<'_>) -> Result<Line, CannotPredict> {
    if run.strategy != change.strategy.name() || run.workers != change.workers {
        return Err(CannotPredict::Tiles);
    }
    let mut line = usual.clone();
    line.set_queue(change.queue);
    Ok(line)
}

/// Frames under way with one worker: one in each of the three stages, and those in the queues.
fn in_flight(queue: usize) -> usize {
    3 + 2 * queue
}

/// The stages between capture and sink.
fn filters(run: &Run) -> Vec<StageModel> {
    let mut stages = stages(run);
    stages.pop();
    stages.drain(..1.min(stages.len())).for_each(drop);
    stages
}

/// The line as if one worker had done all filters.
fn by_one_worker(run: &Run, usual: &Line, queue: usize) -> Option<Line> {
    let (ends, filters) = (stages(run), filters(run));
    let mut worker = StageModel::by_one_worker(&filters)?;
    // What several did together takes one worker as long as it took them in all.
    for step in worker.steps.iter_mut().filter(|step| step.load > 1.0) {
        (step.seconds, step.load) = (step.seconds * step.load, 1.0);
    }
    Some(Line {
        stages: vec![ends.first()?.clone(), worker, ends.last()?.clone()],
        queues: vec![queue; 2],
        in_flight: in_flight(queue),
        topology: Topology::Workers,
        ..usual.clone()
    })
}

/// Whether frames went to other processes.
fn handed_over(run: &Run) -> bool {
    run.part(HANDOFF).is_some()
}

/// What it took a run to hand a frame to its worker and back.
fn hand_over(run: &Run) -> impl Iterator<Item = Step> {
    filters(run).into_iter().flat_map(|stage| stage.steps).filter(|step| step.name == HANDOFF)
}

/// Lets filters that compute need the one lock, or no filter.
fn lock(steps: &mut [Step], locked: bool) {
    let of = |steps: &[Step], name: &str, all: bool| {
        let of_name = steps.iter().filter(|step| step.name == name && (all || step.load > 0.0));
        of_name.map(|step| step.seconds).sum::<f64>()
    };
    for at in 0..steps.len() {
        let name = &steps[at].name;
        // A filter holds the lock for all of its work, or not at all.
        let computes = 2.0 * of(steps, name, false) >= of(steps, name, true);
        steps[at].locked = locked && computes && *name != HANDOFF;
    }
}
