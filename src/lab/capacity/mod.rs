//! `capacity`: how many such inputs at once this machine sustains, or how many frames a second of so many inputs, by strategy.
//!
//! The input is there several times, as cameras are: its frames come whether they are read or not. A number is sustained if no
//! more frames are lost than is allowed, and 95 % of them are delivered in time. Memory is bounded beforehand: what may not
//! fit is never tried.

mod page;
mod plan;
mod result;
mod search;
mod step;
mod table;

use std::cell::Cell;

use anyhow::{Context, Result, bail, ensure};

use crate::host::libraries::opencv_facts;
use crate::host::machine::Machine;
use crate::lab::report::{Conditions, ResultFile, judge};
use crate::metrics::Run;
use crate::pipeline::{Step as Progress, Watch};
use crate::source::{Input, SourceInfo, open};
use crate::strategy::{Sharing, Strategy};

pub use page::to_html;
pub use plan::{CapacityPlan, Wanted};
pub use result::{Capacity, Step, Sustained};
pub use table::to_table;

/// No more inputs than these are tried: each has some threads.
const MOST_INPUTS: usize = 256;
/// No higher rate than this is tried.
const MOST_FPS: usize = 2_000;
/// Memory of an input beside its frame buffers: what is read ahead, and the stacks of its threads.
const BESIDE: u64 = 8 << 20;
/// Images of an input beside the buffers: a driver's, and those that are decoded ahead.
const IMAGES: u64 = 8;

/// Searches the capacity of every strategy of the plan.
///
/// # Errors
/// When the input cannot be one of several, a run fails, or `watch` is told to end.
pub fn measure(plan: &CapacityPlan, watch: &Watch, on_step: &mut dyn FnMut(Progress)) -> Result<Capacity> {
    let (input, options) = step::as_camera(plan, Some(step::USUAL_FPS));
    ensure!(
        !matches!(plan.input, Input::Camera(_) | Input::Url(_)),
        "{} is there once: record it, and ask for the recording (framerace record {} --twin cam.twin)",
        plan.input,
        plan.input
    );
    ensure!(!plan.input.is_pipe(), "{} is a pipe, which can be read only once", plan.input);
    let info = open(&input, &options).with_context(|| plan.input.to_string())?.info().clone();
    let rate = rate(plan, &info);
    let machine = Machine::here();
    let (mut sustained, mut left_out) = (Vec::new(), Vec::new());
    for (at, strategy) in plan.strategies.iter().enumerate() {
        if let Some(why) = strategy.unfit(&plan.chain, &plan.settings).or_else(|| strategy.unfit_for(&info)) {
            left_out.push((strategy.name().to_owned(), why));
            continue;
        }
        let done = at as f64 / plan.strategies.len() as f64;
        let search = Search { plan, strategy: *strategy, rate, info: &info, capacity: machine.capacity(), watch };
        sustained.push(search.run(done, on_step)?);
    }
    if let ([], [(name, why), ..]) = (&sustained[..], &left_out[..]) {
        bail!("{name} cannot do this: {why}");
    }
    sustained.sort_by_key(|one| std::cmp::Reverse(one.most));
    let (axis, fps, inputs) = match plan.axis {
        Wanted::Inputs(_) => ("inputs", Some(rate), None),
        Wanted::Fps(inputs) => ("fps", None, Some(inputs)),
    };
    Ok(Capacity {
        schema: Capacity::SCHEMA,
        framerace: env!("CARGO_PKG_VERSION").into(),
        command: plan.command.clone(),
        machine,
        opencv: opencv_facts()?,
        input: plan.input.to_string(),
        width: info.shape.width,
        height: info.shape.height,
        chain: plan.chain.to_string(),
        workers: plan.settings.workers,
        axis: axis.into(),
        fps,
        inputs,
        loss: plan.loss,
        p95_ms: plan.p95.as_secs_f64() * 1e3,
        sustained,
        left_out,
    })
}

/// Frames a second of each input where their number is searched for.
fn rate(plan: &CapacityPlan, info: &SourceInfo) -> f64 {
    let own = match &plan.input {
        Input::Synthetic(spec) => Some(spec.fps).filter(|fps| *fps > 0.0),
        _ => info.fps,
    };
    match plan.axis {
        Wanted::Inputs(fps) => fps.or(own).unwrap_or(step::USUAL_FPS),
        Wanted::Fps(_) => 1.0,
    }
}

/// The search of one strategy.
struct Search<'a> {
    plan: &'a CapacityPlan,
    strategy: &'a dyn Strategy,
    rate: f64,
    info: &'a SourceInfo,
    capacity: f64,
    watch: &'a Watch,
}

