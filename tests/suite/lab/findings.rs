//! Every check finds what is just above its threshold, and not what is just below.

use crate::common::made_up::{conditions, part, run, stage, three};
use framerace::lab::report::{CHECKS, Conditions, Finding, Kind, findings, judge};
use framerace::metrics::Run;

/// What a check says of a run.
fn of(check: &str, run: &Run) -> Option<Finding> {
    assert!(CHECKS.iter().any(|known| known.name == check), "there is no check {check}");
    findings(run, &conditions()).into_iter().find(|finding| finding.check == check)
}

/// The verdict in short.
fn verdict(run: &Run) -> (String, Kind) {
    let verdict = judge(run, &conditions());
    (verdict.stage, verdict.kind)
}

fn is(stage: &str, kind: Kind) -> (String, Kind) {
    (stage.into(), kind)
}

#[test]
fn lost_workers() {
    let lost = |ms: f64| {
        let mut run = three(2, [0.1, 0.5, 0.1], [0.0; 3]);
        (run.losses.workers, run.losses.recovery_ms.mean) = (2, ms);
        run
    };
    // Two workers were there for two seconds in all, and missing twice.
    assert_eq!(verdict(&lost(110.0)), is("chain", Kind::LostWorkers));
    assert_eq!(of("lost-workers", &lost(90.0)), None);
}

#[test]
fn too_many_workers() {
    let crowd = |workers, cpu_wait: f64| {
        let mut run = three(workers, [0.1, 1.0, 0.1], [0.1, 1.8, 0.05]);
        run.stages[1].cpu_wait = cpu_wait;
        run
    };
    assert_eq!(verdict(&crowd(4, 0.51)), is("chain", Kind::TooManyWorkers));
    assert_eq!(verdict(&crowd(4, 0.49)), is("chain", Kind::CpuBound));
    assert_eq!(of("too-many-workers", &crowd(2, 0.51)), None, "no more than there are cores");
    let mut shared = crowd(4, 0.8);
    (shared.cpu_s, shared.interference.others) = (0.5, 0.7);
    assert_eq!(verdict(&shared), is("chain", Kind::TooManyWorkers));
}

#[test]
fn full_cores_and_who_fills_them() {
    let busy = |chain_s: f64| three(2, [0.2, 0.8, 0.1], [0.1, chain_s, 0.0]);
    assert!(of("full-cores", &busy(1.71)).is_some_and(|found| found.verdict.evidence.contains("could do 110 FPS")));
    assert_eq!(of("full-cores", &busy(1.69)), None);
    // Of the CPU time most is in a filter that does not take most of the time.
    let mut mixed = busy(1.75);
    mixed.stages[1].parts = vec![part("delay", 0.6, 0.1), part("spin", 0.4, 1.65)];
    assert_eq!(verdict(&mixed), is("spin", Kind::CpuBound));
}

#[test]
fn cores_that_two_stages_fill_equally() {
    // Whoever is at its own ceiling, too, is the one to look at; where both are, nobody is.
    let two = |busy: [f64; 3]| three(2, busy, [0.95, 0.98, 0.0]);
    assert_eq!(verdict(&two([0.96, 0.5, 0.0])), is("capture", Kind::CpuBound));
    assert_eq!(verdict(&two([0.96, 0.95, 0.0])), is("balanced", Kind::Balanced));
}

#[test]
fn page_faults() {
    let faulty = |faults: f64, system_s: f64, cpu_s: f64| {
        let mut run = three(1, [0.1, 0.9, 0.1], [0.05, cpu_s, 0.05]);
        (run.steady_faults, run.system_s) = (Some(faults), system_s);
        run
    };
    // A hundred frames of 2200 faults at 1.25 µs take 0.275 s of one.
    assert_eq!(verdict(&faulty(2200.0, 0.5, 0.9)), is("chain", Kind::PageFaults));
    let costly = of("page-faults", &faulty(1800.0, 0.5, 0.9)).unwrap();
    assert!(!costly.limits && (costly.share - 0.225).abs() < 1e-9, "{costly:?}");
    assert_eq!(verdict(&faulty(1800.0, 0.5, 0.9)), is("chain", Kind::CpuBound));
    assert!(of("page-faults", &faulty(420.0, 0.5, 0.9)).is_some());
    assert_eq!(of("page-faults", &faulty(380.0, 0.5, 0.9)), None);
    assert_eq!(of("page-faults", &faulty(2200.0, 0.04, 0.9)), None, "the kernel had no time for that");
    // Who waits is not held up by what computing costs.
    assert_eq!(verdict(&faulty(2200.0, 0.5, 0.1)), is("chain", Kind::Waiting));
    assert_eq!(of("page-faults", &Run { steady_faults: None, ..faulty(2200.0, 0.5, 0.9) }), None);
}

