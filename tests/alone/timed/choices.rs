//! What `-s auto` chooses on a real machine for work that computes. Choices by rule, and for work that waits, are in
//! `tests/suite/tune/auto.rs`.

use std::thread::available_parallelism;
use std::time::Duration;

use super::rounds::most_often;
use crate::common::settings;
use framerace::filter::Chain;
use framerace::pipeline::Settings;
use framerace::source::Input;
use framerace::tune::choose;

#[test]
fn filters_that_compute_get_a_worker_a_core() {
    let cores = available_parallelism().map_or(1, usize::from);
    if cores == 1 {
        return;
    }
    let fits = move || {
        let input: Input = "synthetic:64x48@0x100000".parse().expect("an input");
        let chain: Chain = "grayscale,spin=8".parse().expect("a chain");
        let settings = Settings { workers: cores, ..settings() };
        let choice = choose(&input, &chain, &settings, Duration::from_millis(500)).expect("a choice");
        println!("{}", choice.why);
        // What others do to this machine may make it look as if one more helped.
        ["threads", "rayon"].contains(&choice.candidate.strategy.name())
            && (cores..=2 * cores).contains(&choice.candidate.workers)
    };
    most_often(&[("threads or rayon with a worker a core".to_owned(), true, Box::new(fits))]);
}
