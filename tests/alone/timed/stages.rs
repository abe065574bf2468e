//! What stages, queues and the host say of work that takes known times: where the time went, who waited, who had no core,
//! what a process used.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use framerace::cancel::CancelToken;
use framerace::host::interference::ProcessorTimes;
use framerace::host::usage::{Resources, thread_cpu};
use framerace::metrics::{Meters, StageMeter};
use framerace::pipeline::bounded;

fn wait(ms: u64) {
    sleep(Duration::from_millis(ms));
}

#[test]
fn time_goes_where_it_was_spent() {
    let meter = StageMeter::new("s", 1, vec!["a".into(), "b".into()], true);
    let from = Instant::now();
    {
        let clock = meter.clock();
        clock.starved(|| wait(20));
        clock.busy(|timer| {
            wait(10);
            timer.split(0);
            timer.locked(|| wait(15));
            wait(30);
            timer.split(1);
        });
        clock.blocked(|| wait(20));
    }
    let report = meter.report(from.elapsed());
    assert_eq!(report.frames, 1);
    assert!(report.busy > report.starved && report.busy > report.blocked, "{report:?}");
    assert!(report.locked > 0.05, "{report:?}");
    let all = report.busy + report.starved + report.blocked + report.locked;
    assert!((0.95..=1.001).contains(&all), "shares add up to the wall: {all}");
    assert!(report.parts[1].share > report.parts[0].share, "{report:?}");
    assert!(report.cpu_s < 0.02, "sleeping is not CPU time: {report:?}");
}

#[test]
fn time_without_a_core_is_the_parts_that_had_none() {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let meter = StageMeter::new("s", 2 * cores + 1, vec!["sleeps".into(), "burns".into()], true);
    let crowd = || {
        let clock = meter.clock();
        clock.busy(|timer| {
            wait(1);
            timer.split(0);
            let begin = thread_cpu();
            while thread_cpu() - begin < Duration::from_millis(60) {}
            timer.split(1);
        });
    };
    std::thread::scope(|s| (0..2 * cores + 1).for_each(|_| drop(s.spawn(crowd))));
    let report = meter.report(Duration::from_secs(1));
    let [sleeps, burns] = &report.parts[..] else { panic!("two parts: {report:?}") };
    assert!(burns.cpu_wait > 0.2 && burns.cpu_wait > sleeps.cpu_wait && burns.cpu_wait <= burns.share, "{report:?}");
}

#[test]
fn a_queue_that_is_full_half_of_the_time() {
    let meter = Meters::new(true, 1).queue("a-b", 1);
    meter.enter();
    wait(40);
    meter.leave();
    wait(40);
    meter.enter();
    let report = meter.report();
    assert!((report.full - 0.5).abs() < 0.2, "{report:?}");
    assert!((report.empty + report.full - 1.0).abs() < 1e-6, "{report:?}");
    assert!((report.mean_depth - report.full).abs() < 1e-6, "{report:?}");
}

/// The shares of time that a sender was blocked and a receiver starved which pause this long before each of 20 numbers.
fn relay(send_ms: u64, receive_ms: u64) -> (f64, f64) {
    let (sender, receiver) = bounded(2, Meters::new(true, 1).queue("a-b", 2), CancelToken::default());
    let (from, to) = (StageMeter::new("a", 1, Vec::new(), true), StageMeter::new("b", 1, Vec::new(), true));
    let begin = Instant::now();
    std::thread::scope(|s| {
        let clock = from.clock();
        s.spawn(move || {
            (0..20).all(|n| {
                wait(send_ms);
                sender.send(n, &clock).is_continue()
            })
        });
        receiver.frames(&to.clock()).for_each(|_| wait(receive_ms));
    });
    let wall = begin.elapsed();
    (from.report(wall).blocked, to.report(wall).starved)
}

#[test]
fn a_fast_sender_is_blocked_and_a_slow_one_starves_the_receiver() {
    let (blocked, starved) = relay(0, 20);
    assert!(blocked > 0.5 && starved < 0.2, "blocked {blocked}, starved {starved}");
    let (blocked, starved) = relay(20, 0);
    assert!(blocked < 0.2 && starved > 0.5, "blocked {blocked}, starved {starved}");
}

#[test]
fn the_process_is_seen_to_use_what_it_uses() {
    // The process first: looking at it takes time, too.
    let (process, processors, thread) = (Resources::now(&[]), ProcessorTimes::now(), thread_cpu());
    while thread_cpu() - thread < Duration::from_millis(60) {}
    assert!(Resources::now(&[]).since(&process).cpu >= Duration::from_millis(60));
    let others = ProcessorTimes::now().since(&processors, Duration::ZERO).others;
    assert!(others > 0.0, "what is not counted as our own is that of others: {others}");
    let before = Resources::now(&[]);
    (0..20).for_each(|_| wait(1));
    assert!(Resources::now(&[]).since(&before).context_switches >= 20, "who sleeps switches");
    let before = Resources::now(&[]);
    (0..4).for_each(|_| drop(std::hint::black_box(vec![1_u8; 64 << 20])));
    let used = Resources::now(&[]).since(&before);
    assert!(used.minor_faults > 10_000 && used.system > Duration::from_millis(4), "the kernel's work: {used:?}");
}

/// A child that computes, says so, and ends when its input ends.
fn busy_child() -> Child {
    let mut shell = Command::new("sh");
    let loops = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo done; read end";
    let mut child = shell.args(["-c", loops]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a shell");
    child.stdout.as_mut().expect("a pipe").read_exact(&mut [0; 4]).expect("it is done");
    child
}

#[test]
fn what_a_child_used_counts_while_it_lives_and_after() {
    let before = Resources::now(&[]);
    let mut child = busy_child();
    let without = Resources::now(&[]);
    let alive = Resources::now(&[child.id()]).since(&without);
    assert!(alive.cpu > Duration::from_millis(20), "{alive:?}");
    assert!(alive.minor_faults > 50 && alive.context_switches > 0, "{alive:?}");
    assert!(without.since(&before).cpu < alive.cpu, "nobody waited for it");
    child.wait().expect("it ends");
    for known in [&[][..], &[child.id()], &[u32::MAX]] {
        let all = Resources::now(known).since(&before);
        assert!(all.cpu >= alive.cpu && all.minor_faults >= alive.minor_faults, "{all:?} {alive:?}");
        assert!(all.context_switches >= alive.context_switches, "{all:?} {alive:?}");
    }
}
