//! What a change will give, predicted from runs that never were: their costs are declared, so the rate is known.

use crate::common::Work::{self, Delay, Spin};
use crate::common::made_up::{CORES, Joined, ideal, part};
use framerace::metrics::{Run, RunSetup, SteadyRate, Topology};
use framerace::predict::{CannotPredict, Change, PredictedRate, predict_change, predict_declared};
use framerace::strategy::{STRATEGIES, find};

/// A run of a strategy whose filters, `f0`, `f1` and so on, take this, and nothing else takes any time.
fn measured(strategy: &str, workers: usize, filters: &[Work]) -> Run {
    let topology = find(strategy).expect("a strategy").topology();
    let joined = match topology {
        Topology::SingleThread => Joined::Sequential,
        Topology::FilterThreads => Joined::Stages,
        _ => Joined::Workers(workers),
    };
    let mut run = ideal(joined, Work::None, filters, Work::None, |_| 1.0);
    let in_flight = if joined == Joined::Sequential { 1 } else { workers.max(filters.len()) + 10 };
    run.setup = RunSetup { topology, in_flight, ..Default::default() };
    run.steady_rate = SteadyRate { frames: run.ledger.delivered, seconds: 1.0, ..Default::default() };
    run.strategy = strategy.into();
    run
}

/// A change to a strategy and so many workers.
fn to<'a>(strategy: &str, workers: usize) -> Change<'a> {
    let strategy = find(strategy).expect("a strategy");
    Change { strategy, workers, queue: 4, drops: false, slower: &[], handed_over: None }
}

fn gives(run: &Run, change: &Change<'_>, fps: f64) -> PredictedRate {
    let predicted = predict_change(run, CORES, change).expect("it can be told");
    assert!((predicted.fps / fps - 1.0).abs() < 0.03, "{} FPS, and not {fps}", predicted.fps);
    predicted
}

#[test]
fn one_thread_becomes_several_and_several_become_one() {
    let filters = [Delay(4.0), Delay(6.0)];
    let alone = measured("sequential", 1, &filters);
    assert_eq!(alone.fps(), 100.0);
    let predicted = gives(&alone, &to("threads", 1), 100.0);
    assert!((predicted.frame_s - 0.010).abs() < 1e-4, "{predicted:?}");
    gives(&alone, &to("threads", 4), 400.0);
    gives(&alone, &to("rayon", 4), 400.0);
    gives(&alone, &to("stages", 1), 1e3 / 6.0);
    gives(&alone, &to("sequential", 1), 100.0);
    for strategy in ["threads", "stages"] {
        let run = measured(strategy, 2, &filters);
        gives(&run, &to("sequential", 2), 100.0);
        gives(&run, &to("threads", 3), 300.0);
        gives(&run, &to("stages", 3), 1e3 / 6.0);
    }
}

#[test]
fn workers_help_as_far_as_there_are_cores() {
    let one = measured("threads", 1, &[Spin(5.0)]);
    gives(&one, &to("threads", 2), 400.0);
    gives(&one, &to("threads", 16), 400.0);
    gives(&measured("threads", 2, &[Spin(5.0)]), &to("threads", 1), 200.0);
}

#[test]
fn only_the_slowest_stage_counts_and_longer_queues_bring_nothing() {
    let run = measured("stages", 1, &[Delay(4.0), Delay(8.0)]);
    let slower = |name: &str, times: f64| [(name.to_owned(), times)];
    gives(&run, &Change { slower: &slower("f0", 1.5), ..to("stages", 1) }, 125.0);
    gives(&run, &Change { slower: &slower("f1", 2.0), ..to("stages", 1) }, 62.5);
    gives(&run, &Change { slower: &slower("f1", 0.25), ..to("stages", 1) }, 250.0);
    for queue in [1, 64] {
        gives(&run, &Change { queue, ..to("stages", 1) }, 125.0);
    }
}