#[test]
fn a_lock() {
    let line = |locked: f64, cpu_s: f64| {
        let mut run = three(2, [0.1, 0.95 - locked, 0.1], [0.0, cpu_s, 0.0]);
        run.stages[1].locked = locked;
        run
    };
    assert_eq!(verdict(&line(0.25, 0.6)), is("chain", Kind::Lock));
    assert_eq!(of("lock", &line(0.23, 0.6)), None);
    // A lock that is always held needs no long line.
    assert_eq!(verdict(&line(0.05, 0.91)), is("chain", Kind::Lock));
    assert_eq!(of("lock", &line(0.05, 0.89)), None);
    assert_eq!(of("lock", &line(0.04, 0.91)), None);
}

#[test]
fn the_lock_is_held_by_who_computes() {
    let mut run = three(4, [0.1, 0.75, 0.1], [0.0, 0.95, 0.0]);
    run.stages[1].locked = 0.2;
    run.stages[1].parts = vec![part("delay", 0.67, 0.0), part("spin", 0.33, 0.95)];
    assert_eq!(verdict(&run), is("spin", Kind::Lock));
}

#[test]
fn ends_that_wait_and_ends_that_compute() {
    let capture = |cpu_s| three(2, [0.95, 0.4, 0.1], [cpu_s, 0.0, 0.0]);
    assert_eq!(verdict(&capture(0.46)), is("capture", Kind::Source));
    assert_eq!(verdict(&capture(0.49)), is("capture", Kind::CpuBound));
    let deliver = |cpu_s| three(2, [0.1, 0.4, 0.95], [0.0, 0.0, cpu_s]);
    assert_eq!(verdict(&deliver(0.46)), is("sink", Kind::Sink));
    assert_eq!(verdict(&deliver(0.49)), is("sink", Kind::CpuBound));
}

#[test]
fn filters_that_wait_and_filters_that_compute() {
    let filter = |cpu_s| three(2, [0.1, 0.9, 0.1], [0.0, cpu_s, 0.0]);
    assert_eq!(verdict(&filter(0.88)), is("chain", Kind::Waiting));
    assert_eq!(verdict(&filter(0.92)), is("chain", Kind::CpuBound));
    // One that stands out in the chain is judged by its own CPU time.
    let mut mixed = filter(1.0);
    mixed.stages[1].parts = vec![part("delay", 0.54, 0.0), part("spin", 0.46, 1.0)];
    assert_eq!(verdict(&mixed), is("delay", Kind::Waiting));
    mixed.stages[1].parts = vec![part("delay", 0.52, 0.0), part("spin", 0.48, 1.0)];
    assert_eq!(verdict(&mixed), is("chain", Kind::CpuBound));
}

#[test]
fn balanced_or_not() {
    let two = |second| verdict(&three(2, [0.9, second, 0.1], [0.0; 3]));
    assert_eq!(two(0.82), is("balanced", Kind::Balanced));
    assert_eq!(two(0.8), is("capture", Kind::Source));
    assert_eq!(verdict(&three(2, [0.0; 3], [0.0; 3])), is("balanced", Kind::Balanced));
    let untimed = judge(&run(1, Vec::new()), &conditions());
    assert!(untimed.advice.contains("meters"), "{untimed:?}");
}

