//! Every kind of limit that can be brought about here is named in a real run. `verdicts.rs` asks several
//! strategies for the usual ones (computing, waiting, source, sink, lock).

use super::rounds::{Case, most_often};
use crate::common::{Greedy, Slow, Work, run_on, run_with, settings};
use anyhow::Result;
use framerace::filter::{Chain, Filter, FrameContext};
use framerace::lab::report::{Conditions, Finding, Kind, findings};
use framerace::metrics::Run;
use framerace::pipeline::{Settings, Watch};
use framerace::run::run;
use framerace::sink::Null;
use framerace::strategy::{Strategy, find};
use opencv::core::Mat;

fn strategy(name: &str) -> &'static dyn Strategy {
    find(name).expect("a strategy")
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn found(run: &Run) -> Vec<Finding> {
    findings(run, &Conditions::cores(cores() as f64))
}

type NamedLimit = Case<'static, (String, Kind)>;

/// A run, and the stage and kind of limit that are first among its findings.
fn case(stage: &str, kind: Kind, make: impl Fn() -> Result<Run> + 'static) -> NamedLimit {
    let ask = move || {
        let first = found(&make().expect("a run")).swap_remove(0);
        (first.verdict.stage, first.verdict.kind)
    };
    (format!("{stage}, {kind}"), (stage.to_owned(), kind), Box::new(ask))
}

/// Takes new memory for every frame, too much for the allocator to keep, and writes a byte to each page.
struct Fresh;

impl Filter for Fresh {
    fn apply(&mut self, _: &FrameContext<'_>, input: &Mat, output: &mut Mat) -> Result<()> {
        let mut memory = vec![0_u8; 40 << 20];
        memory.iter_mut().step_by(4096).for_each(|byte| *byte = 1);
        std::hint::black_box(&memory);
        Ok(opencv::core::MatTraitConst::copy_to(input, output)?)
    }
}

fn fresh(workers: usize) -> Result<Run> {
    let chain = Chain::new().then("fresh", || Fresh);
    let settings = Settings { workers, queue: 1, ..settings() };
    let input = "synthetic:64x48@0x80".parse()?;
    run(strategy("threads"), &input, &chain, &mut Null::default(), &settings, &Watch::default())
}

fn chain(strategy_name: &str, text: &str, workers: usize) -> Result<Run> {
    run_on(strategy(strategy_name), "synthetic:64x48@0x60", text, &Settings { workers, ..settings() })
}

#[test]
fn every_kind_is_named() {
    most_often(&[
        case("fresh", Kind::PageFaults, || fresh(1)),
        case("spin", Kind::TooManyWorkers, || chain("threads", "grayscale,spin=10", 4 * cores())),
        case("capture", Kind::Source, || {
            run_on(strategy("threads"), "synthetic:64x48@60x40", "grayscale,spin=1", &settings())
        }),
        case("chain", Kind::LostWorkers, || chain("processes", "delay=4,fault=kind=abort:at=20:times=2", 2)),
        // A chain whose filters wait for a lock although each of them mostly waits for something else.
        case("spin", Kind::Lock, || chain("global-lock", "delay=10,spin=8", 6)),
        // More workers than the source can feed: the source limits.
        case("capture", Kind::Source, || {
            let settings = Settings { workers: 6, ..settings() };
            let source = Slow::new(60, Work::Delay(8.0));
            run_with(strategy("threads"), source, "delay=12", &mut Greedy::default(), &settings)
        }),
        // No stage is the limit where all take equally long; one that is a quarter slower is.
        case("balanced", Kind::Balanced, || chain("stages", "delay=8,delay=8,delay=8", 2)),
        case("delay-2", Kind::Waiting, || chain("stages", "delay=8,delay=10,delay=8", 2)),
        // One thread has one chain, in which a filter is named that takes more than all others.
        case("chain", Kind::Waiting, || chain("sequential", "delay=8,delay=8,delay=8", 2)),
        case("delay-2", Kind::Waiting, || chain("sequential", "delay=3,delay=10,delay=3", 2)),
        // Cores full of work, of which one filter has most.
        case("spin-2", Kind::CpuBound, || chain("stages", "spin=5,spin=9,spin=7", 2)),
    ]);
}
