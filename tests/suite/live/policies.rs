//! Sources that do not wait: what is dropped is counted with its place, what is repeated is no new frame, latency counts
//! from a frame's arrival, and every ledger balances, whatever the strategy and the policy.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::common::child::wait_until;
use crate::common::{CLIP, Greedy, framerace, run_on, run_with, settings, stderr, stdout};
use anyhow::Result;
use framerace::frame::Timing;
use framerace::metrics::{Run, StageTimer};
use framerace::pipeline::{Overflow, Policies, Settings, Watch};
use framerace::run::run;
use framerace::sink::Null;
use framerace::source::{Input, OpenOptions, Source, SourceInfo, open};
use framerace::strategy::{STRATEGIES, find, of_any_source};
use opencv::core::Mat;

/// A camera of 30 FPS for three seconds.
const CAMERA: &str = "synthetic:320x240@30x90";

/// One worker, and this policy for every queue of this depth.
fn with(policy: Overflow, queue: usize) -> Settings {
    Settings { workers: 1, queue, overflow: Policies::all(policy), ..settings() }
}

fn on_camera(strategy: &str, settings: &Settings) -> Run {
    let run = run_on(find(strategy).expect("a strategy"), CAMERA, "delay=100", settings).expect(strategy);
    assert!(run.ledger.balances() && run.ledger.came() == 90, "{:?}", run.ledger);
    run
}

#[test]
fn latest_claims_what_it_repeats_and_ten_frames_a_second_are_new() {
    let run = on_camera("latest", &with(Overflow::Block, 4));
    let ledger = &run.ledger;
    // A worker that takes a tenth of a second a frame cannot do more in three.
    assert!((1..=32).contains(&ledger.new_frames()), "{ledger:?}");
    assert!(ledger.delivered > 2 * ledger.new_frames() && ledger.repeated == ledger.duplicate, "{ledger:?}");
    assert!(run.fps() < 11.0, "{}", run.fps());
    let places: Vec<_> = ledger.drops.iter().map(|drops| drops.place.as_str()).collect();
    assert!(places.starts_with(&["capture-chain"]), "{ledger:?}");
}

#[test]
fn with_drop_oldest_old_frames_are_dropped() {
    let run = on_camera("threads", &with(Overflow::DropOldest, 1));
    assert!(run.ledger.dropped > 0 && run.ledger.delivered > 0, "{:?}", run.ledger);
}

#[test]
fn with_block_frames_wait_no_longer_than_driver_and_queues_are_deep_and_the_rest_is_lost() {
    const DRIVER: usize = 4;
    let run = on_camera("threads", &with(Overflow::Block, 1));
    assert!(run.ledger.dropped == 0 && run.ledger.unread > 30, "{:?}", run.ledger);
    let most = (run.setup.in_flight + DRIVER) as f64 * run.stages[1].service_ms.max;
    assert!(run.latency_ms.p95 <= 1.1 * most, "{:?} {most}", run.latency_ms);
}

#[test]
fn every_strategy_balances_with_every_policy_and_keeps_the_order() {
    for strategy in STRATEGIES.iter().filter(|one| !one.needs_a_file() && !one.needs_several()) {
        for policy in Overflow::ALL {
            for memory in [None, Some(2 * 64 * 48 * 6)] {
                let settings = Settings { workers: 2, memory, ..with(policy, 1) };
                let input: Input = "synthetic:64x48@400x50".parse().unwrap();
                let (mut sink, chain) = (Greedy::default(), "grayscale,delay=6".parse().unwrap());
                let run = run(*strategy, &input, &chain, &mut sink, &settings, &Watch::default()).unwrap();
                let what = format!("{} with {policy}: {:?}", strategy.name(), run.ledger);
                assert!(run.ledger.balances() && run.ledger.came() == 50 && run.ledger.new_frames() > 0, "{what}");
                assert!(sink.seen.is_sorted(), "{what}");
                sink.seen.dedup();
                assert_eq!(sink.seen.len() as u64, run.ledger.new_frames(), "{what}");
                if policy == Overflow::Block && strategy.keeps_every_frame() {
                    assert_eq!(run.ledger.delivered + run.ledger.unread, 50, "{what}");
                }
                assert_eq!(run.buffers.made, 0, "{what}");
            }
        }
    }
}

