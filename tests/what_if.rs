//! The model against reality: pipelines of known cost, made up by chance, are run; their bottleneck is named, what a
//! change would give is predicted, and the change is made and measured.

mod common;

use std::ops::ControlFlow;
use std::thread::sleep;
use std::time::Duration;

use anyhow::Result;
use framerace::filter::Chain;
use framerace::frame::{Frame, Shape};
use framerace::measure::{Lap, Run};
use framerace::sink::Sink;
use framerace::source::{Source, SourceInfo};
use framerace::statistics::median;
use framerace::strategy::{Settings, find, run_source};
use framerace::what_if::{Change, FASTER, predict};
use opencv::core::Mat;

/// A pipeline of known cost.
#[derive(Clone, Debug)]
struct Pipeline {
    strategy: &'static str,
    workers: usize,
    queue: usize,
    capture_ms: f64,
    filters: Vec<(&'static str, f64)>,
    deliver_ms: f64,
}

struct Costly {
    info: SourceInfo,
    left: u64,
    ms: f64,
}

fn wait(ms: f64) {
    sleep(Duration::from_secs_f64(ms / 1e3));
}

impl Source for Costly {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn read(&mut self, _: &mut Mat, _: &mut Lap<'_>) -> Result<Option<Duration>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        wait(self.ms);
        Ok(Some(Duration::ZERO))
    }
}

struct Taking(f64);

impl Sink for Taking {
    fn write(&mut self, _: &Frame) -> Result<ControlFlow<()>> {
        wait(self.0);
        Ok(ControlFlow::Continue(()))
    }
}

impl Pipeline {
    fn some(rng: &mut fastrand::Rng) -> Self {
        let mut ms = || 0.5 + 7.5 * rng.f64().powi(2);
        let (capture_ms, deliver_ms) = (ms() / 2.0, ms() / 2.0);
        let costs: Vec<f64> = (0..3).map(|_| ms()).collect();
        let count = rng.usize(1..=3);
        let filters = costs[..count].iter().map(|ms| (if rng.u8(..5) == 0 { "spin" } else { "delay" }, *ms)).collect();
        let strategy = *rng.choice(&["sequential", "threads", "stages", "rayon", "tiles", "global-lock"]).unwrap();
        Self { strategy, workers: rng.usize(1..=4), queue: rng.usize(1..=4), capture_ms, filters, deliver_ms }
    }

    fn run(&self, frames: u64) -> Run {
        let chain: Chain =
            self.filters.iter().map(|(name, ms)| format!("{name}={ms}")).collect::<Vec<_>>().join(",").parse().unwrap();
        let info =
            SourceInfo { shape: Shape::gray(4, 4), fps: None, paced: false, frames: None, reader: String::new() };
        let source = Costly { info, left: frames, ms: self.capture_ms };
        let settings = Settings { workers: self.workers, queue: self.queue, ..Settings::default() };
        let strategy = find(self.strategy).unwrap();
        run_source(strategy, Box::new(source), &chain, &mut Taking(self.deliver_ms), &settings, &Default::default())
            .unwrap()
    }

    fn with(&self, change: &Change) -> Option<Self> {
        let mut other = self.clone();
        let mut scale = |name: &str, by: f64| match name {
            "capture" => other.capture_ms *= by,
            "deliver" => other.deliver_ms *= by,
            _ => {
                let labels = self.labels();
                let Some(at) = labels.iter().position(|label| label == name) else { panic!("{name} {labels:?}") };
                other.filters[at].1 *= by;
            }
        };
        match change {
            Change::Workers(workers) => other.workers = *workers,
            Change::Queue(queue) => other.queue = *queue,
            Change::Faster(name) if name != "hand-over" && name != "copy" => scale(name, 1.0 - FASTER),
            Change::Without(name) if name != "hand-over" && name != "copy" => scale(name, 0.0),
            _ => return None,
        }
        Some(other)
    }

    fn labels(&self) -> Vec<String> {
        let mut labels: Vec<String> = Vec::new();
        for (name, _) in &self.filters {
            let before = labels.iter().filter(|l| l.starts_with(name)).count();
            labels.push(if before == 0 { name.to_string() } else { format!("{name}-{}", before + 1) });
        }
        labels
    }
}

#[test]
fn predictions() {
    let mut errors = Vec::new();
    let seeds: u64 = std::env::var("SEEDS").map_or(50, |s| s.parse().unwrap());
    for seed in 0..seeds {
        let mut rng = fastrand::Rng::with_seed(seed);
        let pipeline = Pipeline::some(&mut rng);
        let usual = pipeline.run(200);
        let predictions: Vec<_> =
            predict(&usual, 2.0).into_iter().filter(|p| pipeline.with(&p.change).is_some()).collect();
        for _ in 0..3 {
            let p = rng.choice(&predictions).unwrap();
            let real = pipeline.with(&p.change).unwrap().run(200);
            let error = p.fps / real.fps() - 1.0;
            if error.abs() > 0.05 {
                println!(
                    "{seed} {pipeline:?}\n   base {:.1} {}: {:.1} predicted, {:.1} measured: {:.3}",
                    usual.fps(),
                    p.change,
                    p.fps,
                    real.fps(),
                    error
                );
            }
            errors.push(error.abs());
        }
    }
    errors.sort_by(f64::total_cmp);
    println!(
        "median {:.4} p90 {:.4} max {:.4}",
        median(&errors),
        errors[errors.len() * 9 / 10],
        errors[errors.len() - 1]
    );
}
#[test]
fn one() {
    let seed: u64 = std::env::var("SEED").unwrap().parse().unwrap();
    let p = Pipeline::some(&mut fastrand::Rng::with_seed(seed));
    let run = p.run(200);
    println!("{p:?} {} {:#?} {}", run.fps(), run.stages, framerace::what_if::debug(&run));
    for p in predict(&run, 2.0) {
        println!("{} {:.1}", p.change, p.fps);
    }
}
