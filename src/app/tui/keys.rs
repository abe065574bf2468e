//! What keys ask for, and what becomes of the settings then. Knows neither how a run goes nor how it is drawn.

use framerace::filter::{Chain, Perturbation};
use framerace::lab::lessons::Setting;
use framerace::pipeline::{Overflow, Policies, Settings};
use framerace::strategy::find;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// All keys, in a line of 80 columns.
pub const HELP: &str = "[s]trategy [w]orkers [d]epth [o]verflow ←→↑↓ slow  space pause  [r]ecord [q]uit";
/// What that line has no room for.
pub const MORE_HELP: &str = "capitals go back; ← → choose a filter, ↑ ↓ slow it down, quicken it again";
/// The same where there are steps to go on with.
pub const STEPS_HELP: &str = "[n]ext step; capitals go back; ← → choose a filter, ↑ ↓ slow, quicken it";

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    Strategy(Step),
    Workers(Step),
    Queue(Step),
    Overflow,
    Filter(Step),
    Slow(Step),
    Pause,
    Record,
    /// The next step of a lesson.
    Next,
    Quit,
    Interrupt,
}

/// One more, or one less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Forth,
    Back,
}

/// Workers, and frames that a link holds, at most: what can still be told apart on a screen.
const MOST: usize = 64;
/// A filter is slowed by so many hundredths of its time at once, and by so many at most.
const SLOWER: (f64, f64) = (50.0, 1_000.0);

/// What this key asks for, if anything.
pub fn wish(key: KeyEvent) -> Option<Wish> {
    use Step::{Back, Forth};
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return (key.code == KeyCode::Char('c')).then_some(Wish::Interrupt);
    }
    Some(match key.code {
        KeyCode::Char('s') => Wish::Strategy(Forth),
        KeyCode::Char('S') => Wish::Strategy(Back),
        KeyCode::Char('w' | '+') => Wish::Workers(Forth),
        KeyCode::Char('W' | '-') => Wish::Workers(Back),
        KeyCode::Char('d') => Wish::Queue(Forth),
        KeyCode::Char('D') => Wish::Queue(Back),
        KeyCode::Char('o') => Wish::Overflow,
        KeyCode::Right => Wish::Filter(Forth),
        KeyCode::Left => Wish::Filter(Back),
        KeyCode::Up => Wish::Slow(Forth),
        KeyCode::Down => Wish::Slow(Back),
        KeyCode::Char(' ') => Wish::Pause,
        KeyCode::Char('r') => Wish::Record,
        KeyCode::Char('n') => Wish::Next,
        KeyCode::Char('q') | KeyCode::Esc => Wish::Quit,
        _ => return None,
    })
}

/// How the pipeline is to run: what a change of restarts a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// The strategy's name.
    pub strategy: &'static str,
    pub workers: usize,
    pub queue: usize,
    pub overflow: Policies,
    /// The filters, and by how many hundredths of its time each is slowed.
    pub filters: Vec<(String, f64)>,
    /// Whether what is delivered is written into a file.
    pub recording: bool,
}

impl Wanted {
    /// What was asked for on the command line.
    pub fn new(strategy: &'static str, settings: &Settings, chain: &Chain) -> Self {
        Self {
            strategy,
            workers: settings.workers,
            queue: settings.queue,
            overflow: settings.overflow.clone(),
            filters: chain.labels().into_iter().map(|label| (label, 0.0)).collect(),
            recording: false,
        }
    }

