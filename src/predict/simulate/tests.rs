//! Lines whose rate can be worked out by hand.

use super::*;
use crate::metrics::Topology;
use crate::predict::variation::Variation;

/// A line of stages with so many workers, seconds of waiting and of computing.
fn line(stages: &[(usize, f64, f64)], queue: usize, cores: f64) -> Line {
    let step = |seconds, load| Step { name: String::new(), seconds, load, locked: false };
    let stage = |&(workers, wait, cpu): &(usize, f64, f64)| StageModel {
        workers,
        steps: vec![step(wait, 0.0), step(cpu, 1.0)],
        variation: Variation::none(),
    };
    Line {
        stages: stages.iter().map(stage).collect(),
        queues: vec![queue; stages.len() - 1],
        in_flight: stages.iter().map(|stage| stage.0).sum::<usize>() + 2 * queue,
        cores,
        elsewhere: 0.0,
        beside: 0.0,
        pace: None,
        topology: Topology::FilterThreads,
    }
}

fn near(line: &Line, expected: f64) {
    let rate = rate(line);
    assert!((rate / expected - 1.0).abs() < 0.01, "{rate} and not {expected}");
}

#[test]
fn the_slowest_stage_sets_the_pace() {
    near(&line(&[(1, 0.001, 0.0), (1, 0.004, 0.0), (1, 0.002, 0.0)], 4, 2.0), 250.0);
    near(&line(&[(1, 0.001, 0.0), (2, 0.004, 0.0), (1, 0.001, 0.0)], 4, 2.0), 500.0);
    near(&line(&[(1, 0.001, 0.0), (2, 0.006, 0.0), (1, 0.004, 0.0)], 4, 2.0), 250.0);
}

#[test]
fn cores_are_shared() {
    let one = [(1, 0.0, 0.001), (1, 0.0, 0.001), (1, 0.0, 0.001)];
    near(&line(&one, 4, 4.0), 1000.0);
    near(&line(&one, 4, 1.0), 333.3);
    near(&line(&[(1, 0.0, 0.0001), (4, 0.0, 0.004), (1, 0.0, 0.0001)], 4, 2.0), 2.0 / 0.0042);
}

#[test]
fn others_take_their_share() {
    let mut busy =
        line(&[(1, 0.0, 0.0001), (1, 0.0, 0.0002), (1, 0.0, 0.0005), (1, 0.0, 0.0), (1, 0.0, 0.00004)], 4, 2.0);
    busy.elsewhere = 1.9;
    assert!(rate(&busy) > 700.0, "{}", rate(&busy));
}

#[test]
fn a_pace_is_kept() {
    let mut paced = line(&[(1, 0.0, 0.001), (2, 0.0, 0.001), (1, 0.0, 0.001)], 4, 4.0);
    paced.pace = Some(100.0);
    near(&paced, 100.0);
    paced.pace = Some(5_000.0);
    near(&paced, 1_000.0);
}

#[test]
fn under_one_lock_computing_does_not_overlap_but_waiting_does() {
    let mut locked = line(&[(1, 0.0, 0.0), (4, 0.003, 0.001), (1, 0.0, 0.0)], 4, 4.0);
    near(&locked, 1_000.0);
    locked.stages[1].steps[1].locked = true;
    near(&locked, 1_000.0);
    locked.stages[1].steps[1].seconds = 0.002;
    near(&locked, 500.0);
}

#[test]
fn a_line_of_one_station_does_one_frame_after_the_other() {
    let mut alone = line(&[(1, 0.002, 0.003)], 1, 2.0);
    alone.in_flight = 1;
    near(&alone, 200.0);
    alone.elsewhere = 2.0;
    near(&alone, 1.0 / (0.002 + 0.003 * 1.5));
}
