//! A candidate: one way a run could go, and which of two is the lighter one. It runs nothing.

use std::cmp::Reverse;
use std::fmt;

use crate::metrics::Topology;
use crate::pipeline::Settings;
use crate::predict::Connection;
use crate::strategy::{STRATEGIES, Strategy};

/// One way a run could go.
#[derive(Clone, Copy)]
pub struct Candidate {
    /// The strategy.
    pub strategy: &'static dyn Strategy,
    /// Workers of the filter stage.
    pub workers: usize,
    /// Threads of the video decoder.
    pub decode_threads: usize,
    /// Frames a second that a simulation says it gives.
    pub predicted: f64,
}

/// The strategies that compete for the highest rate, the lightest first. Others deliver fewer frames in exchange for
/// something else: bands shorten the latency, processes isolate crashes, and one lock only shows what it costs.
fn contenders() -> impl Iterator<Item = &'static dyn Strategy> {
    let for_rate = |topology| matches!(topology, Topology::SingleThread | Topology::Workers | Topology::FilterThreads);
    STRATEGIES.iter().copied().filter(move |strategy| strategy.keeps_every_frame() && for_rate(strategy.topology()))
}

/// What a prediction may be short of the best and yet be worth a trial: simulations come true within a tenth.
const WORTH_A_TRIAL: f64 = 0.85;
/// The same where frames are encoded: of a short probe an encoder that looks ahead shows little of what it takes.
const WORTH_WITH_ENCODER: f64 = 0.4;
/// Predictions that differ by less are the same.
const SAME: f64 = 0.02;

/// What more workers than cores must promise of what the others do, where it cannot be tried out: in the few frames of a
/// short probe, another program's work looks like a filter that waits.
const WORTH_BELIEVING: f64 = 1.5;

/// What candidates are made of.
pub(super) struct Choices {
    /// Numbers of workers, ascending.
    pub workers: Vec<usize>,
    /// Numbers of decoder threads, ascending.
    pub decode_threads: Vec<usize>,
}

impl Choices {
    /// The numbers that may matter on so many cores, as far as nobody fixed them. More workers than cores serve filters
    /// that wait; `most` have room.
    pub(super) fn new(cores: usize, workers: Option<usize>, decode_threads: Option<usize>, most: usize) -> Self {
        let sorted = |mut numbers: Vec<usize>, most: usize| {
            numbers.retain(|number| (1..=most.max(1)).contains(number));
            numbers.sort_unstable();
            numbers.dedup();
            numbers
        };
        let any = vec![1, cores - cores.min(1), cores, cores + 1, 2 * cores, 4 * cores, 8 * cores, 16 * cores];
        Self {
            workers: workers.map_or_else(|| sorted(any, most), |workers| vec![workers]),
            decode_threads: decode_threads.map_or_else(|| sorted(vec![1, 2, cores], cores), |threads| vec![threads]),
        }
    }

    /// Every candidate for which `predict` has a rate, the lightest first.
    pub(super) fn candidates(&self, predict: impl Fn(Connection) -> Option<f64>) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        for strategy in contenders() {
            let topology = strategy.topology();
            let counts = if topology.scales_with_workers() { &self.workers[..] } else { &self.workers[..1] };
            for &workers in counts {
                for &decode_threads in &self.decode_threads {
                    if let Some(predicted) = predict(Connection { topology, workers, decode_threads }) {
                        candidates.push(Candidate { strategy, workers, decode_threads, predicted });
                    }
                }
            }
        }
        candidates
    }
}

/// Of candidates that are sorted from the lightest to the heaviest, the few that are worth a trial: none that two others
/// are predicted to equal with less, then the best predicted, and in the same order as before. (One that is equalled
/// stays in, in case the prediction is wrong. What one thread does is equalled only by one thread.)
pub(super) fn worth_a_trial(candidates: &[Candidate], most: usize, encoded: bool) -> Vec<Candidate> {
    let best = candidates.iter().map(|candidate| candidate.predicted).fold(0.0, f64::max);
    let worth = best * if encoded { WORTH_WITH_ENCODER } else { WORTH_A_TRIAL };
    let mut left: Vec<(usize, Candidate)> = Vec::new();
    for (at, candidate) in candidates.iter().enumerate().filter(|(_, c)| c.predicted >= worth) {
        let equals = |(_, other): &&(usize, Candidate)| {
            other.is_single_thread() == candidate.is_single_thread()
                && other.predicted >= candidate.predicted * (1.0 - SAME)
        };
        if left.iter().filter(equals).count() < 2 {
            left.push((at, *candidate));
        }
    }
    // In steps, so that of those that are the same the lightest comes first.
    left.sort_by_key(|(at, candidate)| (Reverse((candidate.predicted / best / SAME).round() as u64), *at));
    left.truncate(most);
    left.sort_by_key(|(at, _)| *at);
    left.into_iter().map(|(_, candidate)| candidate).collect()
}

