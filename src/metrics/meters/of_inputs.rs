//! The summary of a run of several inputs: the sums of what the meters of each say, beside what was measured of all.

use std::sync::Arc;

use super::Meters;
use crate::metrics::input_run::InputRun;
use crate::metrics::latency::Recorder;
use crate::metrics::ledger::{Drops, LedgerReport};
use crate::metrics::outages::Outages;
use crate::metrics::queue::QueueReport;
use crate::metrics::run::{Run, RunSetup};
use crate::metrics::stage::StageMeter;
use crate::metrics::steady_rate::SteadyRate;

/// One input of a run, when it is over.
pub struct Measured<'a> {
    /// The input, as it was given.
    pub input: &'a str,
    /// What was done to its frames.
    pub chain: &'a str,
    /// Width and height of its captured frames.
    pub size: (i32, i32),
    /// What its meters say.
    pub meters: &'a Meters,
    /// Its run, as if there were no other.
    pub run: Run,
}

impl Meters {
    /// Its stages so far.
    pub(in crate::metrics) fn stages(&self) -> Vec<Arc<StageMeter>> {
        self.stages.lock().clone()
    }

    /// One more stage, measured elsewhere.
    pub(in crate::metrics) fn add_stage(&self, stage: Arc<StageMeter>) {
        self.stages.lock().push(stage);
    }

    /// The latencies of delivered frames so far.
    pub(in crate::metrics) fn latency(&self) -> Recorder {
        self.delivered.lock().latency.clone()
    }

    /// Another process has measured this run, and these latencies.
    pub(in crate::metrics) fn set_elsewhere(&self, run: Run, latency: &Recorder) {
        for meters in [Some(self), self.whole.as_deref()].into_iter().flatten() {
            meters.delivered.lock().latency.absorb(latency);
        }
        *self.elsewhere.lock() = Some(run);
    }

    /// The summary of all inputs, where these are the meters of the whole. Workers that are `shared` have noted their waits
    /// with every input.
    pub fn run_of(&self, strategy: &str, workers: usize, shared: bool, inputs: &[Measured<'_>]) -> Run {
        let runs = || inputs.iter().map(|input| &input.run);
        let whole = self.run(strategy, workers, hash_of(runs()));
        let begin = self.begun_at();
        let wall = self.end.lock().map_or_else(Default::default, |end| end.at.saturating_duration_since(begin));
        let stages: Vec<_> = inputs.iter().map(|input| input.meters.stages()).collect();
        let of_all = |stages: &[Arc<StageMeter>]| StageMeter::of_all(stages, shared).report(wall);
        let mut run = Run {
            setup: setup(inputs),
            arrivals: 0,
            ledger: ledger(runs().map(|run| &run.ledger)),
            stages: by_name(&stages, |stage| stage.name(), of_all),
            queues: queues(runs()),
            outages: outages(runs()),
            damage: runs().fold(whole.damage, |sum, run| sum.and(run.damage)),
            sandbox: runs().find_map(|run| run.sandbox.clone()),
            meter_share: runs().map(|run| run.meter_share).sum(),
            notes: notes(inputs),
            inputs: inputs.iter().map(part).collect(),
            ..whole
        };
        sum_up(&mut run, runs());
        if run.steady_rate.frames == 0 {
            // What was measured elsewhere was not seen frame by frame.
            let (frames, seconds) = (run.ledger.new_frames(), run.wall_s);
            run.steady_rate = SteadyRate { frames, seconds, ..SteadyRate::default() };
        }
        run
    }
}

/// One input's part of the run, measured as if there were no other.
fn part(Measured { input, chain, size, run, .. }: &Measured<'_>) -> InputRun {
    InputRun {
        input: (*input).to_owned(),
        chain: (*chain).to_owned(),
        width: size.0,
        height: size.1,
        pace: run.setup.pace,
        live: run.setup.live,
        wall_s: run.wall_s,
        steady_rate: run.steady_rate,
        ledger: run.ledger.clone(),
        latency_ms: run.latency_ms,
        hash: run.hash.clone(),
        stages: run.stages.clone(),
        queues: run.queues.clone(),
        outages: run.outages,
        damage: run.damage,
    }
}

/// What is added up number by number.
fn sum_up<'a>(run: &mut Run, inputs: impl Iterator<Item = &'a Run> + Clone) {
    run.arrivals_s = inputs.clone().map(|run| run.arrivals_s).fold(0.0, f64::max);
    let rates = inputs.clone().filter(|run| run.arrivals_s > 0.0).map(|run| run.arrivals as f64 / run.arrivals_s);
    run.arrivals = (rates.sum::<f64>() * run.arrivals_s).round() as u64;
    run.clocks_too_expensive = inputs.clone().filter_map(|run| run.clocks_too_expensive).reduce(f64::max);
    for one in inputs {
        run.buffers.made += one.buffers.made;
        run.buffers.last_at_frame = run.buffers.last_at_frame.max(one.buffers.last_at_frame);
        run.losses.workers += one.losses.workers;
        run.losses.redone += one.losses.redone;
        run.losses.first.extend(one.losses.first.iter().cloned());
        run.losses.poison.extend(one.losses.poison.iter().cloned());
        if one.losses.recovery_ms.p50 > run.losses.recovery_ms.p50 {
            run.losses.recovery_ms = one.losses.recovery_ms;
        }
    }
}

