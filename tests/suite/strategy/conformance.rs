//! The same questions to every strategy: does it deliver the frames of `sequential`, all of them, in order, whatever
//! the input, the chain, the depth and the number of workers; and does it end as it should when something fails?

use std::time::Duration;

use crate::common::{CLIP, Greedy, Slow, Work, run_on, run_with, settings};
use framerace::filter::{Chain, Filter, FrameContext, Reach};
use framerace::lab::compare::{Plan, Rounds, compare};
use framerace::pipeline::{Settings, Watch};
use framerace::run::run;
use framerace::sink::Null;
use framerace::source::Input;
use framerace::strategy::{STRATEGIES, Strategy, faithful, of_any_source};
use opencv::core::Mat;

/// Asks every strategy that is to deliver every frame of any source. Those that need a file are asked in segments.rs.
fn every_strategy(ask: impl Fn(&dyn Strategy)) {
    of_any_source().into_iter().for_each(ask);
}

/// Every strategy must deliver what `sequential` delivers.
fn same_as_sequential(input: &str, chain: &str, settings: &Settings) {
    let baseline = run_on(STRATEGIES[0], input, chain, settings).expect("sequential");
    assert!(baseline.hash.is_some());
    let strategies = if input == CLIP { faithful() } else { of_any_source() };
    for strategy in strategies {
        let run = run_on(strategy, input, chain, settings).unwrap_or_else(|e| panic!("{}: {e:#}", strategy.name()));
        let what = format!("{} on {input} with {chain}", strategy.name());
        assert_eq!(run.ledger, baseline.ledger, "{what}");
        assert_eq!(run.hash, baseline.hash, "{what}");
        assert!(run.ledger.balances(), "{what}");
        assert_eq!(run.buffers.made, 0, "{what}: a buffer was made while frames were running");
    }
}

const CHAINS: &[&str] = &[
    "grayscale,blur=ksize=5,edges",
    "blur=type=median:ksize=7,edges=type=sobel",
    "blur=9:2.5,grayscale,edges=type=laplacian:ksize=5,threshold=40",
    "blur=type=box:ksize=3,blur=type=bilateral:ksize=5",
    "blur=type=bilateral:ksize=1,edges=type=laplacian:ksize=1",
    "resize=scale=0.5,grayscale,threshold=type=otsu,blur",
    "grayscale,resize=100:80,edges=type=sobel:ksize=7,blur=type=median,threshold",
    "delay=0,spin=0",
    "edges",
];

#[test]
fn made_up_frames_come_out_the_same() {
    for chain in CHAINS {
        same_as_sequential("synthetic:160x120@0x24", chain, &settings());
    }
}

#[test]
fn the_clip_comes_out_the_same() {
    for chain in &CHAINS[..3] {
        let mut settings = settings();
        settings.limits.frames = Some(20);
        same_as_sequential(CLIP, chain, &settings);
    }
}

#[test]
fn odd_sizes_and_single_channels_come_out_the_same() {
    for chain in CHAINS {
        same_as_sequential("synthetic:641x359@0x6", chain, &settings());
        same_as_sequential("synthetic:131x67@0x6?format=gray", chain, &settings());
    }
    same_as_sequential("synthetic:1x1@0x5", "grayscale,blur", &settings());
    same_as_sequential("synthetic:7x3@0x5", "blur=ksize=9,edges=type=sobel", &Settings { workers: 5, ..settings() });
}

#[test]
fn one_frame_and_no_frame_are_fine() {
    for frames in [0, 1] {
        let input = format!("synthetic:64x48@0x{frames}");
        same_as_sequential(&input, CHAINS[0], &settings());
        assert_eq!(run_on(STRATEGIES[0], &input, CHAINS[0], &settings()).unwrap().ledger.delivered, frames);
    }
}

#[test]
fn queues_of_one_and_more_workers_than_frames_are_fine() {
    same_as_sequential("synthetic:96x64@0x40", CHAINS[0], &Settings { queue: 1, ..settings() });
    same_as_sequential("synthetic:96x64@0x3", CHAINS[0], &Settings { workers: 9, ..settings() });
    same_as_sequential("synthetic:96x64@0x40", CHAINS[2], &Settings { workers: 1, queue: 1, ..settings() });
}

