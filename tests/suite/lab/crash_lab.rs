//! The crash lab keeps its promises: whatever goes wrong, what was delivered is whole and in order, processes lose
//! nothing that could be done, and nobody is left behind.

use std::process::{Command, Output};
use std::time::Duration;

use crate::common::browser;
use framerace::child::WorkerCommand;
use framerace::lab::fault_injection::{CrashReport, FAULTS, FaultPlan, FaultTrial, find, run, to_html, to_table};
use framerace::lab::report::{Detail, ResultFile, Width};
use framerace::strategy::{STRATEGIES, find as find_strategy, of_any_source};
use serde_json::Value;

const BINARY: &str = env!("CARGO_BIN_EXE_framerace");

fn plan(input: &str, chain: &str) -> FaultPlan {
    crate::common::settings();
    FaultPlan {
        input: input.parse().expect("an input"),
        chain: chain.into(),
        strategies: of_any_source(),
        faults: FAULTS.iter().collect(),
        frames: 60,
        kills: 1,
        seed: 5,
        workers: 2,
        queue: 2,
        frame_timeout: Duration::from_millis(300),
        worker_command: WorkerCommand::new(BINARY),
    }
}

fn trials(plan: &FaultPlan) -> Vec<FaultTrial> {
    run(plan, &mut |_| ()).expect("a report").trials
}

#[test]
fn the_same_seed_hits_the_same_frames() {
    let at = |seed| {
        let plan = FaultPlan { seed, strategies: vec![STRATEGIES[0]], ..plan("synthetic:64x48@0x40", "grayscale") };
        let faults = ["panic", "abort", "slow"].map(|name| find(name).expect("a fault")).into();
        trials(&FaultPlan { faults, ..plan }).into_iter().map(|trial| trial.at).collect::<Vec<_>>()
    };
    assert_eq!(at(1), at(1));
    assert_ne!(at(1), at(2));
}

fn made_up() -> CrashReport {
    let survivor = FaultTrial {
        fault: "poison".into(),
        strategy: "processes".into(),
        at: 42,
        faults: 1,
        delivered: 99,
        lost: 1,
        missing: vec![42],
        in_order: true,
        same_pixels: true,
        recovery_ms: Some(123.4),
        workers_replaced: 3,
        exit: "0".into(),
        left_behind: 0,
        own_memory_mb: Some([20.0, 20.5]),
        descriptors: Some([13, 13]),
        said: String::new(),
        wall_s: 1.5,
        survived: true,
        kept_promise: true,
    };
    let hanging = FaultTrial {
        strategy: "threads".into(),
        delivered: 41,
        lost: 59,
        missing: Vec::new(),
        recovery_ms: None,
        workers_replaced: 0,
        exit: "hangs".into(),
        survived: false,
        ..survivor.clone()
    };
    let torn = FaultTrial {
        in_order: false,
        same_pixels: false,
        left_behind: 2,
        exit: "SIGSEGV".into(),
        strategy: "stages".into(),
        kept_promise: false,
        ..hanging.clone()
    };
    let [kill, killed] = [(&survivor, 40), (&hanging, 1)].map(|(trial, faults)| FaultTrial {
        fault: "kill".into(),
        faults,
        lost: 100 - trial.delivered - u64::from(trial.survived),
        delivered: trial.delivered + u64::from(trial.survived),
        exit: if trial.survived { "0".into() } else { "SIGKILL".into() },
        ..trial.clone()
    });
    CrashReport {
        schema: 1,
        framerace: "0.1.0".into(),
        machine: crate::common::made_up_machine(),
        opencv: crate::common::made_up_opencv(),
        input: "clip.mp4".into(),
        chain: "grayscale,blur".into(),
        frames: 100,
        workers: 4,
        queue: 4,
        frame_timeout_s: 0.5,
        seed: 1,
        trials: vec![kill, killed, survivor, hanging, torn],
    }
}

#[test]
fn the_table_is_as_it_is_kept_and_fits_a_terminal() {
    let text = to_table(&made_up(), Detail::Full, Width::default())
        + "\n"
        + &to_table(&made_up(), Detail::Brief, Width::default());
    crate::common::golden("tests/golden/crash-lab.txt", &text);
    let widest = text.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(80), "{widest:?}");
}