    /// Grants a wish that concerns a run. `strategies` are those there are to choose from, `chosen` is the filter that
    /// wishes are about.
    pub fn grant(&mut self, wish: Wish, strategies: &[&'static str], chosen: &mut usize) {
        match wish {
            Wish::Strategy(step) => {
                let at = strategies.iter().position(|name| *name == self.strategy).unwrap_or(0);
                self.strategy = strategies.get(around(at, step, strategies.len())).copied().unwrap_or(self.strategy);
            }
            Wish::Workers(step) => self.workers = one_more(self.workers, step),
            Wish::Queue(step) => self.queue = one_more(self.queue, step),
            Wish::Overflow => {
                let at = Overflow::ALL.iter().position(|policy| *policy == self.overflow.of("capture-chain"));
                let next = Overflow::ALL[around(at.unwrap_or(0), Step::Forth, Overflow::ALL.len())];
                self.overflow = Policies::first(next);
            }
            Wish::Filter(step) => *chosen = around(*chosen, step, self.filters.len()),
            Wish::Slow(step) => {
                if let Some((_, slowed)) = self.filters.get_mut(*chosen) {
                    let by = if step == Step::Forth { SLOWER.0 } else { -SLOWER.0 };
                    *slowed = (*slowed + by).clamp(0.0, SLOWER.1);
                }
            }
            Wish::Record => self.recording = !self.recording,
            Wish::Pause | Wish::Next | Wish::Quit | Wish::Interrupt => {}
        }
    }

    /// Does what a step of a lesson says.
    pub fn set(&mut self, setting: Setting) {
        match setting {
            Setting::Strategy(name) => self.strategy = name,
            Setting::Workers(workers) => self.workers = workers,
            Setting::Queue(queue) => self.queue = queue,
            Setting::Overflow(policy) => {
                let policy = Overflow::ALL.into_iter().find(|one| one.name() == policy);
                self.overflow = policy.map_or(self.overflow.clone(), Policies::first);
            }
            Setting::Slowed(filter, percent) => {
                let of_name = self.filters.iter_mut().filter(|(name, _)| name == filter);
                of_name.for_each(|(_, slowed)| *slowed = percent);
            }
        }
    }

    /// Whether what is delivered is a video.
    pub fn keeps_every_frame(&self) -> bool {
        find(self.strategy).is_some_and(|strategy| strategy.keeps_every_frame())
    }

    /// Strategy, workers, depth and overflow policy, in words.
    pub fn words(&self) -> [String; 4] {
        let Self { strategy, workers, queue, overflow, .. } = self;
        // One for the first link is the usual case, and said shortly.
        let first = overflow.of("capture-chain");
        let policy = if *overflow == Policies::first(first) { first.to_string() } else { overflow.to_string() };
        [
            format!("strategy {strategy}"),
            format!("workers {workers}"),
            format!("depth {queue}"),
            format!("overflow {policy}"),
        ]
    }

    /// The settings with what is wanted.
    pub fn settings(&self, settings: &Settings) -> Settings {
        let (workers, queue, overflow) = (self.workers, self.queue, self.overflow.clone());
        Settings { workers, queue, overflow, ..settings.clone() }
    }

    /// The chain with what is wanted.
    pub fn chain(&self, chain: &Chain) -> Chain {
        let slowed = |label: &str| self.filters.iter().find(|(name, slowed)| name == label && *slowed > 0.0);
        chain.perturbed(|label| slowed(label).map(|(_, percent)| Perturbation::Slowed(*percent)))
    }
}

fn one_more(of: usize, step: Step) -> usize {
    match step {
        // Who began with more may have as many.
        Step::Forth => (of + 1).min(MOST.max(of)),
        Step::Back => (of - 1).max(1),
    }
}

/// The next of so many; after the last comes the first.
fn around(at: usize, step: Step, of: usize) -> usize {
    match step {
        Step::Forth => (at + 1) % of.max(1),
        Step::Back => (at + of.max(1) - 1) % of.max(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> Wanted {
        let settings = Settings { workers: 1, queue: 64, ..Settings::default() };
        Wanted::new("threads", &settings, &"grayscale,blur".parse().unwrap())
    }

    #[test]
    fn keys_are_read_and_others_are_nothing() {
        let key = |code, modifiers| wish(KeyEvent::new(code, modifiers));
        assert_eq!(key(KeyCode::Char('W'), KeyModifiers::SHIFT), Some(Wish::Workers(Step::Back)));
        assert_eq!(key(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Wish::Interrupt));
        assert_eq!(key(KeyCode::Char('q'), KeyModifiers::CONTROL), None);
        assert_eq!(key(KeyCode::Char('x'), KeyModifiers::NONE), None);
        assert!([HELP, MORE_HELP, STEPS_HELP].iter().all(|line| line.chars().count() < 80));
    }

    #[test]
    fn wishes_stay_within_bounds_and_strategies_go_around() {
        let (mut wanted, mut chosen, strategies) = (wanted(), 0, ["sequential", "threads", "stages"]);
        let mut grant = |wish| {
            wanted.grant(wish, &strategies, &mut chosen);
            wanted.clone()
        };
        assert_eq!(grant(Wish::Workers(Step::Back)).workers, 1);
        assert_eq!(grant(Wish::Queue(Step::Forth)).queue, 64);
        let names = [0; 3].map(|_| grant(Wish::Strategy(Step::Forth)).strategy);
        assert_eq!(names, ["stages", "sequential", "threads"]);
        let policies = [0; 3].map(|_| grant(Wish::Overflow).overflow.to_string());
        assert_eq!(
            policies,
            ["drop-newest after capture, then block", "drop-oldest after capture, then block", "block"]
        );
    }

    #[test]
    fn steps_of_a_lesson_set_what_keys_change() {
        let mut wanted = wanted();
        for setting in [
            Setting::Strategy("stages"),
            Setting::Workers(3),
            Setting::Queue(2),
            Setting::Overflow("drop-oldest"),
            Setting::Slowed("blur", 50.0),
        ] {
            wanted.set(setting);
        }
        assert_eq!(wanted.words(), ["strategy stages", "workers 3", "depth 2", "overflow drop-oldest"]);
        assert_eq!(wanted.filters, [("grayscale".to_owned(), 0.0), ("blur".to_owned(), 50.0)]);
    }

    #[test]
    fn the_chosen_filter_is_slowed_and_quickened_again() {
        let (mut wanted, mut chosen) = (wanted(), 0);
        for wish in [Wish::Filter(Step::Back), Wish::Slow(Step::Forth), Wish::Slow(Step::Forth)] {
            wanted.grant(wish, &[], &mut chosen);
        }
        let chain: Chain = "grayscale,blur".parse().unwrap();
        assert_eq!(wanted.chain(&chain).to_string(), "grayscale,blur=slowed=100");
        for _ in 0..3 {
            wanted.grant(Wish::Slow(Step::Back), &[], &mut chosen);
        }
        assert_eq!(wanted.chain(&chain).to_string(), "grayscale,blur");
    }
}