#[test]
fn room_for_a_single_frame_is_enough_and_less_is_an_error() {
    let one_frame = 160 * 120 * 3 * 4;
    same_as_sequential("synthetic:160x120@0x12", CHAINS[1], &Settings { memory: Some(one_frame), ..settings() });
    every_strategy(|strategy| {
        let settings = Settings { memory: Some(1000), ..settings() };
        let run = run_on(strategy, "synthetic:160x120@0x12", CHAINS[0], &settings);
        let error = format!("{:#}", run.expect_err(strategy.name()));
        assert!(error.contains("--mem"), "{}: {error}", strategy.name());
    });
}

#[test]
fn slow_frames_hold_back_the_order_but_not_the_run() {
    // Frame 0 takes long in one worker while the others go on.
    every_strategy(|strategy| {
        let mut sink = Greedy::default();
        let run =
            run_with(strategy, Slow::new(60, Work::None), "delay=2", &mut sink, &Settings { workers: 4, ..settings() });
        assert_eq!(run.unwrap().ledger.delivered, 60, "{}", strategy.name());
        assert_eq!(sink.seen, (0..60).collect::<Vec<_>>(), "{}", strategy.name());
    });
}

/// The run must end, and say what went wrong. How soon is asked in `tests/alone/timed/ending.rs`.
fn ends_with(
    strategy: &dyn Strategy,
    mut run: impl FnMut() -> anyhow::Result<framerace::metrics::Run>,
    words: &[&str],
) {
    let error = format!("{:#}", run().expect_err(strategy.name()));
    assert!(words.iter().all(|word| error.contains(word)), "{}: {error}", strategy.name());
}

#[test]
fn a_filter_that_fails_ends_the_run_with_its_name_and_the_frame() {
    for at in [0, 7, 399] {
        for (kind, word) in [("error", "as asked for"), ("panic", "panicked")] {
            every_strategy(|strategy| {
                if kind == "panic" && strategy.topology().isolates() {
                    // A panic takes its worker process down and not the run: see processes.rs.
                    return;
                }
                let chain = format!("grayscale,fault={kind}:{at},blur");
                let run = || run_on(strategy, "synthetic:64x48@0x400", &chain, &settings());
                ends_with(strategy, run, &["filter fault failed", &format!("at frame {at}"), word]);
            });
        }
    }
}

#[test]
fn a_filter_that_fails_while_everything_is_full_ends_the_run() {
    every_strategy(|strategy| {
        let run = || {
            run_on(strategy, "synthetic:64x48@0x100000", "delay=1,fault=at=40", &Settings { queue: 1, ..settings() })
        };
        ends_with(strategy, run, &["filter fault failed at frame 40"]);
    });
}

#[test]
fn a_source_that_fails_ends_the_run_with_its_reason() {
    every_strategy(|strategy| {
        let run = || run_with(strategy, Slow::failing_at(400, 50), "blur", &mut Greedy::default(), &settings());
        ends_with(strategy, run, &["the lens fell off"]);
    });
}

#[test]
fn a_sink_that_fails_ends_the_run_with_its_reason() {
    every_strategy(|strategy| {
        let run = || {
            let mut sink = Greedy { fails_at: Some(9), ..Greedy::default() };
            run_with(strategy, Slow::new(100_000, Work::None), "blur", &mut sink, &settings())
        };
        ends_with(strategy, run, &["the disk is full"]);
    });
}

#[test]
fn a_sink_that_has_enough_stops_capture() {
    every_strategy(|strategy| {
        let mut sink = Greedy { enough_after: Some(10), ..Greedy::default() };
        let run = run_with(strategy, Slow::new(1_000_000, Work::None), "blur", &mut sink, &settings()).unwrap();
        assert_eq!(sink.seen, (0..10).collect::<Vec<_>>(), "{}", strategy.name());
        assert_eq!(run.ledger.delivered, 10, "{}", strategy.name());
        // What was in flight is dropped, and there is a bound to that.
        assert!(run.ledger.captured < 40, "{}: {:?}", strategy.name(), run.ledger);
        assert!(run.ledger.balances(), "{}: {:?}", strategy.name(), run.ledger);
    });
}

#[test]
fn limits_stop_capture() {
    every_strategy(|strategy| {
        let mut settings = settings();
        settings.limits.frames = Some(7);
        let run = run_on(strategy, "synthetic:64x48@0x1000", "blur", &settings).unwrap();
        assert_eq!(run.ledger.delivered, 7, "{}", strategy.name());
        settings.limits = framerace::pipeline::Limits { frames: None, duration: Some(Duration::from_millis(60)) };
        let run = run_on(strategy, "synthetic:64x48@50x1000", "blur", &settings).unwrap();
        assert!((1..=6).contains(&run.ledger.delivered), "{}: {:?}", strategy.name(), run.ledger);
        assert!(run.ledger.balances() && run.ledger.dropped == 0, "{}: {:?}", strategy.name(), run.ledger);
    });
}

