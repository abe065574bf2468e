//! The race: every strategy on the same work, in interleaved rounds.
//!
//! One round runs each strategy once, in shuffled order, so that a machine that slows down slows all of them down. A
//! warm-up goes before: the first frames of a process pay for page faults and cold caches that later ones do not.
//! Rounds go on until the order is settled or the time is over, unless their number is given.

mod interruption;
mod plan;
mod race;
mod round;
mod several;
mod standing;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::host::machine::available_memory;
use crate::pipeline::{Limits, Policies, Settings, Step, Watch};
use crate::source::{Input, Preloaded, Source, open_again, open_unless};
use interruption::Interruption;
use race::Race;

pub use plan::{Candidate, Comparison, Entry, OtherInput, Plan, Rounds};
pub use several::run_several;

/// Who gives fewer frames than are wanted is not waited for longer than this.
const PATIENCE: Duration = Duration::from_secs(10);

/// Races. Another thread may read `watch` meanwhile, and `on_step` is told what runs next.
///
/// A strategy that cannot do the work is left out. So is one that fails on the way, unless it is the first of the
/// plan: work that the baseline cannot do is not compared.
///
/// # Errors
/// When the input cannot be opened or holds no frame, or the first strategy fails.
pub fn compare(plan: &Plan, watch: &Watch, on_step: &mut dyn FnMut(Step)) -> Result<Comparison> {
    race(plan, Candidate::all(plan), watch, on_step)
}

/// Races these candidates instead of the plan's strategies, and otherwise as the plan says.
///
/// # Errors
/// As [`compare`].
pub fn race(
    plan: &Plan,
    candidates: Vec<Candidate>,
    watch: &Watch,
    on_step: &mut dyn FnMut(Step),
) -> Result<Comparison> {
    let source = open_unless(&watch.ended(), &plan.input, &plan.settings.open)?;
    race_on(source, plan, candidates, watch, on_step)
}

/// Reads so many frames of a live input into memory and races the plan's strategies on them, as fast as they can: those
/// that deliver every frame.
///
/// # Errors
/// As [`compare`].
pub fn compare_recorded(plan: &Plan, frames: u64, watch: &Watch, on_step: &mut dyn FnMut(Step)) -> Result<Comparison> {
    let settings = Settings {
        limits: Limits { frames: Some(frames), duration: Some(PATIENCE) },
        // What is in memory waits, and nothing is to be dropped of it.
        overflow: Policies::default(),
        queue: Settings::default().queue,
        trace_frames: 0,
        ..plan.settings.clone()
    };
    let strategies = plan.strategies.iter().copied().filter(|strategy| strategy.keeps_every_frame()).collect();
    let (input, chain) = (plan.input.clone(), plan.chain.clone());
    let plan = Plan { input, chain, others: Vec::new(), strategies, settings, preload: true, ..*plan };
    let source = open_again(&watch.ended(), &plan.input, &plan.settings.open)?;
    race_on(source, &plan, Candidate::all(&plan), watch, on_step)
}

fn race_on(
    source: Box<dyn Source>,
    plan: &Plan,
    mut candidates: Vec<Candidate>,
    watch: &Watch,
    on_step: &mut dyn FnMut(Step),
) -> Result<Comparison> {
    let mut info = source.info().clone();
    let mut race = Race::new(plan, watch, on_step, info.shape);
    if plan.preload && info.paced {
        // That is how long it is read, not how long it is run on.
        candidates.iter_mut().for_each(|candidate| candidate.settings.limits.duration = None);
    }
    if plan.preload {
        let preloaded = preload(&plan.input, source, &plan.settings, watch)?;
        info = preloaded.info().clone();
        race.preloaded = Some(preloaded);
    } else if plan.input.is_live() && plan.others.is_empty() {
        // Opening takes its time, and some let themselves be opened only once.
        race.opened = Some(source);
    } else {
        // Its decoder has threads, which must not be there while others are measured.
        drop(source);
    }
    race.admit(candidates, &info);
    if let ([], [(name, why), ..]) = (&race.entries[..], &race.left_out[..]) {
        bail!("{name} cannot do this: {why}");
    }
    race.warm_up()?;
    race.choose_length(info.frames);
    let begin = Instant::now();
    let rounds = race.rounds(begin)?;
    let open = race.open();
    let lost = race.interruption.as_ref().is_some_and(Interruption::is_loss);
    let interruption =
        race.interruption.take().map(|interruption| interruption.settle(&mut race.entries, &mut race.left_out));
    race.entries.retain(|entry| !entry.runs.is_empty());
    if race.entries.is_empty() {
        bail!(interruption.filter(|_| lost).map_or_else(
            || "stopped before anything was measured".to_owned(),
            |interruption| format!("{} was {interruption}", plan.input)
        ));
    }
    let Race { entries, left_out, frames_a_run, preloaded, .. } = race;
    let (source, took) = (info, begin.elapsed());
    Ok(Comparison { source, entries, left_out, rounds, took, open, frames_a_run, preloaded, interruption, lost })
}

/// Reads an input into memory: within that of the settings, or half of what is free, because the runs need some, too.
///
/// # Errors
/// When it cannot be read or does not fit, or `watch` is told to end.
pub fn preload(input: &Input, source: Box<dyn Source>, settings: &Settings, watch: &Watch) -> Result<Preloaded> {
    let memory = settings.memory.unwrap_or(available_memory() / 2);
    let duration = settings.limits.duration.filter(|_| source.info().paced);
    Preloaded::load_unless(&watch.ended(), source, Limits { duration, ..settings.limits }, memory)
        .with_context(|| format!("cannot preload {input}"))
}
