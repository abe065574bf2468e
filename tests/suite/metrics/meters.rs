//! The meters of a run that is made up: what they say of frames that were delivered at known moments.
//! And what is read of the machine.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread::spawn;
use std::time::{Duration, Instant};

use crate::common::child::PATIENCE;
use framerace::host::environment::Before;
use framerace::host::machine::Machine;
use framerace::metrics::{Meters, Spent, StageMeter, SteadyRate};
use proptest::prelude::*;

/// The rate of a run whose frames are delivered at these milliseconds; capture stops after `before_stop` of them.
fn rate(workers: usize, at_ms: &[u64], before_stop: usize) -> SteadyRate {
    let meters = Meters::new(false, 1).over_multiples_of(workers);
    meters.begin();
    let at = |ms: u64| meters.begun_at() + Duration::from_millis(ms);
    for (delivered, ms) in at_ms.iter().enumerate() {
        if delivered >= before_stop {
            meters.capture_stopped();
        }
        meters.ledger.deliver();
        meters.passed(at(*ms));
    }
    meters.end(at(at_ms.last().copied().unwrap_or(0)));
    meters.run("threads", workers, None).steady_rate
}

#[test]
fn filling_and_draining_are_left_out() {
    // Filled after 50 ms, then a frame each 10 ms; the last two come slowly.
    let run = rate(1, &[50, 60, 70, 80, 90, 100, 180, 300], 6);
    assert_eq!(run, SteadyRate { frames: 5, seconds: 0.05, first_left_out: 1, last_left_out: 2 });
    assert!((run.fps() - 100.0).abs() < 1e-9);
}

#[test]
fn a_burst_of_all_workers_gains_nothing() {
    // Three workers deliver together, each 30 ms: 100 a second, wherever capture stopped.
    let at: Vec<u64> = (0..20).flat_map(|burst| [30 * burst + 30; 3]).collect();
    for before_stop in 40..60 {
        assert!((rate(3, &at, before_stop).fps() - 100.0).abs() < 1e-9, "{before_stop}");
    }
}

#[test]
fn one_frame_after_the_other_counts_all_but_the_first() {
    let run = rate(1, &[10, 20, 30, 40], 4);
    assert_eq!((run.frames, run.first_left_out, run.last_left_out), (3, 1, 0));
    assert!((run.fps() - 100.0).abs() < 1e-9);
}

#[test]
fn short_runs_are_measured_whole_and_empty_ones_are_zero() {
    let whole = |frames, seconds| SteadyRate { frames, seconds, ..SteadyRate::default() };
    assert_eq!(rate(1, &[10, 20, 30, 40, 50], 3), whole(5, 0.05), "two of five are less than half");
    assert_eq!(rate(1, &[10], 1), whole(1, 0.01));
    assert_eq!(rate(4, &[10, 10, 10], 3), whole(3, 0.01));
    assert_eq!(rate(1, &[10, 10, 10], 3), whole(3, 0.01), "no time between them");
    assert_eq!((rate(1, &[], 0), rate(1, &[], 0).fps()), (SteadyRate::default(), 0.0));
}

#[test]
fn the_difference_of_two_snapshots_is_a_run() {
    let meters = Meters::new(true, 1);
    let (stage, queue) = (meters.stage("chain", 1, vec!["blur".into()]), meters.queue("a-b", 2));
    let clock = stage.clock();
    let frame = || {
        meters.ledger.capture();
        clock.note_part(0, Spent { busy: Duration::from_micros(10), ..Spent::default() });
        clock.note(Spent { busy: Duration::from_micros(10), ..Spent::default() });
        meters.delivered(Instant::now() - Duration::from_millis(7), Instant::now());
        meters.ledger.deliver();
    };
    (0..3).for_each(|_| frame());
    // Nobody had asked.
    let first = meters.snapshot();
    queue.enter();
    frame();
    let second = meters.snapshot();
    (0..5).for_each(|_| frame());
    let run = meters.snapshot().since(&second, "threads", 1);
    // A clock answers a request after its next frame.
    assert_eq!((run.stages[0].frames, run.ledger.delivered), (1, 5), "{run:?}");
    assert!((run.queues[0].mean_depth - 1.0).abs() < 1e-6, "{:?}", run.queues);
    assert_eq!(run.stages[0].parts[0].name, "blur");
    assert!((run.latency_ms.p50 - 7.0).abs() < 5.0, "{:?}", run.latency_ms);
    assert_eq!(second.since(&first, "threads", 1).stages[0].frames, 4);
    drop(clock);
    assert_eq!(stage.report(Duration::from_secs(1)).frames, 9, "nothing is counted twice");
}

