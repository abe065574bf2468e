//! Every kind of limit that can be brought about here is named in a real run. Those that `verdict.rs` asks of every
//! strategy (computing, waiting, source, sink, lock) are not asked again.
//!
//! One test, because a run that is timed must not share the cores with another.

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

/// Makes a run until its verdict is right: on a machine that others use too, the limit of one may really have been
/// somebody else.
fn is_named(stage: &str, kind: Kind, make: impl Fn() -> Result<Run>) {
    let mut last = String::new();
    for _ in 0..3 {
        let found = found(&make().expect("a run"));
        if (found[0].stage.as_str(), found[0].kind) == (stage, kind) {
            return;
        }
        last = format!("{found:#?}");
    }
    panic!("not {stage}, {kind}: {last}");
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
    is_named("fresh", Kind::PageFaults, || fresh(1));
    is_named("spin", Kind::TooManyWorkers, || chain("threads", "grayscale,spin=10", 4 * cores()));
    is_named("capture", Kind::Source, || {
        run_on(strategy("threads"), "synthetic:64x48@60x40", "grayscale,spin=1", &settings())
    });
    is_named("chain", Kind::LostWorkers, || chain("processes", "delay=4,fault=kind=abort:at=20:times=2", 2));

    // A chain whose filters wait for a lock although each of them mostly waits for something else.
    is_named("spin", Kind::Lock, || chain("global-lock", "delay=10,spin=8", 6));
    // More workers than the source can feed: the source it is.
    is_named("capture", Kind::Source, || {
        let settings = Settings { workers: 6, ..settings() };
        run_with(strategy("threads"), Slow::new(60, Work::Delay(8.0)), "delay=12", &mut Greedy::default(), &settings)
    });

    // Nobody stands out where all take equally long, and whoever is a quarter slower does.
    is_named("balanced", Kind::Balanced, || chain("stages", "delay=8,delay=8,delay=8", 2));
    is_named("delay-2", Kind::Waiting, || chain("stages", "delay=8,delay=10,delay=8", 2));
    // One thread has one chain, in which a filter is named that takes more than all others.
    is_named("chain", Kind::Waiting, || chain("sequential", "delay=8,delay=8,delay=8", 2));
    is_named("delay-2", Kind::Waiting, || chain("sequential", "delay=3,delay=10,delay=3", 2));
    // Cores full of work, of which one filter has most.
    is_named("spin-2", Kind::CpuBound, || chain("stages", "spin=5,spin=9,spin=7", 2));
}
