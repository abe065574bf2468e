//! The capacity that is found is the arithmetic one, where the cost of a frame is known: W workers that take C ms a frame do
//! W × 1000 ÷ C frames a second, and so many inputs as that is a multiple of their rate.

use std::thread::available_parallelism;
use std::time::Duration;

use crate::common::settings;
use fastrand::Rng;
use framerace::lab::capacity::{CapacityPlan, Sustained, Wanted, measure};
use framerace::pipeline::{Policies, Settings, Watch};
use framerace::strategy::find;

/// What the search finds for filters of this cost.
fn found(strategy: &str, filter: &str, ms: f64, workers: usize, fps: f64) -> Sustained {
    let plan = CapacityPlan {
        command: Vec::new(),
        input: "synthetic:64x48@0x10".parse().expect("an input"),
        chain: format!("{filter}={ms:.3}").parse().expect("a chain"),
        strategies: vec![find(strategy).expect("a strategy")],
        settings: Settings { workers, queue: 4, overflow: Policies::live(), ..settings() },
        axis: Wanted::Inputs(Some(fps)),
        loss: 0.02,
        p95: Duration::from_secs(5),
        step: (Duration::from_millis(700), Duration::from_millis(900)),
        memory: 1 << 30,
    };
    measure(&plan, &Watch::default(), &mut |_| ()).expect("a capacity").sustained.remove(0)
}

/// One generated case: whether what is found is the arithmetic capacity, one more or one less.
fn is_arithmetic(rng: &mut Rng, strategy: &str, filter: &str) -> bool {
    let cores = available_parallelism().map_or(1, usize::from);
    // A wait takes no core, so there may be more of them than cores.
    let workers = if filter == "delay" { rng.usize(1..=3 * cores) } else { rng.usize(1..=cores) };
    let (capacity, fps) = (rng.usize(1..=if filter == "delay" { 9 } else { 5 }), rng.f64() * 30.0 + 20.0);
    let ms = workers as f64 * 1000.0 / (fps * (capacity as f64 + 0.5));
    let found = found(strategy, filter, ms, workers, fps);
    println!("{strategy} {filter}={ms:.2} -w {workers} at {fps:.1} FPS: {} of {capacity}", found.most);
    found.most.abs_diff(capacity) <= 1
}

#[test]
fn the_capacity_is_the_arithmetic_one() {
    let mut rng = Rng::with_seed(20);
    let mut wrong = Vec::new();
    for case in 0..20 {
        let strategy = if case % 2 == 0 { "threads" } else { "processes" };
        let filter = if case % 4 < 2 { "delay" } else { "spin" };
        if !is_arithmetic(&mut rng, strategy, filter) {
            wrong.push(case);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}