#[test]
fn a_run_that_is_stopped_says_what_was_in_flight() {
    for strategy in STRATEGIES.iter().filter(|one| !one.needs_a_file() && !one.needs_several()) {
        for policy in Overflow::ALL {
            let (input, watch) = ("synthetic:64x48@300x100000".parse().unwrap(), Watch::default());
            let run = std::thread::scope(|s| {
                s.spawn(|| {
                    wait_until("frames", || watch.delivered() >= 5);
                    watch.stop();
                });
                let chain = "delay=8".parse().unwrap();
                run(*strategy, &input, &chain, &mut Null::default(), &with(policy, 2), &watch).unwrap()
            });
            assert!(run.ledger.balances(), "{} with {policy}: {:?}", strategy.name(), run.ledger);
        }
    }
}

/// synthetic frames with a rate, each sent several times, some of them lost before, and all old when they come.
struct Stutter {
    frames: Box<dyn Source>,
    info: SourceInfo,
    times: u64,
    next: u64,
    age: Option<Duration>,
    unread: u64,
    skips: Option<Arc<AtomicU64>>,
    latest: Mat,
}

impl Stutter {
    fn new(frames: u64, times: u64) -> Self {
        let input: Input = format!("synthetic:64x48@0x{frames}").parse().expect("an input");
        let frames = open(&input, &OpenOptions::default()).expect("frames");
        let info = SourceInfo { paced: true, fps: Some(200.0), ..frames.info().clone() };
        Self { frames, info, times, next: 0, age: None, unread: 0, skips: None, latest: Mat::default() }
    }
}

impl Source for Stutter {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn read(&mut self, image: &mut Mat, timer: &StageTimer<'_>) -> Result<Option<Timing>> {
        std::thread::sleep(Duration::from_millis(2));
        if self.next.is_multiple_of(self.times) && self.frames.read(&mut self.latest, timer)?.is_none() {
            return Ok(None);
        }
        opencv::core::MatTraitConst::copy_to(&self.latest, image)?;
        self.next += 1;
        let arrived = self.age.and_then(|age| Instant::now().checked_sub(age));
        Ok(Some(Timing { pts: Duration::from_millis(5 * self.next), arrived, ..Timing::default() }))
    }

    fn skip(&mut self) -> Result<bool> {
        let Some(skips) = &self.skips else { return Ok(false) };
        std::thread::sleep(Duration::from_millis(2));
        self.next += 1;
        skips.fetch_add(1, Relaxed);
        Ok(true)
    }

    fn unread(&self) -> u64 {
        self.unread
    }
}

#[test]
fn a_source_that_repeats_itself_delivers_duplicates() {
    for strategy in of_any_source() {
        let run = run_with(strategy, Stutter::new(12, 3), "grayscale", &mut Null::default(), &settings()).unwrap();
        let ledger = &run.ledger;
        let counts = (ledger.captured, ledger.delivered, ledger.duplicate, ledger.new_frames());
        assert_eq!(counts, (36, 36, 24, 12), "{}: {ledger:?}", strategy.name());
        assert!(ledger.balances() && run.steady_rate.frames <= 12, "{}: {run:?}", strategy.name());
    }
}

#[test]
fn latency_counts_from_the_arrival_and_what_was_not_read_is_told() {
    let source = Stutter { age: Some(Duration::from_secs(2)), unread: 7, ..Stutter::new(20, 1) };
    let run = run_with(STRATEGIES[1], source, "grayscale", &mut Null::default(), &settings()).unwrap();
    assert!(run.latency_ms.p50 >= 1980.0, "{:?}", run.latency_ms);
    assert_eq!((run.ledger.unread, run.ledger.came(), run.ledger.captured), (7, 27, 20));
}

