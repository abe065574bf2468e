//! Verdicts are right: where the slow stage is known, every strategy names it, and says what kind of slow it is.
//!
//! One test, because a run that is timed must not share the cores with another.

use crate::common::{Greedy, Slow, Work, run_with, settings};
use framerace::lab::report::{Conditions, Kind, Verdict, judge};
use framerace::strategy::{Strategy, faithful};

/// A pipeline with known costs.
#[derive(Debug)]
struct Case {
    source: Work,
    /// The filter in question, between two that are cheap.
    filter: Work,
    sink: Work,
    stage: &'static str,
    kind: Kind,
}

const SLOW: f64 = 12.0;
const FAST: f64 = 1.0;

fn cases() -> Vec<Case> {
    use Work::{Delay, None, Spin};
    let case = |source, filter, sink, stage, kind| Case { source, filter, sink, stage, kind };
    vec![
        case(Delay(SLOW), Delay(FAST), None, "capture", Kind::Source),
        case(Delay(SLOW), Spin(FAST), Delay(FAST), "capture", Kind::Source),
        case(Spin(SLOW), Spin(FAST), None, "capture", Kind::CpuBound),
        case(None, Delay(SLOW * 2.0), None, "delay", Kind::Waiting),
        case(Spin(FAST), Delay(SLOW * 2.0), Delay(FAST), "delay", Kind::Waiting),
        case(None, Spin(SLOW), None, "spin", Kind::CpuBound),
        case(Delay(FAST), Spin(SLOW), Delay(FAST), "spin", Kind::CpuBound),
        case(None, Delay(FAST), Delay(SLOW), "deliver", Kind::Sink),
        case(Spin(FAST), Spin(FAST), Delay(SLOW), "deliver", Kind::Sink),
        case(None, Delay(FAST), Spin(SLOW), "deliver", Kind::CpuBound),
        case(Delay(SLOW), Delay(SLOW), Delay(SLOW), "balanced", Kind::Balanced),
    ]
}

fn verdict(strategy: &dyn Strategy, case: &Case) -> Verdict {
    let filter = case.filter.filter().expect("a filter in question");
    let mut sink = Greedy { work: case.sink, ..Greedy::default() };
    let chain = format!("grayscale,{filter},threshold");
    let run = run_with(strategy, Slow::new(40, case.source), &chain, &mut sink, &settings());
    let run = run.unwrap_or_else(|error| panic!("{}: {error:#}", strategy.name()));
    judge(&run, &Conditions::cores(std::thread::available_parallelism().map_or(1.0, |n| n.get() as f64)))
}

/// Whether the verdict is right. Asked again if it is not: on a machine that others use too, the bottleneck of one run
/// may really have been somebody else.
fn is_right(strategy: &dyn Strategy, case: &Case) -> Result<(), String> {
    let kind = match (strategy.name(), case.stage) {
        // Under one lock, computing is waiting for one's turn to compute.
        ("global-lock", "spin") => Kind::Lock,
        _ => case.kind,
    };
    let mut last = String::new();
    for _ in 0..3 {
        let verdict = verdict(strategy, case);
        assert!(!verdict.evidence.is_empty() && !verdict.advice.is_empty(), "{verdict:?}");
        if (verdict.stage.as_str(), verdict.kind) == (case.stage, kind) {
            return Ok(());
        }
        last = format!("{} on {case:?}: {verdict:?}", strategy.name());
    }
    Err(last)
}

#[test]
fn the_known_bottleneck_is_named() {
    let cases = cases();
    let asked: Vec<_> =
        cases.iter().flat_map(|case| faithful().into_iter().map(move |strategy| is_right(strategy, case))).collect();
    let wrong: Vec<_> = asked.iter().filter_map(|answer| answer.as_ref().err()).map(String::as_str).collect();
    assert!(asked.len() >= 80, "{} cases", asked.len());
    assert!(wrong.is_empty(), "{} of {} are wrong:\n{}", wrong.len(), asked.len(), wrong.join("\n"));
}
