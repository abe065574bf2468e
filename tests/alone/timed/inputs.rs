//! Several inputs that are alike are served alike.

use super::rounds::most_often;
use crate::common::inputs::run_all;
use crate::common::settings;
use framerace::metrics::InputRun;
use framerace::strategy::{STRATEGIES, Strategy};

#[test]
fn equal_inputs_are_served_equally() {
    let strategies = STRATEGIES.iter().copied().filter(|one| one.keeps_every_frame() && !one.needs_a_file());
    let asked = strategies.map(|strategy| {
        let ask = move || is_even(strategy);
        (strategy.name().to_owned(), true, Box::new(ask) as Box<dyn Fn() -> bool>)
    });
    most_often(&asked.collect::<Vec<_>>());
}

/// Workers are what is short: every frame takes one of them for two milliseconds.
fn is_even(strategy: &dyn Strategy) -> bool {
    let run = run_all(strategy, &[("synthetic:64x48@0x150", "delay=2"); 4], &settings())
        .unwrap_or_else(|error| panic!("{}: {error:#}", strategy.name()));
    let mean = run.inputs.iter().map(InputRun::fps).sum::<f64>() / 4.0;
    let least = run.inputs.iter().map(InputRun::fps).fold(f64::INFINITY, f64::min);
    println!("{}: {:.3} of the mean", strategy.name(), least / mean);
    least >= 0.9 * mean
}