#[test]
fn frames_without_details_are_counted_and_the_details_before_stand_for_them() {
    let meter = StageMeter::new("s", 1, vec!["a".into()], true);
    let spent =
        |busy| Spent { busy: Duration::from_millis(busy), cpu: Duration::from_millis(busy / 2), ..Spent::default() };
    let clock = meter.clock();
    for _ in 0..3 {
        clock.note(spent(4));
        clock.note_part(0, spent(4));
    }
    meter.set_detailed(false);
    (0..9).for_each(|_| clock.note(spent(4)));
    drop(clock);
    let report = meter.report(Duration::from_millis(96));
    assert_eq!((report.frames, report.busy, report.parts[0].share), (12, 0.5, 1.0));
    assert!((report.cpu_s - 0.024).abs() < 1e-9 && (report.parts[0].cpu_s - 0.024).abs() < 1e-9, "{report:?}");
}

#[test]
fn meters_that_are_off_read_no_clock() {
    let stage = StageMeter::new("s", 1, Vec::new(), false);
    stage.clock().busy(|_| std::thread::sleep(Duration::from_millis(2)));
    let report = stage.report(Duration::from_millis(2));
    assert_eq!((report.frames, report.busy), (0, 0.0));
    let queue = Meters::new(false, 1).queue("a-b", 1);
    queue.enter();
    queue.leave();
    assert_eq!(queue.report().mean_depth, 0.0);
}

#[test]
fn this_machine_has_cores_and_memory() {
    let (here, around) = (Machine::here(), Before::now().since());
    assert!(here.cores > 0 && here.memory > 0 && here.capacity() > 0.0, "{here:?}");
    assert!(around.cores_online > 0 && around.cores_allowed > 0 && around.free_memory > 0, "{around:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(50))]

    #[test]
    fn a_time_line_is_bounded_and_keeps_every_frame(gaps_us in prop::collection::vec(0u64..9_000, 0..400)) {
        let meters = Meters::new(true, 1);
        meters.begin();
        let mut at = meters.begun_at();
        for gap in &gaps_us {
            at += Duration::from_micros(*gap);
            meters.delivered(at, at);
        }
        meters.end(at);
        let Some(timeline) = meters.run("threads", 1, None).timeline else {
            prop_assert_eq!(gaps_us.iter().sum::<u64>(), 0, "only what was no run has no time line");
            return Ok(());
        };
        prop_assert_eq!(timeline.delivered.iter().sum::<u64>(), gaps_us.len() as u64);
        prop_assert!(timeline.delivered.len() <= 120);
    }
}

/// The screen takes snapshots at the moment a run ends, too.
#[test]
fn a_run_is_summed_up_while_others_look_on() {
    let meters = Arc::new(Meters::new(true, 1));
    meters.stage("chain", 1, vec![]);
    meters.queue("a-b", 2);
    meters.begin();
    let (sender, ended) = channel();
    for looks_on in [true, false] {
        let (meters, sender) = (Arc::clone(&meters), sender.clone());
        spawn(move || {
            for _ in 0..3000 {
                if looks_on {
                    meters.snapshot();
                } else {
                    meters.run("threads", 1, None);
                }
            }
            sender.send(()).expect("the test waits");
        });
    }
    for _ in 0..2 {
        ended.recv_timeout(PATIENCE).expect("neither waits for the other for ever");
    }
}