#[test]
fn one_thread_for_everything_is_limited_by_its_largest_stage() {
    let alone = |shares: [f64; 2]| {
        let mut run = three(1, [0.3, 0.7, 0.0], [0.0; 3]);
        run.stages[1].parts = vec![part("a", shares[0], 0.0), part("b", shares[1], 0.0)];
        run.queues.clear();
        run
    };
    assert_eq!(verdict(&alone([0.54, 0.46])), is("a", Kind::Waiting));
    assert_eq!(verdict(&alone([0.52, 0.48])), is("chain", Kind::Waiting));
    let mut capture = alone([0.54, 0.46]);
    (capture.stages[0].busy, capture.stages[1].busy) = (0.52, 0.48);
    assert_eq!(verdict(&capture), is("balanced", Kind::Balanced));
    (capture.stages[0].busy, capture.stages[1].busy) = (0.55, 0.45);
    assert_eq!(verdict(&capture), is("capture", Kind::Source));
}

#[test]
fn time_without_a_core_is_not_the_stages_own() {
    let disturbed = |cpu_wait: f64| {
        let stages = vec![
            stage("capture", 1, 0.1, 0.0),
            stage("spin", 1, 0.95, 0.95 - cpu_wait),
            stage("delay", 1, 0.75, 0.0),
            stage("sink", 1, 0.0, 0.0),
        ];
        let mut run = run(2, stages);
        (run.stages[1].cpu_wait, run.interference.others) = (cpu_wait, 0.5);
        run
    };
    assert_eq!(of("no-core", &disturbed(0.1)), None);
    assert_eq!(verdict(&disturbed(0.1)), is("spin", Kind::CpuBound));
    // By itself it could do more than the one that waits.
    assert_eq!(verdict(&disturbed(0.4)), is("delay", Kind::Waiting));
    let mut alone = disturbed(0.2);
    alone.stages[2].busy = 0.2;
    let found = of("no-core", &alone).unwrap();
    assert!(
        found.verdict.kind == Kind::NoCore && !found.limits && found.verdict.evidence.contains("50 %"),
        "{found:?}"
    );
    alone.stages[1].cpu_wait = 0.18;
    assert_eq!(of("no-core", &alone), None);
}

#[test]
fn hidden_threads() {
    let run = three(2, [0.3, 0.97, 0.1], [0.1, 1.75, 0.05]);
    let with = |opencv_threads, decode_threads| {
        let conditions = Conditions { opencv_threads, decode_threads, ..conditions() };
        findings(&run, &conditions).into_iter().find(|finding| finding.check == "hidden-threads")
    };
    assert_eq!(with(1, 1), None);
    assert!(
        with(2, 1)
            .is_some_and(|found| found.verdict.stage == "chain" && found.verdict.advice.contains("--cv-threads 1"))
    );
    assert!(
        with(1, 2).is_some_and(
            |found| found.verdict.stage == "capture" && found.verdict.advice.contains("--decode-threads 1")
        )
    );
    let one = three(1, [0.3, 0.97, 0.1], [0.1, 0.9, 0.05]);
    let few = Conditions { opencv_threads: 2, ..conditions() };
    assert!(!findings(&one, &few).iter().any(|finding| finding.check == "hidden-threads"), "two threads, two cores");
}

#[test]
fn context_switches() {
    let restless = |switches| Run { context_switches: switches, ..three(2, [0.1, 0.9, 0.1], [0.0, 1.0, 0.0]) };
    // At 2 µs each.
    assert!(of("context-switches", &restless(26_000)).is_some_and(|found| found.verdict.kind == Kind::ContextSwitches));
    assert_eq!(of("context-switches", &restless(24_000)), None);
}

#[test]
fn what_limits_comes_before_what_costs_and_the_evidence_is_whole() {
    let mut run = three(2, [0.2, 0.95, 0.1], [0.0, 1.0, 0.0]);
    run.context_switches = 100_000;
    run.stages[0].blocked = 0.8;
    (run.queues[0].full, run.queues[1].empty) = (0.9, 0.95);
    let found = findings(&run, &conditions());
    assert_eq!(found.iter().map(|f| f.check.as_str()).collect::<Vec<_>>(), ["computing", "context-switches"]);
    assert_eq!(found[0].verdict, judge(&run, &conditions()));
    assert_eq!(
        found[0].verdict.evidence,
        "chain (2 workers) is busy 95 % of the time, capture is blocked 80 %, sink is starved 90 %; \
         the queue before it is full 90 %; the queue after it is empty 95 %; chain could do 105 FPS, capture 500"
    );
}