#[test]
fn capture_throws_away_what_nobody_has_room_for() {
    // The only buffer is in the worker's hands, so nothing waits that could make room.
    let skips = Arc::new(AtomicU64::new(0));
    for skips in [None, Some(Arc::clone(&skips))] {
        let source = Stutter { skips, ..Stutter::new(60, 1) };
        let settings = Settings {
            memory: Some(64 * 48 * 6 + 100),
            limits: framerace::pipeline::Limits { frames: Some(60), duration: None },
            ..with(Overflow::DropOldest, 1)
        };
        let run = run_with(STRATEGIES[1], source, "delay=20", &mut Null::default(), &settings).unwrap();
        let at_capture = run.ledger.drops.iter().find(|drops| drops.place == "capture");
        assert!(at_capture.is_some_and(|drops| drops.frames > 10), "{:?}", run.ledger);
        assert!(run.ledger.balances() && run.ledger.captured == 60, "{:?}", run.ledger);
    }
    assert!(skips.load(Relaxed) > 10);
}

/// It must end with this code and a line that has these words.
fn refuses(arguments: &[&str], code: i32, words: &[&str]) {
    let output = framerace(arguments);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    assert!(words.iter().all(|word| said.contains(word)), "{arguments:?}: {said}");
}

#[test]
fn what_makes_no_sense_is_refused_in_a_line() {
    refuses(&["run", CLIP, "-s", "latest"], 1, &["latest cannot do this", "does not wait"]);
    refuses(&["run", CAMERA, "-s", "latest", "-o", "x.mp4"], 2, &["latest", "no video"]);
    refuses(&["run", CLIP, "--overflow", "drop-all"], 2, &["no policy 'drop-all'", "drop-newest"]);
    refuses(&["run", CLIP, "--overflow", "chain=block"], 2, &["no queue 'chain'", "did you mean chain-sink?"]);
}

#[test]
fn live_inputs_are_kept_up_with_unless_it_is_said_otherwise() {
    let run = |more: &[&str]| {
        let input = ["run", "synthetic:64x48@100x60", "-f", "grayscale,delay=40", "-w", "1", "--json", "-"];
        let output = framerace(&[&input[..], more].concat());
        let result: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a result");
        (result["strategies"][0].clone(), result["settings"].clone())
    };
    let (strategy, settings) = run(&[]);
    assert_eq!(
        (&settings["overflow"], &settings["queue"]),
        (&"drop-oldest after capture, then block".into(), &1.into())
    );
    assert_eq!(strategy["ledger"]["drops"][0]["place"], "capture-chain");
    assert!(strategy["live"]["possible_fps"].as_f64() > Some(1.0), "{}", strategy["live"]);
    assert!(strategy["verdict"]["evidence"].as_str().unwrap().contains("dropped by policy (drop-oldest)"));
    let (strategy, _) = run(&["--overflow", "block"]);
    let [delivered, unread] = ["delivered", "unread"].map(|count| strategy["ledger"][count].as_u64().expect("a count"));
    assert!(delivered + unread == 60 && unread > 20 && strategy["ledger"]["dropped"] == 0, "{}", strategy["ledger"]);
    let (strategy, _) = run(&["-s", "stages", "--overflow", "block,after grayscale=drop-newest", "-q", "1"]);
    assert_eq!(strategy["ledger"]["drops"][0]["policy"], "drop-newest");
    assert_eq!(strategy["ledger"]["drops"][0]["place"], "after grayscale");
}

#[test]
fn a_comparison_on_a_live_source_gives_both_answers() {
    let compare = ["compare", "synthetic:64x48@100x50", "-f", "grayscale,delay=2", "-s", "threads,latest"];
    let output = framerace(&[&compare[..], &["--rounds", "1", "--warmup", "2"]].concat());
    let shown = stdout(&output).replace('\n', " ");
    assert!(output.status.success(), "{}", stderr(&output));
    for words in [
        "frames a second came",
        "tied: ",
        "keep up with",
        "latest claims",
        "at full speed, on",
        "recorded frames",
        "possible",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let output = framerace(&[&compare[..], &["--rounds", "1", "--warmup", "0", "--no-race"]].concat());
    assert!(!stdout(&output).contains("at full speed"), "{}", stdout(&output));
}