/// The hashes of all inputs in their order, as one: the same only where each of them is.
fn hash_of<'a>(mut runs: impl Iterator<Item = &'a Run>) -> Option<String> {
    runs.try_fold(String::new(), |all, run| Some(all + run.hash.as_ref()?))
        .map(|all| format!("{:016x}", xxhash_rust::xxh3::xxh3_64(all.as_bytes())))
}

fn setup(inputs: &[Measured<'_>]) -> RunSetup {
    let runs = || inputs.iter().map(|input| &input.run);
    let topology = runs().next().map(|run| run.setup.topology).unwrap_or_default();
    let paces: Option<Vec<f64>> = runs().map(|run| run.setup.pace).collect();
    RunSetup {
        topology,
        in_flight: runs().map(|run| run.setup.in_flight).sum(),
        pace: paces.map(|paces| paces.iter().sum()),
        live: runs().any(|run| run.setup.live),
    }
}

/// The sum of ledgers; it balances only where each of them does.
pub(in crate::metrics) fn ledger<'a>(ledgers: impl Iterator<Item = &'a LedgerReport>) -> LedgerReport {
    let mut sum = LedgerReport::default();
    for one in ledgers {
        sum.captured += one.captured;
        sum.repeated += one.repeated;
        sum.delivered += one.delivered;
        sum.duplicate += one.duplicate;
        sum.dropped += one.dropped;
        sum.failed += one.failed;
        sum.unread += one.unread;
        for drops in &one.drops {
            let same = |other: &&mut Drops| other.place == drops.place && other.policy == drops.policy;
            match sum.drops.iter_mut().find(same) {
                Some(place) => place.frames += drops.frames,
                None => sum.drops.push(drops.clone()),
            }
        }
    }
    sum
}

fn outages<'a>(runs: impl Iterator<Item = &'a Run>) -> Outages {
    runs.map(|run| run.outages).fold(Outages::default(), |sum, one| Outages {
        count: sum.count + one.count,
        seconds: sum.seconds + one.seconds,
        frames: sum.frames + one.frames,
        for_good: sum.for_good || one.for_good,
        at_end: sum.at_end || one.at_end,
    })
}

/// Notes, each with the input that it is of, unless all say the same.
fn notes(inputs: &[Measured<'_>]) -> Vec<String> {
    let mut notes = Vec::new();
    for Measured { input, run, .. } in inputs {
        for note in &run.notes {
            let of_all = inputs.iter().all(|other| other.run.notes.contains(note));
            let note = if of_all || note.contains(input) { note.clone() } else { format!("{input}: {note}") };
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
    }
    notes
}

fn queues<'a>(runs: impl Iterator<Item = &'a Run>) -> Vec<QueueReport> {
    let queues: Vec<_> = runs.map(|run| run.queues.clone()).collect();
    by_name(
        &queues,
        |queue| &queue.name,
        |alike| {
            let mean = |share: fn(&QueueReport) -> f64| alike.iter().map(share).sum::<f64>() / alike.len() as f64;
            QueueReport {
                name: alike[0].name.clone(),
                capacity: alike.iter().map(|queue| queue.capacity).sum(),
                mean_depth: alike.iter().map(|queue| queue.mean_depth).sum(),
                full: mean(|queue| queue.full),
                empty: mean(|queue| queue.empty),
            }
        },
    )
}

/// One of all that have the same name in the lists, in the order in which the names first come.
fn by_name<T: Clone, U>(lists: &[Vec<T>], name: impl Fn(&T) -> &str, one: impl Fn(&[T]) -> U) -> Vec<U> {
    let mut groups: Vec<Vec<T>> = Vec::new();
    for item in lists.iter().flatten() {
        match groups.iter_mut().find(|group| name(&group[0]) == name(item)) {
            Some(group) => group.push(item.clone()),
            None => groups.push(vec![item.clone()]),
        }
    }
    groups.iter().map(|group| one(group)).collect()
}
