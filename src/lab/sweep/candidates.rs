//! Who takes part in the race of a sweep: each strategy with each value. It is kept from racing.

use anyhow::{Context, Result, bail};

use super::{Sweep, Value};
use crate::filter::FilterInstance;
use crate::frame::Shape;
use crate::lab::compare::{Candidate, Plan};
use crate::lab::report::{Axis, BASELINE};
use crate::source::{Input, SyntheticSpec, open};
use crate::strategy::Strategy;

/// What a strategy is called with one value of an axis: `threads queue=4`.
pub(super) fn label(strategy: &str, axis: Axis, value: Value) -> String {
    format!("{strategy} {axis}={value}")
}

/// Names of those who take no part, each with the reason.
type LeftOut = Vec<(String, String)>;

/// The candidates, the baseline first, and the strategies with nothing to sweep, with the reason.
/// The baseline has neither workers nor queues: it runs once, except where frames change their size.
pub(super) fn candidates(sweep: &Sweep, plan: &Plan) -> Result<(Vec<Candidate>, LeftOut)> {
    if sweep.axis == Axis::Size && plan.preload && matches!(plan.input, Input::Synthetic(_)) {
        bail!(
            "frames of several sizes cannot be preloaded; synthetic frames cost next to nothing, leave --preload out"
        );
    }
    // Only a bound on memory makes it matter how large a frame is.
    let shape = match plan.settings.memory {
        Some(_) => Some(open(&plan.input, &plan.settings.open)?.info().shape),
        None => None,
    };
    let (mut candidates, mut idle) = (Vec::new(), Vec::new());
    for &strategy in &plan.strategies {
        if strategy.name() == BASELINE && sweep.axis != Axis::Size {
            candidates.insert(0, Candidate { unranked: true, ..Candidate::new(strategy, plan) });
        } else if sweep.axis == Axis::Workers && !has_workers(strategy, sweep, plan) {
            let why = "it has as many workers whatever is asked; try -s threads";
            idle.push((strategy.name().to_owned(), why.to_owned()));
        } else {
            for value in &sweep.values {
                let candidate = candidate(strategy, sweep.axis, *value, plan)?;
                match too_little_memory(&candidate, shape) {
                    Some(why) => idle.push((candidate.label, why)),
                    None => candidates.push(candidate),
                }
            }
        }
    }
    Ok((candidates, idle))
}

/// Why a run could not have the workers or the queue it is to show: a run keeps within its memory by making fewer
/// buffers, and then its queues never fill.
fn too_little_memory(candidate: &Candidate, shape: Option<Shape>) -> Option<String> {
    let shape = match candidate.input {
        Input::Synthetic(spec) => spec.shape,
        _ => shape?,
    };
    let (memory, settings) = (candidate.settings.memory?, &candidate.settings);
    // What the chain cannot do is for the race to say.
    let filters = candidate.chain.filters(shape).ok()?;
    let output = filters.last().map_or(shape, FilterInstance::output);
    let workers = candidate.strategy.workers(settings.workers, filters.len());
    let buffers = workers + 2 * settings.queue + 2;
    let need = (buffers * (shape.bytes() + output.bytes())) as u64;
    (need > memory).then(|| {
        format!("its {buffers} frame buffers need {} MB, and --mem allows {}", need.div_ceil(1 << 20), memory >> 20)
    })
}

fn has_workers(strategy: &dyn Strategy, sweep: &Sweep, plan: &Plan) -> bool {
    let filters = plan.chain.labels().len();
    let workers = |value: &Value| strategy.workers(value.amount() as usize, filters);
    sweep.values.windows(2).all(|pair| workers(&pair[0]) != workers(&pair[1]))
}

fn candidate(strategy: &'static dyn Strategy, axis: Axis, value: Value, plan: &Plan) -> Result<Candidate> {
    let mut candidate = Candidate { label: label(strategy.name(), axis, value), ..Candidate::new(strategy, plan) };
    match (axis, value, &plan.input) {
        (Axis::Workers, Value::Count(count), _) => candidate.settings.workers = count,
        (Axis::Queue, Value::Count(count), _) => candidate.settings.queue = count,
        (_, Value::Size(width, height), Input::Synthetic(spec)) => {
            let shape = Shape { width, height, ..spec.shape };
            candidate.input = Input::Synthetic(SyntheticSpec { shape, ..*spec });
        }
        (_, Value::Size(width, height), _) => {
            // Frames come in the size they have. Another size costs a filter, which the words of the result mention.
            let chain =
                plan.chain.by_name().context("frames are resized by a filter in front of the chain, by name")?;
            candidate.chain = format!("resize={width}:{height},{chain}").parse()?;
        }
        (Axis::Size, Value::Count(_), _) => bail!("{value} is no size"),
    }
    Ok(candidate)
}
