//! Verdicts are right on a real machine: where the slow stage is known, strategies of every topology name it and say what
//! kind of slow it is. All cases, on made-up figures, are in `tests/suite/lab/verdict.rs`.

use super::rounds::{Case, most_often};
use crate::common::limits::{FAST, KnownLimit, SLOW};
use crate::common::{Greedy, Slow, Work, run_with, settings};
use framerace::lab::report::{Conditions, Kind, judge};
use framerace::strategy::{Strategy, find};

/// One of each kind of limit.
fn limits() -> [KnownLimit; 5] {
    use Work::{Delay, None, Spin};
    [
        KnownLimit::new(Delay(SLOW), Spin(FAST), Delay(FAST), "capture", Kind::Source),
        KnownLimit::new(Spin(FAST), Delay(SLOW * 2.0), Delay(FAST), "delay", Kind::Waiting),
        KnownLimit::new(Delay(FAST), Spin(SLOW), Delay(FAST), "spin", Kind::CpuBound),
        KnownLimit::new(Spin(FAST), Spin(FAST), Delay(SLOW), "sink", Kind::Sink),
        KnownLimit::new(None, Delay(FAST), Spin(SLOW), "sink", Kind::CpuBound),
    ]
}

fn verdict(strategy: &dyn Strategy, limit: &KnownLimit) -> (String, Kind) {
    let filter = limit.filter.filter().expect("a filter in question");
    let mut sink = Greedy { work: limit.sink, ..Greedy::default() };
    let chain = format!("grayscale,{filter},threshold");
    let run = run_with(strategy, Slow::new(40, limit.source), &chain, &mut sink, &settings());
    let run = run.unwrap_or_else(|error| panic!("{}: {error:#}", strategy.name()));
    let cores = std::thread::available_parallelism().map_or(1.0, |n| n.get() as f64);
    let verdict = judge(&run, &Conditions::cores(cores));
    assert!(!verdict.evidence.is_empty() && !verdict.advice.is_empty(), "{verdict:?}");
    (verdict.stage, verdict.kind)
}

fn case(name: &'static str, limit: KnownLimit) -> Case<'static, (String, Kind)> {
    let kind = match (name, limit.stage) {
        // Under one lock, computing is waiting for one's turn to compute.
        ("global-lock", "spin") => Kind::Lock,
        _ => limit.kind,
    };
    let strategy = find(name).expect("a strategy");
    (format!("{name} on {limit:?}"), (limit.stage.to_owned(), kind), Box::new(move || verdict(strategy, &limit)))
}

#[test]
fn the_known_limit_is_named_on_a_real_machine() {
    let strategies = ["sequential", "stages", "threads", "global-lock", "processes"];
    let cases: Vec<_> = limits().into_iter().flat_map(|limit| strategies.map(|name| case(name, limit))).collect();
    most_often(&cases);
}
