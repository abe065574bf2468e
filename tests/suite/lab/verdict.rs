//! Verdicts on made-up figures: where the slow stage is known it is named, with the kind of limit, in every topology.
//! Real runs of some of these cases are in `tests/alone/timed/verdicts.rs`.

use crate::common::Work::{self, Delay, None, Spin};
use crate::common::limits::{FAST, KnownLimit, SLOW};
use crate::common::made_up::{Joined, conditions, ideal};
use framerace::lab::report::{Kind, judge};
use framerace::metrics::Topology;

#[test]
fn the_known_limit_is_named() {
    // The filter in question is the second of the chain.
    for limit in [
        KnownLimit::new(Delay(SLOW), Delay(FAST), None, "capture", Kind::Source),
        KnownLimit::new(Delay(SLOW), Spin(FAST), Delay(FAST), "capture", Kind::Source),
        KnownLimit::new(Spin(SLOW), Spin(FAST), None, "capture", Kind::CpuBound),
        KnownLimit::new(None, Delay(SLOW * 2.0), None, "f1", Kind::Waiting),
        KnownLimit::new(Spin(FAST), Delay(SLOW * 2.0), Delay(FAST), "f1", Kind::Waiting),
        KnownLimit::new(None, Spin(SLOW), None, "f1", Kind::CpuBound),
        KnownLimit::new(Delay(FAST), Spin(SLOW), Delay(FAST), "f1", Kind::CpuBound),
        KnownLimit::new(None, Delay(FAST), Delay(SLOW), "sink", Kind::Sink),
        KnownLimit::new(Spin(FAST), Spin(FAST), Delay(SLOW), "sink", Kind::Sink),
        KnownLimit::new(None, Delay(FAST), Spin(SLOW), "sink", Kind::CpuBound),
        KnownLimit::new(Delay(SLOW), Delay(SLOW), Delay(SLOW), "balanced", Kind::Balanced),
    ] {
        for joined in [Joined::Sequential, Joined::Stages, Joined::Workers(1), Joined::Workers(2)] {
            // Two workers that wait as long as capture are not the limit.
            let filter = match joined {
                Joined::Workers(workers) if limit.kind == Kind::Balanced => times(limit.filter, workers as f64),
                _ => limit.filter,
            };
            let run = ideal(joined, limit.source, &[None, filter, None], limit.sink, |_| 1.0);
            let verdict = judge(&run, &conditions());
            assert_eq!((verdict.stage.as_str(), verdict.kind), (limit.stage, limit.kind), "{joined:?}, {limit:?}");
            assert!(!verdict.evidence.is_empty() && !verdict.advice.is_empty(), "{verdict:?}");
        }
    }
}

/// Its workers decode side by side, so that more threads of one decoder are no way out.
#[test]
fn segments_are_not_told_to_decode_with_more_threads() {
    for (topology, more_threads) in [(Topology::Workers, true), (Topology::Segments, false)] {
        let mut run = ideal(Joined::Workers(2), Spin(SLOW), &[Spin(FAST)], None, |_| 1.0);
        run.setup.topology = topology;
        let verdict = judge(&run, &conditions());
        assert_eq!((verdict.stage.as_str(), verdict.kind), ("capture", Kind::CpuBound));
        assert_eq!(verdict.advice.contains("--decode-threads"), more_threads, "{}", verdict.advice);
    }
}

fn times(work: Work, factor: f64) -> Work {
    if let Delay(ms) = work { Delay(ms * factor) } else { work }
}
