//! Workers that attack: no frame is lost or changed without a word, nothing waits longer than its limit, nothing is left.

use std::process::{Command, Stdio};
use std::thread::scope;

use crate::common::child::{BINARY, Running, wait_until};
use crate::hostile::{Hostile, alone, impatient, right};
use framerace::pipeline::Settings;

/// After each of these a worker is replaced.
const REPLACED: &[&str] = &[
    "quits-at-its-start",
    "greets-in-depth",
    "is-silent",
    "stops",
    "exits",
    "kills-itself",
    "leaves-its-leader",
    "hangs-up",
    "hangs-up-half",
    "floods-stderr",
    "never-reads",
    "drips-its-answer",
    "drips-its-image",
    "sends-half-an-image",
    "sends-half-a-message",
    "sends-nothing",
    "sends-a-huge-message",
    "says-it-is-ready-again",
    "says-goodbye-early",
    "answers-for-another-frame",
    "answers-for-another-slot",
    "answers-with-another-shape",
    "says-it-took-for-ever",
    "says-it-took-an-hour",
    "answers-twice",
];

/// These do no harm: the worker is kept, or only the end of its stderr is left out.
const HARMLESS: &[&str] = &[
    "scribbles-over-inputs",
    "scribbles-over-finished-outputs",
    "cuts-the-memory",
    "sends-descriptors",
    "forks-and-leaves",
    "lives-for-ever",
    "never-ends",
    "says-goodbye-with-2^64-seconds",
];

fn survives(strategy: &str, attack: &str, replaced: bool) {
    let hostile = Hostile::new(attack, 2);
    let run = hostile.run(strategy, &impatient()).unwrap_or_else(|error| panic!("{strategy}, {attack}: {error:#}"));
    assert_eq!(hostile.attacked(), 2, "{strategy}, {attack}");
    assert_eq!((&run.hash, &run.ledger), (&right().hash, &right().ledger), "{strategy}, {attack}: {:?}", run.losses);
    assert!(run.losses.poison.is_empty(), "{strategy}, {attack}: {:?}", run.losses);
    // A worker that cannot even start is no loss of a frame's worker.
    if replaced && !attack.starts_with("quits") && !attack.starts_with("greets") {
        assert!(run.losses.workers >= 1, "{strategy}, {attack}: nobody noticed");
    }
    for stage in &run.stages {
        assert!(stage.cpu_s < 60.0 && stage.service_ms.max < 60_000.0, "{strategy}, {attack}: {stage:?}");
    }
    assert!(run.buffers.made < 1000 && run.buffers.last_at_frame < 1000, "{strategy}, {attack}: {:?}", run.buffers);
    let said = run.losses.first.iter().chain(&run.sandbox);
    assert!(!said.clone().any(|text| obeyed(text)), "{strategy}, {attack}: {:?}", said.collect::<Vec<_>>());
}

/// Whether a terminal would obey a part of it.
fn obeyed(text: &str) -> bool {
    text.contains(|c: char| c.is_control() || c == '\u{202e}')
}

/// Asks some at once: most of their time they wait.
fn each(attacks: &[&str], ask: impl Fn(&str) + Sync) {
    for some in attacks.chunks(5) {
        scope(|s| {
            for attack in some {
                s.spawn(|| ask(attack));
            }
        });
    }
}

#[test]
fn no_attack_through_shared_memory_costs_or_changes_a_frame() {
    each(REPLACED, |attack| survives("processes", attack, true));
    each(HARMLESS, |attack| survives("processes", attack, false));
}

#[test]
fn no_attack_through_pipes_costs_or_changes_a_frame() {
    each(REPLACED, |attack| survives("processes-pipe", attack, true));
    each(HARMLESS, |attack| survives("processes-pipe", attack, false));
}

#[test]
fn a_message_is_not_taken_for_a_signal() {
    for attack in ["sends-nothing", "hangs-up", "hangs-up-half"] {
        let run = Hostile::new(attack, 1).run("processes", &alone()).expect("others do it");
        let said = run.losses.first.join("\n");
        assert!(!said.contains("SIGKILL") && run.losses.workers == 1, "{attack}: {said}");
    }
}

#[test]
fn a_refusal_is_said_without_what_a_terminal_would_obey() {
    for strategy in ["processes", "processes-pipe"] {
        let error = Hostile::new("escapes", 2).run(strategy, &impatient()).expect_err("a filter's error ends the run");
        let said = format!("{error:#}");
        assert!(said.contains("room") && !obeyed(&said), "{said:?}");
    }
}

#[test]
fn all_workers_hostile_end_the_run_with_the_reason() {
    let error = Hostile::new("answers-for-another-frame", 10_000).run("processes", &alone());
    match error {
        // Each does three frames before it lies, so the run may get to its end.
        Ok(run) => assert_eq!(run.hash, right().hash),
        Err(error) => assert!(format!("{error:#}").contains("wrong answer"), "{error:#}"),
    }
}

#[test]
fn a_second_worker_finds_wrong_pixels() {
    for strategy in ["processes", "processes-pipe"] {
        let settings = Settings { verify_workers: 1.0, ..alone() };
        let run = Hostile::new("makes-wrong-pixels", 1).run(strategy, &settings).expect("others do it");
        assert_eq!((&run.hash, &run.ledger), (&right().hash, &right().ledger), "{strategy}");
        let said = run.losses.first.join("\n");
        assert!(said.contains("at frame") && said.contains("made other pixels of it than worker process"), "{said}");
        assert!(run.notes.iter().any(|note| note.starts_with("40 frames were done by a second")), "{:?}", run.notes);
    }
}

#[test]
fn a_worker_that_wants_to_live_for_ever_ends_with_its_killed_parent() {
    for strategy in ["processes", "processes-pipe"] {
        let hostile = Hostile::new("lives-for-ever", 2);
        let mut command = Command::new(BINARY);
        command.args(["run", "synthetic:64x48@0x100000", "-f", "delay=1", "-s", strategy, "-w", "2", "--no-progress"]);
        command.envs(hostile.variables()).stdout(Stdio::null()).stderr(Stdio::null());
        let parent = Running::start(&mut command);
        wait_until("workers", || hostile.attacked() == 2 && hostile.processes().len() == 3);
        // Some frames are done: its library has done what it could.
        std::thread::sleep(std::time::Duration::from_millis(300));
        parent.kill();
        wait_until("workers end with their parent", || hostile.processes().is_empty());
    }
}
