//! Several inputs in one run, asked of every strategy: each comes out as it does alone, its ledger balances and so does the
//! sum. That none is served less than the others is asked in `tests/alone/timed/inputs.rs`.

use std::path::Path;

use crate::common::inputs::run_all;
use crate::common::{framerace, run_on, settings, stderr};
use framerace::metrics::Run;
use framerace::pipeline::{Policies, Settings};
use framerace::strategy::{STRATEGIES, Strategy};

/// Those that can do with several inputs of any kind that wait.
fn every_strategy() -> impl Iterator<Item = &'static dyn Strategy> {
    STRATEGIES.iter().copied().filter(|strategy| strategy.keeps_every_frame() && !strategy.needs_a_file())
}

fn check_sums(run: &Run, what: &str) {
    assert!(run.ledger.balances(), "{what}: {:?}", run.ledger);
    let sum = |count: fn(&framerace::metrics::LedgerReport) -> u64| {
        run.inputs.iter().map(|input| count(&input.ledger)).sum::<u64>()
    };
    for input in &run.inputs {
        assert!(input.ledger.balances(), "{what}: {:?}", input.ledger);
    }
    assert_eq!(run.ledger.captured, sum(|ledger| ledger.captured), "{what}");
    assert_eq!(run.ledger.delivered, sum(|ledger| ledger.delivered), "{what}");
    assert_eq!(run.ledger.dropped, sum(|ledger| ledger.dropped), "{what}");
    assert_eq!(run.ledger.unread, sum(|ledger| ledger.unread), "{what}");
}

#[test]
fn inputs_of_different_sizes_and_chains_come_out_as_each_does_alone() {
    let inputs = [
        ("synthetic:160x120@0x40", "grayscale,blur=ksize=5,edges"),
        ("synthetic:64x48@0x70?format=gray", "blur=type=median:ksize=7"),
        ("synthetic:321x99@0x25", "resize=scale=0.5,grayscale"),
    ];
    let alone: Vec<_> = inputs
        .iter()
        .map(|(input, chain)| run_on(STRATEGIES[0], input, chain, &settings()).expect("sequential"))
        .collect();
    for settings in [settings(), Settings { queue: 1, workers: 3, ..settings() }] {
        for strategy in every_strategy() {
            let run = run_all(strategy, &inputs, &settings).unwrap_or_else(|e| panic!("{}: {e:#}", strategy.name()));
            assert_eq!(run.inputs.len(), 3);
            for (input, alone) in run.inputs.iter().zip(&alone) {
                let what = format!("{}: {}", strategy.name(), input.input);
                assert_eq!(input.hash, alone.hash, "{what}");
                assert_eq!(input.ledger, alone.ledger, "{what}");
                assert!(input.fps() > 0.0 && input.latency_ms.p95 > 0.0, "{what}");
            }
            check_sums(&run, strategy.name());
            assert!(run.fps() > 0.0 && run.latency_ms.p95 > 0.0 && run.stage("chain").is_some_or_stages(), "{run:?}");
        }
    }
}

trait StageOrStages {
    fn is_some_or_stages(&self) -> bool;
}

impl StageOrStages for Option<&framerace::metrics::StageReport> {
    /// `stages` has a stage for each filter instead of one for the chain.
    fn is_some_or_stages(&self) -> bool {
        self.is_none_or(|stage| stage.frames == 135)
    }
}

#[test]
fn files_come_out_as_each_does_alone() {
    let clip = crate::common::CLIP;
    let mut settings = settings();
    settings.limits.frames = Some(20);
    let alone = run_on(STRATEGIES[0], clip, "grayscale,blur", &settings).expect("sequential");
    let file_only = STRATEGIES.iter().copied().filter(|strategy| strategy.needs_a_file());
    for strategy in every_strategy().chain(file_only) {
        let run = run_all(strategy, &[(clip, "grayscale,blur"); 2], &settings)
            .unwrap_or_else(|error| panic!("{}: {error:#}", strategy.name()));
        check_sums(&run, strategy.name());
        assert!(run.inputs.iter().all(|input| input.hash == alone.hash), "{}", strategy.name());
    }
}

/// Recorded cameras of different rates, each with what it gives alone.
fn twins(folder: &Path, count: usize) -> Vec<(String, Run)> {
    let twin = |number: usize| {
        let path = folder.join(format!("{number}.twin"));
        let camera = format!("synthetic:64x48@{}x12", 30 + 7 * number);
        let output = framerace(&["record", &camera, "--twin", path.to_str().expect("UTF-8")]);
        assert!(output.status.success(), "{}", stderr(&output));
        let name = format!("twin:{}", path.display());
        let alone = run_on(STRATEGIES[0], &name, "grayscale,blur", &settings()).expect("alone");
        (name, alone)
    };
    (0..count).map(twin).collect()
}

#[test]
fn live_inputs_of_different_rates_are_all_accounted_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let twins = twins(folder.path(), 8);
    for count in [2, 4, 8] {
        let inputs: Vec<_> = twins[..count].iter().map(|(name, _)| (name.as_str(), "grayscale,blur")).collect();
        for policy in [Policies::default(), Policies::live()] {
            for strategy in STRATEGIES.iter().copied().filter(|strategy| !strategy.needs_a_file()) {
                let settings = Settings { overflow: policy.clone(), ..settings() };
                let run = run_all(strategy, &inputs, &settings)
                    .unwrap_or_else(|error| panic!("{}: {error:#}", strategy.name()));
                let what = format!("{} of {count} with {policy}", strategy.name());
                check_sums(&run, &what);
                for (input, (name, alone)) in run.inputs.iter().zip(&twins) {
                    assert_eq!(input.ledger.came(), alone.ledger.came(), "{what}: {name}: {:?}", input.ledger);
                    if input.ledger.lost() + alone.ledger.lost() == 0 && strategy.keeps_every_frame() {
                        assert_eq!(input.hash, alone.hash, "{what}: {name}");
                    }
                }
            }
        }
    }
}

#[test]
fn one_that_fails_ends_the_run_with_its_name() {
    let inputs = [("synthetic:64x48@0x100000", "delay=1"), ("synthetic:64x48@0x400", "fault=at=40")];
    for strategy in every_strategy() {
        let error = format!("{:#}", run_all(strategy, &inputs, &settings()).expect_err(strategy.name()));
        assert!(error.contains("filter fault failed at frame 40"), "{}: {error}", strategy.name());
    }
}
