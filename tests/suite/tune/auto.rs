//! `-s auto`: what is chosen for work of known cost, and what is said about it. No figure here is timed by the test.

use std::thread::available_parallelism;
use std::time::Duration;

use crate::common::{CLIP, framerace, settings, stderr};
use framerace::filter::Chain;
use framerace::pipeline::{Settings, Watch};
use framerace::sink::video::VideoOptions;
use framerace::source::Input;
use framerace::tune::{Calibration, Choice, choose};

fn cores() -> usize {
    available_parallelism().map_or(1, usize::from)
}

fn all_cores() -> Settings {
    Settings { workers: cores(), ..settings() }
}

fn chosen(input: &str, chain: &str) -> Choice {
    let (input, chain): (Input, Chain) = (input.parse().expect("an input"), chain.parse().expect("a chain"));
    choose(&input, &chain, &all_cores(), Duration::from_millis(500)).expect("a choice")
}

#[test]
fn who_waits_for_the_source_needs_no_second_thread() {
    let choice = chosen("synthetic:64x48@50x100", "grayscale");
    assert!(choice.candidate.strategy.name() == "sequential" || choice.candidate.workers == 1, "{}", choice.why);
    assert!(choice.why.contains("prediction is from 6 frames"), "{}", choice.why);
}

#[test]
fn what_is_too_short_or_cannot_be_read_twice_goes_by_a_rule_of_thumb() {
    for (input, because) in [
        ("synthetic:64x48@0x5", "5 frames are too few to try anything out"),
        ("camera:7", "camera:7 gives no frame twice, so nothing could be tried out"),
    ] {
        let choice = chosen(input, "grayscale");
        let rest = choice.why.strip_prefix(&format!("threads with {} worker", cores())).expect("its first words");
        assert!(rest.ends_with(&format!(" and 1 decoder thread; by rule of thumb: {because}")), "{}", choice.why);
        assert_eq!(
            (choice.candidate.strategy.name(), choice.candidate.workers, choice.candidate.decode_threads),
            ("threads", cores(), 1)
        );
    }
}

#[test]
fn a_file_that_cannot_be_cut_is_not_read_in_segments() {
    // It has one key picture.
    let choice = chosen(CLIP, "grayscale");
    assert_ne!(choice.candidate.strategy.name(), "segments", "{}", choice.why);
}

#[test]
fn what_is_given_is_no_question() {
    let (input, chain) = ("synthetic:64x48@0x100000".parse().unwrap(), "grayscale,delay=5".parse().unwrap());
    let settings = all_cores();
    let budget = Duration::from_millis(300);
    let calibration = Calibration { workers: Some(3), budget, ..Calibration::new(&input, &chain, &settings) };
    let choice = calibration.choose(&Watch::default()).expect("a choice");
    assert_eq!(choice.candidate.workers, 3, "{}", choice.why);
    let settings = choice.candidate.settings(&settings);
    assert_eq!((settings.workers, settings.open.decode_threads), (3, 1));
}

#[test]
fn who_shares_the_machine_keeps_to_its_share() {
    // Three threads, and two of the decoder, are quicker as long as nobody else is at work.
    let (input, chain) = (CLIP.parse().unwrap(), "blur=ksize=9,blur=ksize=9,blur=ksize=9".parse().unwrap());
    let settings = Settings { workers: 1, ..settings() };
    let calibration = Calibration { workers: Some(1), shared: true, ..Calibration::new(&input, &chain, &settings) };
    let choice = calibration.choose(&Watch::default()).expect("a choice");
    assert_ne!(choice.candidate.strategy.name(), "stages", "{}", choice.why);
    assert_eq!((choice.candidate.workers, choice.candidate.decode_threads), (1, 1), "{}", choice.why);
}

#[test]
fn trials_of_an_encoder_leave_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.mkv");
    let (input, chain) = ("synthetic:64x48@0x2000".parse().unwrap(), "grayscale".parse().unwrap());
    let (settings, video) = (all_cores(), VideoOptions::default());
    let calibration = Calibration {
        output: Some((&output, &video)),
        budget: Duration::from_millis(300),
        ..Calibration::new(&input, &chain, &settings)
    };
    calibration.choose(&Watch::default()).expect("a choice");
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);
    let nowhere = folder.path().join("no/such/out.mkv");
    let calibration = Calibration { output: Some((&nowhere, &video)), ..calibration };
    let error = calibration.choose(&Watch::default()).err().expect("it cannot be written");
    assert!(format!("{error:#}").contains("no/such/out.mkv"), "{error:#}");
}

#[test]
fn what_cannot_be_run_is_told_in_a_line() {
    let error = |input: &str, chain: &str| {
        let (input, chain) = (input.parse().unwrap(), chain.parse().unwrap());
        format!("{:#}", choose(&input, &chain, &all_cores(), Duration::from_secs(1)).err().expect("it cannot"))
    };
    assert!(error("no/such.mp4", "grayscale").contains("no file no/such.mp4"));
    assert!(error("synthetic:64x48@0x500", "fault=at=2").contains("fault"));
}

#[test]
fn run_says_what_it_chose_and_keeps_it_and_compare_refuses() {
    let ran = framerace(&["run", CLIP, "-f", "grayscale", "-s", "auto", "--json", "-", "--no-progress"]);
    let result: serde_json::Value = serde_json::from_slice(&ran.stdout).expect("a result");
    let why = result["settings"]["auto"].as_str().expect("why").to_owned();
    let said = stderr(&ran);
    assert!(said.lines().any(|line| line == format!("auto: {why}")), "{said}");
    assert!(why.starts_with(result["strategies"][0]["name"].as_str().expect("a name")), "{why}");
    let decoders = format!("{} decoder thread", result["settings"]["decode_threads"]);
    assert!(why.contains(&decoders), "{why}");

    let refused = framerace(&["compare", CLIP, "-s", "threads,auto"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("auto is for run and batch"), "{}", stderr(&refused));
    let refused = framerace(&["run", CLIP, "-s", "auto", "--preload"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("name a strategy"), "{}", stderr(&refused));
}
