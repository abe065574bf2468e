//! Measures in rounds: each round does every run once, in shuffled order. Knows nothing of what the figures mean.

use anyhow::{Context, Result, ensure};

use super::list::Prices;
use super::parts::{handoff_us, thread_start_us, touch};
use super::plan::{Measured, MicrobenchPlan, Purpose, Series};
use super::summary::summarize;
use crate::filter::Chain;
use crate::frame::Shape;
use crate::metrics::Run;
use crate::pipeline::{Limits, Settings, Step, Watch};
use crate::run::run;
use crate::sink::Null;
use crate::source::{Input, SyntheticSpec};
use crate::strategy::{Strategy, find};

/// The strategies that are measured, the baseline first.
const STRATEGIES: [&str; 4] = ["sequential", "threads", "processes", "processes-pipe"];

/// Times of the chain in milliseconds; those shorter than grayscale alone are left out.
const FILTER_MS: [f64; 6] = [0.5, 1.0, 2.0, 5.0, 10.0, 20.0];

/// Measures everything. `watch` may be looked at from another thread meanwhile, and `on_step` is told what runs next.
///
/// # Errors
/// When a strategy cannot run here, or fails.
pub fn measure(plan: &MicrobenchPlan, watch: &Watch, on_step: &mut dyn FnMut(Step)) -> Result<Prices> {
    let mut bencher = Bencher { plan, watch, on_step, grayscale_ms: 0.0, done: 0, measured: Measured::default() };
    bencher.warm_up()?;
    for round in 1..=plan.rounds {
        bencher.round(round)?;
    }
    summarize(plan, &bencher.measured)
}

struct Bencher<'a> {
    plan: &'a MicrobenchPlan,
    watch: &'a Watch,
    on_step: &'a mut dyn FnMut(Step),
    grayscale_ms: f64,
    done: usize,
    measured: Measured,
}

impl Bencher<'_> {
    /// Runs every strategy once, so that none pays for cold caches, and measures the time of grayscale alone.
    fn warm_up(&mut self) -> Result<()> {
        for name in STRATEGIES {
            let strategy = find(name).with_context(|| format!("there is no strategy {name}"))?;
            let run = self.run(strategy, Purpose::MoreWorkers, 0)?;
            if name == STRATEGIES[0] {
                self.grayscale_ms = grayscale_ms(&run)?;
            }
            let mut add = |purpose| self.measured.series.push(Series { strategy, purpose, runs: Vec::new() });
            add(Purpose::MoreWorkers);
            if name != STRATEGIES[0] {
                add(Purpose::OneWorker);
                add(Purpose::Start);
            }
            let longer = FILTER_MS.into_iter().filter(|ms| *ms > 1.1 * self.grayscale_ms);
            [self.grayscale_ms].into_iter().chain(longer).for_each(|ms| add(Purpose::Speed(ms)));
        }
        Ok(())
    }

    fn round(&mut self, round: usize) -> Result<()> {
        self.measured.thread_start_us.push(thread_start_us()?);
        self.measured.handoff_us.push(handoff_us(self.plan.shape)?);
        self.measured.touches.push(touch(self.plan.shape));
        let mut order: Vec<_> = (0..self.measured.series.len()).collect();
        fastrand::Rng::with_seed(round as u64).shuffle(&mut order);
        for at in order {
            let Series { strategy, purpose, .. } = self.measured.series[at];
            let run = self.run(strategy, purpose, round)?;
            ensure!(run.ledger.delivered > 0, "{} delivered no frame; are the frames too large?", strategy.name());
            self.measured.series[at].runs.push(run);
        }
        Ok(())
    }

    fn run(&mut self, strategy: &'static dyn Strategy, purpose: Purpose, round: usize) -> Result<Run> {
        let MicrobenchPlan { rounds, duration, workers, .. } = *self.plan;
        let all = STRATEGIES.len() + rounds * self.measured.series.len();
        let done = self.done as f64 / all as f64;
        (self.on_step)(Step { strategy: strategy.name().into(), round, rounds, done, ..Step::default() });
        self.done += 1;
        let stream = |duration| (self.plan.shape, Limits { frames: None, duration: Some(duration) });
        let ((shape, limits), workers, spin_ms) = match purpose {
            Purpose::Start => ((Shape::bgr(16, 16), Limits { frames: Some(1), duration: None }), 1, 0.0),
            Purpose::OneWorker => (stream(duration), 1, 0.0),
            Purpose::MoreWorkers => (stream(duration), workers.max(2), 0.0),
            // At the end of a run some workers idle; with few frames that would distort the speed.
            Purpose::Speed(ms) => (stream(duration.mul_f64(1.0 + ms / 20.0)), workers, ms - self.grayscale_ms),
        };
        let chain: Chain =
            if spin_ms > 0.0 { format!("grayscale,spin={spin_ms:.3}").parse() } else { "grayscale".parse() }?;
        let worker_command = Some(self.plan.worker_command.clone());
        let settings = Settings { workers, limits, worker_command, ..Settings::default() };
        let input = Input::Synthetic(SyntheticSpec::new(shape, u64::MAX));
        run(strategy, &input, &chain, &mut Null::default(), &settings, self.watch)
    }
}

/// Time of grayscale alone on one core, from a run of `sequential`.
fn grayscale_ms(run: &Run) -> Result<f64> {
    Ok(run.part("grayscale").context("a run without grayscale")?.service_ms.p50)
}
