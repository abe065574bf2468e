//! Who takes part in the race of a sweep: each strategy with each value. It is kept from racing.

use anyhow::{Context, Result, bail};

use super::{Sweep, Value};
use crate::filter::FilterInstance;
use crate::frame::Shape;
use crate::lab::compare::{Entrant, Plan};
use crate::lab::report::Axis;
use crate::source::{Input, SyntheticSpec, open};
use crate::strategy::Strategy;

/// The strategy that has neither workers nor queues.
const YARDSTICK: &str = "sequential";

/// What a strategy is called with one value of an axis: `threads queue=4`.
pub(super) fn label(strategy: &str, axis: Axis, value: Value) -> String {
    format!("{strategy} {axis}={value}")
}

/// Names of those who take no part, each with the reason.
type LeftOut = Vec<(String, String)>;

/// Those who race, the yardstick first, and those with nothing to sweep, with the reason.
pub(super) fn entrants(sweep: &Sweep, plan: &Plan) -> Result<(Vec<Entrant>, LeftOut)> {
    if sweep.axis == Axis::Size && plan.preload && matches!(plan.input, Input::Synthetic(_)) {
        bail!("frames of several sizes cannot be preloaded; made-up frames cost next to nothing, leave --preload out");
    }
    // Only a bound on memory makes it matter how large a frame is.
    let shape = match plan.settings.memory {
        Some(_) => Some(open(&plan.input, &plan.settings.open)?.info().shape),
        None => None,
    };
    let (mut entrants, mut idle) = (Vec::new(), Vec::new());
    for &strategy in &plan.strategies {
        if strategy.name() == YARDSTICK && sweep.axis != Axis::Size {
            entrants.insert(0, Entrant { beside: true, ..Entrant::new(strategy, plan) });
        } else if sweep.axis == Axis::Workers && !has_workers(strategy, sweep, plan) {
            let why = "it has as many workers whatever is asked; try -s threads";
            idle.push((strategy.name().to_owned(), why.to_owned()));
        } else {
            for value in &sweep.values {
                let entrant = entrant(strategy, sweep.axis, *value, plan)?;
                match too_little_memory(&entrant, shape) {
                    Some(why) => idle.push((entrant.label, why)),
                    None => entrants.push(entrant),
                }
            }
        }
    }
    Ok((entrants, idle))
}

/// Why a run could not have the workers or the queue it is to show: a run keeps within its memory by making fewer
/// buffers, and then its links never fill.
fn too_little_memory(entrant: &Entrant, shape: Option<Shape>) -> Option<String> {
    let shape = match entrant.input {
        Input::Synthetic(spec) => spec.shape,
        _ => shape?,
    };
    let (memory, settings) = (entrant.settings.memory?, &entrant.settings);
    // What the chain cannot do is for the race to say.
    let filters = entrant.chain.filters(shape).ok()?;
    let output = filters.last().map_or(shape, FilterInstance::output);
    let workers = entrant.strategy.workers(settings.workers, filters.len());
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

fn entrant(strategy: &'static dyn Strategy, axis: Axis, value: Value, plan: &Plan) -> Result<Entrant> {
    let mut entrant = Entrant { label: label(strategy.name(), axis, value), ..Entrant::new(strategy, plan) };
    match (axis, value, &plan.input) {
        (Axis::Workers, Value::Count(count), _) => entrant.settings.workers = count,
        (Axis::Queue, Value::Count(count), _) => entrant.settings.queue = count,
        (_, Value::Size(width, height), Input::Synthetic(spec)) => {
            let shape = Shape { width, height, ..spec.shape };
            entrant.input = Input::Synthetic(SyntheticSpec { shape, ..*spec });
        }
        (_, Value::Size(width, height), _) => {
            // Frames come in the size they have. Another size costs a filter, which the words of the result mention.
            let chain =
                plan.chain.by_name().context("frames are resized by a filter in front of the chain, by name")?;
            entrant.chain = format!("resize={width}:{height},{chain}").parse()?;
        }
        (Axis::Size, Value::Count(_), _) => bail!("{value} is no size"),
    }
    Ok(entrant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::compare::Rounds;
    use crate::pipeline::Settings;
    use crate::strategy::STRATEGIES;

    fn labels(sweep: &str, input: &str) -> (Vec<Entrant>, Vec<String>) {
        let plan = Plan {
            input: input.parse().unwrap(),
            chain: "grayscale,blur".parse().unwrap(),
            strategies: STRATEGIES[..3].to_vec(),
            settings: Settings::default(),
            rounds: Rounds::Fixed(1),
            preload: false,
            warmup: 0,
            seed: 1,
        };
        let (entrants, idle) = entrants(&sweep.parse().unwrap(), &plan).unwrap();
        (entrants, idle.into_iter().map(|(name, _)| name).collect())
    }

    #[test]
    fn the_yardstick_runs_once_and_who_has_no_workers_is_left_out() {
        let (entrants, idle) = labels("workers=1,3", "synthetic:64x48@0x5");
        let names: Vec<_> = entrants.iter().map(|entrant| entrant.label.as_str()).collect();
        assert_eq!(names, ["sequential", "threads workers=1", "threads workers=3"]);
        assert_eq!((entrants[2].settings.workers, idle), (3, vec!["stages".to_owned()]));
    }

    #[test]
    fn made_up_frames_have_the_size_and_others_get_it() {
        let (entrants, _) = labels("size=32x16,64x48", "synthetic:640x480@0x5?format=gray");
        assert_eq!(entrants.len(), 6, "sequential too");
        assert_eq!(entrants[0].input.to_string(), "synthetic:32x16@0x5?format=gray");
        let (entrants, _) = labels("size=32x16,64x48", "clip.mp4");
        assert_eq!(entrants[0].chain.to_string(), "resize=32:16,grayscale,blur");
        assert_eq!(entrants[0].input.to_string(), "clip.mp4");
    }
}