#[test]
fn the_schema_is_that_of_the_types_and_real_output_holds_to_it() {
    crate::common::golden("assets/crash-lab.schema.json", &CrashReport::schema().unwrap());
    assert_eq!(CrashReport::from_json(&made_up().to_json().unwrap(), "made up").unwrap(), made_up());
    let output = framerace(&["synthetic:64x48@0x40", "-s", "threads,processes", "--faults", "panic", "--json", "-"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).expect("nothing but JSON on standard output");
    let validator =
        jsonschema::validator_for(&serde_json::from_str(&CrashReport::schema().unwrap()).unwrap()).expect("a schema");
    assert!(validator.is_valid(&report), "{:?}", validator.iter_errors(&report).map(|e| e.to_string()).next());
}

fn framerace(arguments: &[&str]) -> Output {
    Command::new(BINARY).arg("crash-lab").args(arguments).output().expect("it starts")
}

#[test]
fn what_cannot_be_tried_is_refused() {
    for (arguments, code, words) in [
        (&["camera:0"][..], 1, &["camera:0", "never the same twice"][..]),
        (&["no/such.mp4"], 1, &["no file no/such.mp4"]),
        (&["synthetic:64x48@0x3"], 1, &["3 frames", "at least 8"]),
        (&["synthetic:64x48@0x40", "--faults", "flood"], 2, &["flood", "wrong-reply"]),
        (&["synthetic:64x48@0x40", "-f", "blurr"], 2, &["blurr"]),
        (&["synthetic:64x48@0x40", "-f", "fault=at=3"], 1, &["without a fault", "filter fault failed at frame 3"]),
    ] {
        let output = framerace(arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.lines().count() == 1 && said.starts_with("error: "), "{arguments:?}: {said}");
        assert!(words.iter().all(|word| said.contains(word)) && output.stdout.is_empty(), "{arguments:?}: {said}");
    }
}

/// Every fault, and one of them many times.
mod thorough {
    use super::*;

    #[test]
    fn every_strategy_keeps_its_promises_whatever_goes_wrong() {
        let trials = trials(&plan("synthetic:96x72@0x60", "grayscale,delay=3"));
        assert_eq!(
            trials.len(),
            FAULTS.len() * of_any_source().len() - (of_any_source().len() - 2),
            "wrong replies need processes"
        );
        for trial in &trials {
            assert!(trial.in_order && trial.same_pixels && trial.left_behind == 0 && trial.kept_promise, "{trial:?}");
            let isolates = find_strategy(&trial.strategy).expect("a strategy").topology().isolates();
            let expected = match trial.fault.as_str() {
                _ if isolates => "0",
                "slow" => "0",
                "panic" => "1",
                "abort" => "SIGABRT",
                "segfault" | "poison" => "SIGSEGV",
                "kill" => "SIGKILL",
                "hang" => "hangs",
                other => panic!("{other} cannot happen to {}", trial.strategy),
            };
            assert_eq!(trial.exit, expected, "{trial:?}");
            let lost = u64::from(trial.fault == "poison");
            if expected == "0" {
                assert_eq!((trial.lost, trial.missing.len() as u64), (lost, lost), "{trial:?}");
            } else {
                // All before the fault but those that were in flight; none after it but those already ahead.
                assert!(trial.lost > 0 && trial.delivered + 20 > trial.at, "{trial:?}");
            }
            if trial.fault == "panic" && !isolates {
                assert!(trial.said.contains("filter fault failed at frame"), "{}", trial.said);
            }
        }
    }

    #[test]
    fn two_hundred_kills_lose_no_frame_and_no_memory() {
        let plan = FaultPlan {
            strategies: ["processes", "processes-pipe"].map(|name| find_strategy(name).expect("a strategy")).into(),
            faults: vec![find("kill").expect("a fault")],
            frames: 2500,
            kills: 200,
            frame_timeout: Duration::from_secs(10),
            ..plan("synthetic:160x120@0x2500", "grayscale,delay=3,blur")
        };
        for trial in trials(&plan) {
            assert!(trial.survived && trial.in_order && trial.same_pixels && trial.left_behind == 0, "{trial:?}");
            assert_eq!((trial.delivered, trial.lost), (2500, 0), "{trial:?}");
            // Now and then nobody is alive to be killed.
            assert!(trial.faults >= 190 && trial.workers_replaced > 40, "{trial:?}");
            let ([before, after], [few, many]) = trial.own_memory_mb.zip(trial.descriptors).expect("figures");
            assert!(after < before + 4.0, "memory grew: {trial:?}");
            // Between two looks a worker may be on its way: its line, its standard error, and what starting it takes.
            assert!(many <= few + 12, "descriptors grew: {trial:?}");
        }
    }
}

#[test]
fn the_page_has_the_answer_and_every_trial_and_stands_in_a_browser() {
    let page = to_html(&made_up()).unwrap();
    assert_eq!(browser::result_in::<CrashReport>(&page), made_up());
    browser::answers_as(&page, &to_table(&made_up(), Detail::Full, Width::default()));
    let mut hostile = made_up();
    hostile.input = "<img src=x onerror=hacked=1></script>".into();
    hostile.trials[0].exit.clone_from(&hostile.input);
    let hostile = to_html(&hostile).unwrap();
    browser::holds_text_only(&hostile);
    let Some(chromium) = browser::chromium() else { return };
    browser::all_fine(chromium, &[page, hostile], include_str!("../../html/sheet.js"));
}