/// White becomes black.
struct Negative;

impl Filter for Negative {
    fn apply(&mut self, _: &FrameContext<'_>, input: &Mat, output: &mut Mat) -> anyhow::Result<()> {
        Ok(opencv::core::bitwise_not(input, output, &opencv::core::no_array())?)
    }

    fn reach(&self) -> Reach {
        Reach::Rows(0)
    }
}

/// A filter that says it keeps the size, and does not.
struct Liar;

impl Filter for Liar {
    fn apply(&mut self, _: &FrameContext<'_>, input: &Mat, output: &mut Mat) -> anyhow::Result<()> {
        Ok(opencv::core::transpose(input, output)?)
    }
}

#[test]
fn filters_of_your_own_run_wherever_memory_is_shared() {
    let input: Input = "synthetic:96x64@0x30".parse().unwrap();
    let chain = Chain::new().then("negative", || Negative).then("negative", || Negative);
    let plain = run_on(STRATEGIES[0], "synthetic:96x64@0x30", "blur=1", &settings()).unwrap();
    every_strategy(|strategy| {
        let run = run(strategy, &input, &chain, &mut Null::default(), &settings(), &Watch::default());
        if strategy.topology().isolates() {
            let error = format!("{:#}", run.expect_err(strategy.name()));
            assert!(error.contains("filters by name"), "{error}");
        } else {
            assert_eq!(run.unwrap().hash, plain.hash, "{}: twice negative is as before", strategy.name());
        }
    });
}

#[test]
fn a_comparison_leaves_out_who_cannot_do_the_work_and_says_why() {
    let plan = Plan {
        input: "synthetic:96x64@0x10".parse().unwrap(),
        chain: Chain::new().then("negative", || Negative),
        others: Vec::new(),
        strategies: of_any_source(),
        settings: settings(),
        rounds: Rounds::Fixed(2),
        preload: false,
        warmup: 2,
        seed: 7,
    };
    let mut steps = Vec::new();
    let comparison = compare(&plan, &Watch::default(), &mut |step| steps.push((step.round, step.strategy))).unwrap();
    let left_out: Vec<_> = comparison.left_out.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(left_out, ["processes", "processes-pipe"]);
    assert!(comparison.entries.iter().all(|entry| entry.runs.len() == 2));
    let round = |n| steps.iter().filter(|step| step.0 == n).map(|step| &step.1).collect::<Vec<_>>();
    assert_eq!(round(1).len(), comparison.entries.len(), "one round runs each once");
    assert_ne!(round(1), round(2), "rounds are shuffled");
}

#[test]
fn a_filter_that_writes_another_shape_than_it_says_is_caught() {
    let input: Input = "synthetic:96x64@0x10".parse().unwrap();
    let chain = Chain::new().then("liar", || Liar);
    every_strategy(|strategy| {
        if !strategy.topology().isolates() {
            let run = || run(strategy, &input, &chain, &mut Null::default(), &settings(), &Watch::default());
            ends_with(strategy, run, &["filter liar failed at frame", "64x96", "96x64"]);
        }
    });
}

#[test]
fn clocks_can_be_left_unread_and_frames_are_counted_still() {
    every_strategy(|strategy| {
        let settings = Settings { meters: false, ..settings() };
        let run = run_on(strategy, "synthetic:64x48@0x20", "blur", &settings).unwrap();
        assert_eq!(run.ledger.delivered, 20, "{}", strategy.name());
        assert!(run.stages.iter().all(|stage| stage.starved == 0.0 && stage.blocked == 0.0), "{}", strategy.name());
        assert_eq!((run.timeline, run.latencies), (None, None), "{}", strategy.name());
    });
}