#[test]
fn under_one_lock_waiting_overlaps_and_computing_does_not() {
    let run = measured("threads", 2, &[Delay(8.0), Spin(4.0)]);
    gives(&run, &to("global-lock", 2), 1e3 / 6.0);
    gives(&run, &to("global-lock", 8), 250.0);
    let slower = [("f1".to_owned(), 3.0)];
    gives(&run, &Change { slower: &slower, ..to("global-lock", 2) }, 1e3 / 12.0);
    gives(&run, &Change { slower: &slower, ..to("threads", 2) }, 100.0);
}

#[test]
fn a_hand_over_must_have_been_measured() {
    let threads = measured("threads", 1, &[Delay(4.0)]);
    assert_eq!(predict_change(&threads, CORES, &to("processes", 1)), Err(CannotPredict::HandOver));
    let mut processes = measured("processes", 1, &[Delay(4.0), Delay(1.0)]);
    processes.stages[1].parts[1] = part("handoff", 0.2, 0.0);
    gives(&threads, &Change { handed_over: Some(&processes), ..to("processes", 1) }, 200.0);
    gives(&processes, &Change { handed_over: Some(&processes), ..to("processes", 2) }, 400.0);
    gives(&processes, &to("threads", 1), 250.0);
    gives(&processes, &to("stages", 1), 250.0);
    assert_eq!(predict_change(&processes, CORES, &to("processes-pipe", 1)), Err(CannotPredict::HandOver));
}

#[test]
fn a_camera_gives_no_more_than_it_gives() {
    let mut run = measured("threads", 1, &[Delay(10.0)]);
    let dropping = Change { drops: true, ..to("threads", 4) };
    assert_eq!(predict_change(&run, CORES, &dropping), Err(CannotPredict::Drops));
    run.setup.pace = Some(150.0);
    gives(&run, &dropping, 150.0);
    gives(&run, &Change { workers: 1, ..dropping }, 100.0);
}

#[test]
fn declared_costs_tell_before_anything_is_measured() {
    let shape = framerace::frame::Shape::bgr(320, 240);
    let declared = |chain: &str, pace, change: &Change<'_>| {
        predict_declared(&chain.parse().expect("a chain"), shape, pace, CORES, change).map(|predicted| predicted.fps)
    };
    let near = |fps: Result<f64, CannotPredict>, expected: f64| {
        assert!((fps.expect("it can be told") / expected - 1.0).abs() < 0.01, "{fps:?}, and not {expected}");
    };
    let chain = "grayscale,delay=8,spin=4";
    near(declared(chain, None, &to("sequential", 1)), 1e3 / 12.0);
    near(declared(chain, None, &to("stages", 1)), 125.0);
    near(declared(chain, None, &to("threads", 2)), 1e3 / 6.0);
    near(declared("delay=8:slowed=50", None, &to("threads", 1)), 1e3 / 12.0);
    near(declared("spin=4", None, &to("global-lock", 2)), 250.0);
    near(declared("delay=5", Some(30.0), &Change { drops: true, ..to("latest", 1) }), 30.0);
    assert_eq!(declared("grayscale,blur", None, &to("threads", 1)), Err(CannotPredict::Unmeasured));
    assert_eq!(declared("delay=5", None, &Change { drops: true, ..to("threads", 1) }), Err(CannotPredict::Drops));
    assert_eq!(declared("delay=5", None, &to("processes", 1)), Err(CannotPredict::HandOver));
}

#[test]
fn what_was_not_measured_is_not_predicted() {
    let run = measured("threads", 2, &[Delay(4.0)]);
    assert_eq!(predict_change(&run, CORES, &to("tiles", 2)), Err(CannotPredict::Tiles));
    let mut nothing = measured("threads", 1, &[Delay(4.0)]);
    nothing.stages.iter_mut().for_each(|stage| stage.frames = 0);
    for strategy in STRATEGIES {
        let change = Change { strategy: *strategy, ..to("threads", 1) };
        assert_eq!(predict_change(&nothing, CORES, &change), Err(CannotPredict::Unmeasured), "{}", strategy.name());
    }
    for why in [
        CannotPredict::Unmeasured,
        CannotPredict::HandOver,
        CannotPredict::Tiles,
        CannotPredict::Drops,
        CannotPredict::Writing,
    ] {
        assert!(why.to_string().len() <= 32, "{why} has no room on the screen");
    }
}
