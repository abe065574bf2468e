//! What `-s auto` chooses on a real machine for filters of known cost. What it chooses by rule, and what it says, is in
//! `tests/suite/tune/auto.rs`.

use std::thread::available_parallelism;
use std::time::Duration;

use super::rounds::most_often;
use crate::common::{CLIP, settings};
use framerace::filter::Chain;
use framerace::pipeline::Settings;
use framerace::source::Input;
use framerace::tune::{Choice, choose};

fn cores() -> usize {
    available_parallelism().map_or(1, usize::from)
}

/// Whether most choices for such a chain over synthetic frames are `right`.
fn chosen(chain: &str, right: fn(&Choice) -> bool) {
    chosen_for("synthetic:64x48@0x100000", 1, chain, right);
}

/// Whether most choices for such a chain over an input that is played so often are `right`.
fn chosen_for(input: &str, times: u32, chain: &str, right: fn(&Choice) -> bool) {
    let ask = || {
        let (input, chain): (Input, Chain) = (input.parse().expect("an input"), chain.parse().expect("a chain"));
        let mut settings = Settings { workers: cores(), ..settings() };
        settings.open.times = times;
        let choice = choose(&input, &chain, &settings, Duration::from_millis(500)).expect("a choice");
        println!("{}", choice.why);
        right(&choice)
    };
    most_often(&[(chain.to_owned(), true, Box::new(ask))]);
}

#[test]
fn filters_that_wait_get_more_workers_than_there_are_cores() {
    chosen("grayscale,delay=10", |choice| {
        choice.candidate.strategy.name() == "threads"
            && choice.candidate.workers > cores()
            && choice.why.contains(" FPS ")
    });
}

#[test]
fn filters_that_compute_get_a_worker_a_core() {
    if cores() > 1 {
        // What others do to this machine may make it look as if one more helped.
        chosen("grayscale,spin=8", |choice| {
            ["threads", "rayon"].contains(&choice.candidate.strategy.name())
                && (cores()..=2 * cores()).contains(&choice.candidate.workers)
        });
    }
}

#[test]
fn a_file_whose_decoding_takes_longest_is_read_in_segments() {
    if cores() > 1 {
        // It has one key picture, and so a segment for each time that it is played.
        chosen_for(CLIP, 2 * cores() as u32 + 1, "grayscale", |choice| choice.candidate.strategy.name() == "segments");
    }
}
