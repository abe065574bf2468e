//! Pipelines of known cost, made up by chance: what limits each follows from how it was made, and so does what a change of
//! it gives.

use framerace::predict::{FASTER, Scenario};
use framerace::strategy::{Strategy, of_any_source};

use super::Work;

/// Milliseconds a frame takes the slowest stage, over its workers.
const PERIOD: f64 = 4.0;

/// A pipeline of known cost.
#[derive(Clone, Debug)]
pub struct Pipeline {
    pub strategy: usize,
    pub workers: usize,
    pub queue: usize,
    pub capture: Work,
    pub filters: Vec<Work>,
    pub deliver: Work,
    /// The stage that limits it, by construction.
    pub limit: String,
}

impl Pipeline {
    /// One for each seed; every fifth has no bottleneck.
    pub fn generate(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let strategy = seed as usize % of_any_source().len();
        loop {
            let filters = (0..rng.usize(1..=3)).map(|_| some_work(&mut rng)).collect();
            let (capture, deliver) = (Work::Delay(rng.f64()), Work::Delay(rng.f64()));
            let (workers, queue) = (rng.usize(1..=4), rng.usize(1..=4));
            let mut pipeline = Self { strategy, workers, queue, capture, filters, deliver, limit: String::new() };
            if seed % 5 == 4 {
                pipeline.balance();
            }
            if pipeline.settle(seed % 5 == 4) {
                return pipeline;
            }
        }
    }

    /// Gives every stage the same time a frame.
    fn balance(&mut self) {
        let count = self.filters.len() as f64;
        let share = match of_any_source()[self.strategy].name() {
            "stages" => 1.0,
            "sequential" | "tiles" => 1.0 / count,
            _ => self.workers as f64 / count,
        };
        (self.capture, self.deliver) = (Work::Delay(1.0), Work::Delay(1.0));
        self.filters.iter_mut().for_each(|filter| *filter = Work::Delay(share));
    }

    /// Scales all costs to the period, and finds out what must limit it. False if that is not clear, or if there is so
    /// much to compute that other programs of this machine would have a say.
    fn settle(&mut self, balanced: bool) -> bool {
        let mut periods = self.periods();
        periods.sort_by(|a, b| b.1.total_cmp(&a.1));
        let factor = PERIOD / periods[0].1;
        for work in [&mut self.capture, &mut self.deliver].into_iter().chain(&mut self.filters) {
            *work = times(*work, factor);
        }
        self.limit = if balanced { "balanced".into() } else { periods[0].0.clone() };
        let computed: f64 = self.filters.iter().map(|work| if let Work::Spin(ms) = work { *ms } else { 0.0 }).sum();
        let is_clear = balanced || (periods[1].1 <= 0.7 * periods[0].1 && self.limit != "unclear");
        // A sleep takes some hundredths of a millisecond more than asked for, which must not be what limits.
        let costs_something = self.filters.iter().all(|work| ms(*work) > 0.3);
        is_clear && costs_something && computed < PERIOD / 2.0
    }

    /// The milliseconds that a frame takes each stage, over its workers.
    fn periods(&self) -> Vec<(String, f64)> {
        let labels = self.labels();
        let mut periods = vec![("capture".to_owned(), ms(self.capture)), ("sink".to_owned(), ms(self.deliver))];
        let strategy = of_any_source()[self.strategy].name();
        if strategy == "stages" {
            periods.extend(labels.into_iter().zip(self.filters.iter().map(|work| ms(*work))));
            return periods;
        }
        let all: f64 = self.filters.iter().map(|work| ms(*work)).sum();
        let most = self.filters.iter().map(|work| ms(*work)).fold(0.0, f64::max);
        let dominant = self.filters.iter().position(|work| ms(*work) == most).unwrap_or(0);
        let name = match most / all {
            share if share > 0.7 => labels[dominant].clone(),
            share if share < 0.5 => "chain".to_owned(),
            _ => "unclear".to_owned(),
        };
        let workers = if strategy == "sequential" || strategy == "tiles" { 1 } else { self.workers };
        periods.push((name, all / workers as f64));
        periods
    }

    /// What the chain calls its filters.
    pub fn labels(&self) -> Vec<String> {
        let mut labels: Vec<String> = Vec::new();
        for filter in &self.filters {
            let name = if matches!(filter, Work::Spin(_)) { "spin" } else { "delay" };
            let before = labels.iter().filter(|label| label.starts_with(name)).count();
            labels.push(if before == 0 { name.into() } else { format!("{name}-{}", before + 1) });
        }
        labels
    }

    pub fn strategy(&self) -> &'static dyn Strategy {
        of_any_source()[self.strategy]
    }

    /// The pipeline with a scenario; none where that cannot be made.
    pub fn with(&self, scenario: &Scenario) -> Option<Self> {
        let mut other = self.clone();
        let (name, factor) = match scenario {
            Scenario::Workers(workers) => return Some(Self { workers: *workers, ..other }),
            Scenario::Queue(queue) => return Some(Self { queue: *queue, ..other }),
            Scenario::Faster(name) => (name, 1.0 - FASTER),
            Scenario::Without(name) => (name, 0.0),
            Scenario::Cores(_) => return None,
        };
        let work = match name.as_str() {
            "capture" => &mut other.capture,
            "sink" => &mut other.deliver,
            name => &mut other.filters[self.labels().iter().position(|label| label == name)?],
        };
        *work = times(*work, factor);
        Some(other)
    }
}

fn some_work(rng: &mut fastrand::Rng) -> Work {
    if rng.u8(..4) == 0 { Work::Spin(rng.f64()) } else { Work::Delay(rng.f64()) }
}

fn ms(work: Work) -> f64 {
    match work {
        Work::None => 0.0,
        Work::Delay(ms) | Work::Spin(ms) => ms,
    }
}

fn times(work: Work, factor: f64) -> Work {
    match work {
        Work::None => Work::None,
        Work::Delay(ms) => Work::Delay(ms * factor),
        Work::Spin(ms) => Work::Spin(ms * factor),
    }
}