/// The candidates whose predictions are to be believed without a trial, on so many cores.
pub(super) fn believable(candidates: &[Candidate], cores: usize) -> Vec<Candidate> {
    let is_usual =
        |candidate: &Candidate| candidate.workers <= cores || !candidate.strategy.topology().scales_with_workers();
    let usual = candidates.iter().filter(|candidate| is_usual(candidate)).map(|candidate| candidate.predicted);
    let worth = usual.fold(0.0, f64::max) * WORTH_BELIEVING;
    candidates.iter().filter(|candidate| is_usual(candidate) || candidate.predicted >= worth).copied().collect()
}

impl Candidate {
    /// Whether one thread does everything but decode.
    pub(super) fn is_single_thread(&self) -> bool {
        self.strategy.topology() == Topology::SingleThread
    }

    /// These settings, run this way.
    #[must_use]
    pub fn settings(&self, settings: &Settings) -> Settings {
        let mut settings = settings.clone();
        settings.workers = self.workers;
        settings.open.decode_threads = self.decode_threads;
        settings
    }
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |n: usize, what: &str| if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") };
        f.write_str(self.strategy.name())?;
        if self.strategy.topology().scales_with_workers() {
            write!(f, " with {} and", plural(self.workers, "worker"))?;
        } else {
            f.write_str(" with")?;
        }
        write!(f, " {}", plural(self.decode_threads, "decoder thread"))
    }
}

impl fmt::Debug for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}, {:.0} FPS predicted", self.predicted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(choices: &Choices, predict: impl Fn(Connection) -> Option<f64>, most: usize) -> Vec<String> {
        worth_a_trial(&choices.candidates(predict), most, false)
            .iter()
            .map(|candidate| {
                format!("{} {} {}", candidate.strategy.name(), candidate.workers, candidate.decode_threads)
            })
            .collect()
    }

    #[test]
    fn numbers_are_those_that_may_matter() {
        let choices = Choices::new(2, None, None, 20);
        assert_eq!((choices.workers, choices.decode_threads), (vec![1, 2, 3, 4, 8, 16], vec![1, 2]));
        let choices = Choices::new(1, None, Some(3), 2);
        assert_eq!((choices.workers, choices.decode_threads), (vec![1, 2], vec![3]));
        assert_eq!(Choices::new(4, Some(9), None, 2).workers, [9]);
    }

    #[test]
    fn more_of_the_same_is_not_tried() {
        let choices = Choices::new(2, None, Some(1), 20);
        let computes = |with: Connection| match with {
            Connection { topology: Topology::FilterThreads, .. } => Some(120.0),
            Connection { workers: 1, .. } => Some(100.0),
            _ => Some(200.0),
        };
        assert_eq!(shown(&choices, computes, 6), ["threads 2 1", "threads 3 1"]);
        assert_eq!(shown(&choices, computes, 1), ["threads 2 1"]);
        let waits =
            |with: Connection| Some(if with.topology == Topology::Workers { 50.0 * with.workers as f64 } else { 50.0 });
        assert_eq!(shown(&choices, waits, 6), ["threads 16 1", "rayon 16 1"]);
        assert!(shown(&choices, |_| None, 6).is_empty());
    }

    #[test]
    fn more_workers_than_cores_must_promise_much_where_nothing_is_tried() {
        let choices = Choices::new(2, None, Some(1), 20);
        let most = |each: f64| {
            let predict =
                |with: Connection| Some(if with.workers > 2 { 100.0 + each * with.workers as f64 } else { 100.0 });
            let left = believable(&choices.candidates(predict), 2);
            left.iter().map(|candidate| candidate.workers).max()
        };
        assert_eq!((most(2.0), most(10.0)), (Some(2), Some(16)));
    }

    #[test]
    fn every_strategy_that_competes_for_the_rate_is_a_candidate() {
        let candidates = Choices::new(2, Some(2), Some(1), 20).candidates(|_| Some(1.0));
        let threads: Vec<_> =
            candidates.iter().map(|one| (one.strategy.name(), one.strategy.workers(one.workers, 3))).collect();
        assert_eq!(threads[..4], [("sequential", 1), ("threads", 2), ("stages", 3), ("rayon", 2)]);
    }
}
