//! The pipeline as it is at first, the settings that keys and lessons change, and what becomes of it with them. Knows
//! neither runs nor the screen.

use framerace::filter::{Chain, Perturbation};
use framerace::lab::lessons::Setting;
use framerace::pipeline::{Overflow, Policies, Settings};
use framerace::source::Input;
use framerace::strategy::{Strategy, find};

use super::keys::{Action, Step};

/// The largest number of workers, and of frames in a queue, that keys can ask for.
const MOST: usize = 64;
/// How much slower a key makes a filter, and how much slower it can become, in percent of its time.
const SLOWER: (f64, f64) = (50.0, 1_000.0);

/// What runs behind the screen.
pub struct Pipeline {
    pub input: Input,
    pub chain: Chain,
    pub strategy: &'static dyn Strategy,
    pub settings: Settings,
}

/// The settings that the user wants. Each change ends the run and starts another.
#[derive(Clone, Debug, PartialEq)]
pub struct DesiredSettings {
    /// The strategy's name.
    pub strategy: &'static str,
    pub workers: usize,
    pub queue: usize,
    pub overflow: Policies,
    /// The filters, and how much slower each is made, in percent of its time.
    pub filters: Vec<(String, f64)>,
    pub recording: bool,
}

impl DesiredSettings {
    /// The settings of the pipeline as it is at first.
    pub fn of(Pipeline { strategy, settings, chain, .. }: &Pipeline) -> Self {
        Self {
            strategy: strategy.name(),
            workers: settings.workers,
            queue: settings.queue,
            overflow: settings.overflow.clone(),
            filters: chain.labels().into_iter().map(|label| (label, 0.0)).collect(),
            recording: false,
        }
    }