#[test]
fn shares_of_a_stage_add_up_to_its_time_at_most() {
    every_strategy(|strategy| {
        let run = run_on(strategy, "synthetic:640x480@0x90", CHAINS[0], &settings()).unwrap();
        for stage in &run.stages {
            let all = stage.busy + stage.starved + stage.blocked + stage.locked;
            // A worker waits for the run to begin, too, which in a short run shows.
            assert!((0.0..1.15).contains(&all), "{}: {stage:?}", strategy.name());
            assert_eq!(stage.frames, 90, "{}: {stage:?}", strategy.name());
        }
        let names: Vec<_> = run.stages.iter().map(|stage| stage.name.as_str()).collect();
        assert_eq!((names.first(), names.last()), (Some(&"capture"), Some(&"sink")), "{}", strategy.name());
        assert!(run.latency_ms.max > 0.0 && run.cpu_s > 0.0 && run.peak_memory > 0, "{}", strategy.name());
        let timeline = run.timeline.expect("clocks were read");
        assert_eq!(timeline.delivered.iter().sum::<u64>(), 90, "{}: {timeline:?}", strategy.name());
        assert_eq!(timeline.queues.len(), run.queues.len(), "{}", strategy.name());
        for (line, queue) in timeline.queues.iter().zip(&run.queues) {
            assert_eq!(line.depth.len(), timeline.delivered.len(), "{}: {timeline:?}", strategy.name());
            let possible = 0.0..=queue.capacity as f64;
            assert!(line.depth.iter().all(|depth| possible.contains(depth)), "{}: {line:?}", strategy.name());
        }
        assert_eq!(run.latencies.expect("frames came").counts.iter().sum::<u64>(), 90, "{}", strategy.name());
    });
}

#[test]
fn frames_from_memory_are_the_frames_of_the_file() {
    let plan = |preload| Plan {
        input: CLIP.parse().unwrap(),
        chain: CHAINS[0].parse().unwrap(),
        others: Vec::new(),
        strategies: of_any_source(),
        settings: Settings { limits: framerace::pipeline::Limits { frames: Some(12), duration: None }, ..settings() },
        rounds: Rounds::Fixed(1),
        preload,
        warmup: 0,
        seed: 1,
    };
    let hashes = |preload| {
        let comparison = compare(&plan(preload), &Watch::default(), &mut |_| ()).unwrap();
        assert_eq!(comparison.source.reader.ends_with("preloaded"), preload);
        comparison.entries.iter().map(|entry| entry.runs[0].hash.clone()).collect::<Vec<_>>()
    };
    let (from_memory, from_file) = (hashes(true), hashes(false));
    assert_eq!(from_memory, from_file);
    assert!(from_memory.iter().all(|hash| hash.is_some() && *hash == from_memory[0]));
}

#[test]
fn rounds_end_when_the_order_is_settled_or_the_time_is_over() {
    let plan = |chain: &str, budget| Plan {
        input: "synthetic:64x48@0x30".parse().unwrap(),
        chain: chain.parse().unwrap(),
        others: Vec::new(),
        strategies: vec![STRATEGIES[0], STRATEGIES[1]],
        settings: settings(),
        rounds: Rounds::Settle { budget: Duration::from_millis(budget), precision: 0.01 },
        preload: false,
        warmup: 4,
        seed: 1,
    };
    // Two workers wait at once: twice as fast, beyond doubt.
    let settled = compare(&plan("delay=3", 20_000), &Watch::default(), &mut |_| ()).unwrap();
    assert!(settled.open.is_empty() && (6..20).contains(&settled.rounds), "{} rounds", settled.rounds);
    let cut_short = compare(&plan("delay=3", 250), &Watch::default(), &mut |_| ()).unwrap();
    assert!(cut_short.rounds < 6 && cut_short.took < Duration::from_secs(2), "{} rounds", cut_short.rounds);
    let open = cut_short.open;
    assert_eq!(open.len(), 1, "{open:?}");
}

#[test]
fn every_frame_counts_for_the_rate_or_is_left_out_of_it() {
    for meters in [true, false] {
        every_strategy(|strategy| {
            let settings = Settings { meters, ..settings() };
            let run = run_on(strategy, "synthetic:64x48@0x200", "blur", &settings).unwrap();
            let rate = run.steady_rate;
            let what = format!("{}: {rate:?}", strategy.name());
            assert_eq!(rate.first_left_out + rate.frames + rate.last_left_out, 200, "{what}");
            assert!(rate.frames >= 100 && rate.seconds > 0.0 && rate.seconds <= run.wall_s, "{what}");
            assert_eq!(run.fps(), rate.frames as f64 / rate.seconds, "{what}");
            let few = run_on(strategy, "synthetic:64x48@0x2", "blur", &settings).unwrap();
            assert_eq!(
                few.steady_rate.first_left_out + few.steady_rate.frames + few.steady_rate.last_left_out,
                2,
                "{}",
                strategy.name()
            );
        });
    }
}