impl Search<'_> {
    fn run(&self, done: f64, on_step: &mut dyn FnMut(Progress)) -> Result<Sustained> {
        let Self { plan, strategy, watch, .. } = *self;
        let (by_memory, limit) = self.bound()?;
        let bound = Cell::new(by_memory.min(limit));
        ensure!(
            bound.get() > 0,
            "{} MB hold not even one input of {} with {}; raise --mem",
            plan.memory >> 20,
            self.info.shape,
            strategy.name()
        );
        let (mut steps, mut runs): (Vec<Step>, Vec<(usize, Run)>) = (Vec::new(), Vec::new());
        let mut ask = |number: usize| {
            ensure!(!watch.is_ended(), "stopped before the capacity was known");
            let label = format!("{}, {}", strategy.name(), self.in_words(number));
            on_step(Progress { strategy: label, round: steps.len() + 1, done, ..Progress::default() });
            let (step, run) = step::step(plan, strategy, number, self.rate, watch)?;
            if matches!(plan.axis, Wanted::Inputs(_)) {
                // What a run really took says more than what was expected.
                let each = run.peak_memory.saturating_sub(run.memory_at_start) / number as u64;
                let fit = usize::try_from(plan.memory / each.max(1)).unwrap_or(usize::MAX);
                bound.set(bound.get().min(fit.max(number)));
            }
            let sustained = step.sustained;
            steps.push(step);
            runs.push((number, run));
            Ok(sustained)
        };
        let found = search::search(&|| bound.get(), &mut ask)?;
        let of = |number: usize| runs.iter().rev().find(|(at, _)| *at == number).map(|(_, run)| run);
        let conditions = Conditions { capacity: self.capacity, opencv_threads: 1, decode_threads: 1 };
        let at = of(found.most);
        let bound = if bound.get() < limit { "memory (--mem)" } else { "no more are tried" };
        Ok(Sustained {
            strategy: strategy.name().to_owned(),
            most: found.most,
            confirmed: found.confirmed,
            bound: found.at_bound.then(|| bound.to_owned()),
            predicted: runs.first().and_then(|(number, run)| self.predicted(*number, run)),
            limit: of(found.most + 1).map(|run| judge(run, &conditions)),
            memory_mb: at.map_or(0.0, |run| run.peak_memory as f64 / 1e6),
            cpu_share: at.map_or(0.0, |run| run.cpu_limit_share(self.capacity)),
            steps,
        })
    }

    fn in_words(&self, number: usize) -> String {
        match self.plan.axis {
            Wanted::Inputs(_) => format!("{number} inputs"),
            Wanted::Fps(_) => format!("{number} FPS"),
        }
    }

    /// How many fit into the memory, and how many are tried at most.
    fn bound(&self) -> Result<(usize, usize)> {
        let settings = &self.plan.settings;
        let filters = self.plan.chain.filters(self.info.shape)?;
        let output = filters.last().map_or(self.info.shape, |filter| filter.output());
        let frames = 2 * settings.workers + 2 * settings.queue + 2;
        let input = self.info.shape.bytes() as u64;
        let each = frames as u64 * (input + output.bytes() as u64) + IMAGES * input + BESIDE;
        let fit = usize::try_from(self.plan.memory / each).unwrap_or(usize::MAX);
        Ok(match self.plan.axis {
            Wanted::Inputs(_) => (fit, MOST_INPUTS),
            Wanted::Fps(inputs) if fit >= inputs => (MOST_FPS, MOST_FPS),
            Wanted::Fps(_) => (0, MOST_FPS),
        })
    }

    /// What the service times and the CPU time of the first step say: as much as the stage that all inputs share, or the
    /// cores, have time for.
    fn predicted(&self, number: usize, run: &Run) -> Option<f64> {
        let frames = run.ledger.new_frames().max(1) as f64;
        let cores = (run.cpu_s > 0.0).then(|| self.capacity * frames / run.cpu_s);
        let chain = run.stages.iter().filter(|stage| stage.name != "capture" && stage.name != "sink");
        let could = |stage: &crate::metrics::StageReport| {
            (stage.load() > 0.0).then(|| stage.frames as f64 / run.wall_s / stage.load())
        };
        let shared = (self.strategy.sharing() == Sharing::Shared).then(|| chain.filter_map(could).reduce(f64::min));
        let fps = [cores, shared.flatten()].into_iter().flatten().reduce(f64::min)?;
        Some(match self.plan.axis {
            Wanted::Inputs(_) => fps / self.rate,
            Wanted::Fps(inputs) => fps / inputs as f64 * if number > 0 { 1.0 } else { 0.0 },
        })
    }
}