    /// Changes what an action asks for. `strategies` are those to choose from; `chosen` is the filter that keys change.
    pub fn apply(&mut self, action: Action, strategies: &[&'static str], chosen: &mut usize) {
        match action {
            Action::Strategy(step) => {
                let at = strategies.iter().position(|name| *name == self.strategy).unwrap_or(0);
                self.strategy = strategies.get(around(at, step, strategies.len())).copied().unwrap_or(self.strategy);
            }
            Action::Workers(step) => self.workers = one_more(self.workers, step),
            Action::Queue(step) => self.queue = one_more(self.queue, step),
            Action::Overflow => {
                let at = Overflow::ALL.iter().position(|policy| *policy == self.overflow.of("capture-chain"));
                let next = Overflow::ALL[around(at.unwrap_or(0), Step::Forth, Overflow::ALL.len())];
                self.overflow = Policies::first(next);
            }
            Action::Filter(step) => *chosen = around(*chosen, step, self.filters.len()),
            Action::Slow(step) => {
                if let Some((_, slowed)) = self.filters.get_mut(*chosen) {
                    let by = if step == Step::Forth { SLOWER.0 } else { -SLOWER.0 };
                    *slowed = (*slowed + by).clamp(0.0, SLOWER.1);
                }
            }
            Action::Record => self.recording = !self.recording,
            Action::Pause | Action::NextStep | Action::Keys | Action::Quit | Action::Interrupt => {}
        }
    }

    /// Changes what a step of a lesson asks for.
    pub fn set(&mut self, setting: Setting) {
        match setting {
            Setting::Strategy(name) => self.strategy = name,
            Setting::Workers(workers) => self.workers = workers,
            Setting::Queue(queue) => self.queue = queue,
            Setting::Overflow(policy) => self.overflow = Policies::first(policy),
            Setting::Slowed(filter, percent) => {
                let of_name = self.filters.iter_mut().filter(|(name, _)| name == filter);
                of_name.for_each(|(_, slowed)| *slowed = percent);
            }
        }
    }

    /// Whether the strategy delivers every frame once, so that it can be recorded.
    pub fn keeps_every_frame(&self) -> bool {
        find(self.strategy).is_some_and(|strategy| strategy.keeps_every_frame())
    }

    /// Strategy, workers, capacity of the queues and overflow policy, in words.
    pub fn words(&self) -> [String; 4] {
        let Self { strategy, workers, queue, overflow, .. } = self;
        // A policy for the first queue alone is the usual case, and has a short form.
        let first = overflow.of("capture-chain");
        let policy = if *overflow == Policies::first(first) { first.to_string() } else { overflow.to_string() };
        [
            format!("strategy {strategy}"),
            format!("workers {workers}"),
            format!("queue {queue}"),
            format!("overflow {policy}"),
        ]
    }

    /// What is other than it was, in words; nothing where all is as it was.
    pub fn changes_since(&self, before: &Self) -> String {
        let (now, then) = (self.words(), before.words());
        let words = now.into_iter().zip(then).filter(|(now, then)| now != then).map(|(now, _)| now);
        // The strategy speaks for itself.
        let words = words.map(|words| words.strip_prefix("strategy ").map_or(words.clone(), str::to_owned));
        let filters = self.filters.iter().zip(&before.filters).filter(|(now, before)| now != before);
        let slowed = filters.map(|((name, slowed), _)| format!("{name} +{slowed:.0} %"));
        let recording = (self.recording && !before.recording).then(|| "recording".to_owned());
        words.chain(slowed).chain(recording).collect::<Vec<_>>().join(", ")
    }

    pub fn applied_to(&self, Pipeline { input, chain, strategy, settings }: &Pipeline) -> Pipeline {
        let (workers, queue, overflow) = (self.workers, self.queue, self.overflow.clone());
        Pipeline {
            input: input.clone(),
            chain: self.chain(chain),
            strategy: find(self.strategy).unwrap_or(*strategy),
            settings: Settings { workers, queue, overflow, ..settings.clone() },
        }
    }

    /// `chain` with its filters slowed down.
    pub fn chain(&self, chain: &Chain) -> Chain {
        let slowed = |label: &str| self.filters.iter().find(|(name, slowed)| name == label && *slowed > 0.0);
        chain.perturbed(|label| slowed(label).map(|(_, percent)| Perturbation::Slowed(*percent)))
    }
}

fn one_more(of: usize, step: Step) -> usize {
    match step {
        // The command line may have asked for more.
        Step::Forth => (of + 1).min(MOST.max(of)),
        Step::Back => (of - 1).max(1),
    }
}

/// The next of a number of items; the first comes after the last.
fn around(at: usize, step: Step, of: usize) -> usize {
    match step {
        Step::Forth => (at + 1) % of.max(1),
        Step::Back => (at + of.max(1) - 1) % of.max(1),
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A pipeline of the strategy `threads`.
    pub fn threads(chain: &str, settings: Settings) -> DesiredSettings {
        let (input, chain) = ("synthetic:64x48@0x1".parse().unwrap(), chain.parse().unwrap());
        DesiredSettings::of(&Pipeline { input, chain, strategy: find("threads").unwrap(), settings })
    }

    fn settings() -> DesiredSettings {
        threads("grayscale,blur", Settings { workers: 1, queue: 64, ..Settings::default() })
    }

    #[test]
    fn values_stay_within_bounds_and_strategies_wrap_around() {
        let (mut desired, mut chosen, strategies) = (settings(), 0, ["sequential", "threads", "stages"]);
        let mut apply = |action| {
            desired.apply(action, &strategies, &mut chosen);
            desired.clone()
        };
        assert_eq!(apply(Action::Workers(Step::Back)).workers, 1);
        assert_eq!(apply(Action::Queue(Step::Forth)).queue, 64);
        let names = [0; 3].map(|_| apply(Action::Strategy(Step::Forth)).strategy);
        assert_eq!(names, ["stages", "sequential", "threads"]);
        let policies = [0; 3].map(|_| apply(Action::Overflow).overflow.to_string());
        assert_eq!(
            policies,
            ["drop-newest after capture, then block", "drop-oldest after capture, then block", "block"]
        );
    }

    #[test]
    fn steps_of_a_lesson_set_what_keys_change() {
        let mut desired = settings();
        for setting in [
            Setting::Strategy("stages"),
            Setting::Workers(3),
            Setting::Queue(2),
            Setting::Overflow(Overflow::DropOldest),
            Setting::Slowed("blur", 50.0),
        ] {
            desired.set(setting);
        }
        assert_eq!(desired.words(), ["strategy stages", "workers 3", "queue 2", "overflow drop-oldest"]);
        assert_eq!(desired.filters, [("grayscale".to_owned(), 0.0), ("blur".to_owned(), 50.0)]);
    }

    #[test]
    fn a_change_is_named_by_what_is_other_than_before() {
        let before = settings();
        let mut after = before.clone();
        assert_eq!(after.changes_since(&before), "");
        (after.strategy, after.workers, after.filters[1].1) = ("stages", 3, 50.0);
        assert_eq!(after.changes_since(&before), "stages, workers 3, blur +50 %");
        assert_eq!(before.changes_since(&after), "threads, workers 1, blur +0 %");
    }

    #[test]
    fn the_chosen_filter_is_slowed_and_made_faster_again() {
        let (mut desired, mut chosen) = (settings(), 0);
        for action in [Action::Filter(Step::Back), Action::Slow(Step::Forth), Action::Slow(Step::Forth)] {
            desired.apply(action, &[], &mut chosen);
        }
        let chain: Chain = "grayscale,blur".parse().unwrap();
        assert_eq!(desired.chain(&chain).to_string(), "grayscale,blur=slowed=100");
        for _ in 0..3 {
            desired.apply(Action::Slow(Step::Back), &[], &mut chosen);
        }
        assert_eq!(desired.chain(&chain).to_string(), "grayscale,blur");
    }
}
