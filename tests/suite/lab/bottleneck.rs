//! Over every pipeline of known costs that an ideal machine could run, the bottleneck is named where there is one, and
//! where there is none the verdict is "balanced".

use crate::common::Work;
use crate::common::made_up::{CORES, Joined, conditions, ideal};
use framerace::lab::report::{Kind, judge};
use proptest::prelude::*;

fn work(ms: f64, spins: bool) -> Work {
    if spins { Work::Spin(ms) } else { Work::Delay(ms) }
}

fn ms(work: Work) -> f64 {
    match work {
        Work::None => 0.0,
        Work::Delay(ms) | Work::Spin(ms) => ms,
    }
}

fn cpu(work: Work) -> f64 {
    if let Work::Spin(ms) = work { ms } else { 0.0 }
}

/// A pipeline whose clocks are up to two per cent off.
#[derive(Clone, Debug)]
struct Pipeline {
    joined: Joined,
    source: Work,
    filters: Vec<Work>,
    sink: Work,
    noise: [f64; 8],
}

impl Pipeline {
    fn verdict(&self) -> (String, Kind) {
        let run = ideal(self.joined, self.source, &self.filters, self.sink, |at| self.noise[at]);
        let verdict = judge(&run, &conditions());
        (verdict.stage, verdict.kind)
    }

    /// Milliseconds a frame of everything that can be the slowest, the slowest first; the chain of several workers is
    /// one.
    fn costs(&self) -> Vec<(String, f64, bool)> {
        let each = |(at, f): (usize, &Work)| (format!("f{at}"), ms(*f), cpu(*f) > 0.0);
        let mut costs: Vec<_> = match self.joined {
            Joined::Workers(_) | Joined::Sequential => {
                let workers = if let Joined::Workers(n) = self.joined { n } else { 1 };
                let all = self.filters.iter().copied().map(ms).sum::<f64>() / workers as f64;
                vec![("chain".to_owned(), all, false)]
            }
            Joined::Stages => self.filters.iter().enumerate().map(each).collect(),
        };
        for (name, end) in [("capture", self.source), ("sink", self.sink)] {
            costs.push((name.into(), ms(end), cpu(end) > 0.0));
        }
        costs.sort_by(|a, b| b.1.total_cmp(&a.1));
        costs
    }

    /// Milliseconds a frame of the cores.
    fn cores(&self) -> f64 {
        let all: f64 = self.filters.iter().chain([&self.source, &self.sink]).copied().map(cpu).sum();
        if self.joined == Joined::Sequential { 0.0 } else { all / CORES }
    }
}

fn pipelines() -> impl Strategy<Value = Pipeline> {
    let joined = prop_oneof![
        Just(Joined::Sequential),
        Just(Joined::Stages),
        Just(Joined::Workers(1)),
        Just(Joined::Workers(2)),
        Just(Joined::Workers(4))
    ];
    let works = || (0.5..20.0, any::<bool>()).prop_map(|(ms, spins)| work(ms, spins));
    let noise = prop::array::uniform8(0.98..1.02);
    (joined, works(), prop::collection::vec(works(), 1..5), works(), noise)
        .prop_map(|(joined, source, filters, sink, noise)| Pipeline { joined, source, filters, sink, noise })
}

proptest! {
    // Most pipelines are neither one thing nor the other, and are passed over.
    #![proptest_config(ProptestConfig {
        cases: 2000, max_global_rejects: 1_000_000, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn the_slowest_stage_is_named_where_it_stands_out(pipeline in pipelines()) {
        let costs = pipeline.costs();
        // The next is a quarter faster, and so are the cores.
        prop_assume!(costs[0].1 >= 1.25 * costs[1].1 && costs[0].1 >= 1.25 * pipeline.cores());
        let (stage, kind) = pipeline.verdict();
        if costs[0].0 == "chain" {
            // The filter in the chain that takes most of it may stand for it.
            let longest = pipeline.filters.iter().copied().map(ms).fold(0.0, f64::max);
            let named = stage.strip_prefix('f').and_then(|at| at.parse::<usize>().ok());
            prop_assert!(
                stage == "chain" || named.is_some_and(|at| ms(pipeline.filters[at]) == longest), "{stage}"
            );
        } else {
            prop_assert_eq!(&stage, &costs[0].0);
            let waits = match stage.as_str() {
                "capture" => Kind::Source,
                "sink" => Kind::Sink,
                _ => Kind::Waiting,
            };
            prop_assert_eq!(kind, if costs[0].2 { Kind::CpuBound } else { waits });
        }
    }

    #[test]
    fn cores_full_of_work_are_the_limit(pipeline in pipelines()) {
        prop_assume!(pipeline.cores() >= 1.25 * pipeline.costs()[0].1);
        let (_, kind) = pipeline.verdict();
        prop_assert!(matches!(kind, Kind::CpuBound | Kind::Balanced), "{kind:?}");
    }

    #[test]
    fn equal_stages_are_balanced(
        stages in any::<bool>(), spins in any::<bool>(), n in 1_usize..5, cost in 0.5..20.0, noise in prop::array::uniform8(0.98..1.02)
    ) {
        let one = work(cost, spins);
        let joined = if stages { Joined::Stages } else { Joined::Sequential };
        // One thread's stages are equal if all its filters together take as long as each end.
        let filter = if stages { one } else { work(cost / n as f64, spins) };
        let pipeline = Pipeline { joined, source: one, filters: vec![filter; n], sink: one, noise };
        prop_assert_eq!(pipeline.verdict(), ("balanced".to_owned(), Kind::Balanced));
    }
}
