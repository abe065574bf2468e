//! A candidate: one way a run could go, and which of two is the lighter one. It runs nothing.

use std::cmp::Reverse;
use std::fmt;

use crate::pipeline::Settings;
use crate::predict::Joining;
use crate::strategy::{Strategy, find};

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

/// The strategies that are worth a trial, the lightest first, and how the simulation joins them. `tiles` buys latency,
/// `processes` safety, both for frames a second; `processes-pipe` and `global-lock` are there to be beaten.
const JOININGS: &[(&str, Join)] = &[
    ("sequential", |_| Joining::Alone),
    ("threads", Joining::Workers),
    ("stages", |_| Joining::FilterEach),
    ("rayon", Joining::Workers),
];

/// The joining that stands for a strategy with so many workers.
type Join = fn(usize) -> Joining;

/// What a prediction may be short of the best and yet be worth a trial: simulations come true within a tenth.
const WORTH_A_TRIAL: f64 = 0.85;
/// The same where frames are encoded: of a short probe an encoder that looks ahead shows little of what it takes.
const WORTH_WITH_ENCODER: f64 = 0.4;
/// Predictions that differ by less are the same.
const SAME: f64 = 0.02;

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

    /// Every candidate that the simulation can say something of, the lightest first.
    pub(super) fn candidates(&self, predict: impl Fn(Joining, usize) -> Option<f64>) -> Vec<Candidate> {
        let mut candidates = Vec::new();
        for (name, joining) in JOININGS {
            let Some(strategy) = find(name) else { continue };
            // Where the joining does not ask for workers, their number makes no difference.
            let some = if joining(1) == joining(2) { &self.workers[..1] } else { &self.workers[..] };
            for (workers, decode_threads) in some.iter().flat_map(|w| self.decode_threads.iter().map(move |d| (*w, *d)))
            {
                if let Some(predicted) = predict(joining(workers), decode_threads) {
                    candidates.push(Candidate { strategy, workers, decode_threads, predicted });
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
            other.is_alone() == candidate.is_alone() && other.predicted >= candidate.predicted * (1.0 - SAME)
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

impl Candidate {
    /// Whether one thread does everything but decode.
    fn is_alone(&self) -> bool {
        self.strategy.name() == JOININGS[0].0
    }

    /// Threads of its filter stage, where the chain has so many filters.
    pub(super) fn filter_threads(&self, filters: usize) -> usize {
        let joining = JOININGS.iter().find(|(name, _)| *name == self.strategy.name());
        match joining.map(|(_, joining)| joining(self.workers)) {
            Some(Joining::FilterEach) => filters,
            Some(Joining::Workers(workers)) => workers,
            _ => 1,
        }
    }

    /// These settings, run this way.
    pub(super) fn settings(&self, settings: &Settings) -> Settings {
        let mut settings = settings.clone();
        settings.workers = self.workers;
        settings.opening.decode_threads = self.decode_threads;
        settings
    }
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |n: usize, what: &str| if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") };
        f.write_str(self.strategy.name())?;
        // Only these let us choose how many there are.
        let workers = JOININGS.iter().any(|(name, joining)| *name == self.strategy.name() && joining(1) != joining(2));
        if workers {
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

    fn shown(choices: &Choices, predict: impl Fn(Joining, usize) -> Option<f64>, most: usize) -> Vec<String> {
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
        let computes = |joining, _| match joining {
            Joining::Alone | Joining::Workers(1) => Some(100.0),
            Joining::FilterEach => Some(120.0),
            Joining::Workers(_) => Some(200.0),
        };
        assert_eq!(shown(&choices, computes, 6), ["threads 2 1", "threads 3 1"]);
        assert_eq!(shown(&choices, computes, 1), ["threads 2 1"]);
        let waits = |joining, _| if let Joining::Workers(n) = joining { Some(50.0 * n as f64) } else { Some(50.0) };
        assert_eq!(shown(&choices, waits, 6), ["threads 16 1", "rayon 16 1"]);
        assert!(shown(&choices, |_, _| None, 6).is_empty());
    }

    #[test]
    fn threads_of_the_filter_stage_are_known() {
        let threads = |candidate: &Candidate| (candidate.strategy.name(), candidate.filter_threads(3));
        let candidates = Choices::new(2, Some(2), Some(1), 20).candidates(|_, _| Some(1.0));
        let known: Vec<_> = candidates.iter().map(threads).collect();
        assert_eq!(known, [("sequential", 1), ("threads", 2), ("stages", 3), ("rayon", 2)]);
    }
}
