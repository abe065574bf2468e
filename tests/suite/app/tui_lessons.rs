//! `demo --live` and `demo --tour` in a real terminal. Nothing here is about speed; what should be on the screen is waited
//! for.

use crate::common::child::{signal, wait_for, wait_until};
use crate::common::tmux::Terminal;
use crate::common::{CLIP, framerace, stderr};
use rustix::process::Signal;

#[test]
fn a_lesson_is_changed_by_keys_and_predicts_what_that_gives() {
    let Some(terminal) = Terminal::new(80, 24) else { return };
    terminal.does("demo --live");
    terminal.shows(&[
        "framerace  bottleneck · 320x240",
        "claim    The slowest stage sets the pace",
        "step 1/4 Three filters take 4, 12 and 6 ms",
        "strategy stages",
        "predicted    83.3 FPS   measured",
        "from 22.0 ms a frame declared",
        "[n]ext step",
        "verdict delay-2: waiting",
    ]);
    measured(&terminal);
    terminal.keys(&["Right", "Up"]);
    terminal.shows(&["+50 %", "ms a frame before"]);
    measured(&terminal);
    terminal.keys(&["n"]);
    terminal.shows(&["step 2/4", "+100 %", "ms a frame before"]);
    measured(&terminal);
    for step in ["step 3/4", "step 4/4", "step 1/4"] {
        terminal.keys(&["n"]);
        terminal.shows(&[step]);
    }
    terminal.keys(&["q"]);
    let text =
        terminal.shows(&["bottleneck", " 2  strategy stages, workers 1, queue 4, overflow block", "+50 %", "code 0"]);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    terminal.is_given_back(0);
}

/// Waits for a figure beside the prediction.
fn measured(terminal: &Terminal) {
    wait_for(|| {
        let screen = terminal.screen();
        let figure = screen.lines().find_map(|line| line.split_once("measured")?.1.split_once("FPS"));
        let measured = figure.is_some_and(|(fps, _)| fps.trim().parse::<f64>().is_ok());
        if measured {
            Ok(())
        } else {
            Err(format!(
                "a measured figure in:
{screen}"
            ))
        }
    });
}

#[test]
fn a_tour_plays_every_step_and_ends_by_itself() {
    let Some(terminal) = Terminal::new(80, 24) else { return };
    terminal.does("demo overlap --tour --pace 0.5 > shown");
    terminal.is_given_back(1);
    terminal.does("demo overlap --tour --pace 0.5");
    terminal.shows(&["step 1/4 One worker waits 40 ms"]);
    terminal.shows(&["code 0"]);
    let text = terminal.screen();
    for (number, words) in [(1, "One worker"), (2, "Four workers"), (3, "Sixteen workers"), (4, "One thread alone")] {
        assert!(text.contains(&format!("\n {number}  {words}")), "{text}");
    }
    let figures: Vec<_> = text.lines().filter(|line| line.trim_start().starts_with("predicted ")).collect();
    assert_eq!(figures.len(), 4, "{text}");
    assert!(figures[0].contains("predicted 25.0 FPS · measured "), "{text}");
    for figures in &figures[1..] {
        // Waits need no core: what is predicted comes about on any machine, but somebody else may hold it up.
        let number = |after: &str| -> f64 {
            let rest = figures.split_once(after).map_or("", |(_, rest)| rest);
            rest.split_once(" FPS").and_then(|(number, _)| number.parse().ok()).unwrap_or(f64::NAN)
        };
        let (predicted, measured) = (number("predicted "), number("measured "));
        assert!(predicted > 0.0 && measured > 0.0, "{text}");
        assert!(figures.contains(" · delay: waiting for I/O"), "{text}");
    }
    terminal.is_given_back(0);
}

/// The frames that the screen says were delivered.
fn delivered(terminal: &Terminal) -> u64 {
    let screen = terminal.screen();
    let before = screen.lines().find_map(|line| line.split_once(" delivered")).map_or("", |line| line.0);
    before.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[test]
fn a_tour_waits_for_who_takes_the_keys_and_goes_from_lesson_to_lesson() {
    let Some(terminal) = Terminal::new(80, 40) else { return };
    terminal.does("demo --tour --pace 0.5");
    terminal.shows(&["framerace  sequential", "step 1/4", "running"]);
    terminal.keys(&["w"]);
    terminal.shows(&["workers 2", "the tour waits for you"]);
    // However long it takes: these frames take longer than a step.
    let before = delivered(&terminal);
    wait_until("more frames", || delivered(&terminal) > before + 100);
    terminal.shows(&["step 1/4", "workers 2"]);
    for _ in 0..4 {
        terminal.keys(&["n"]);
    }
    terminal.shows(&["framerace  overlap", "step 1/4"]);
    terminal.keys(&["q"]);
    terminal.shows(&["sequential", "code 0"]);
    terminal.is_given_back(0);
}

#[test]
fn a_lesson_on_the_screen_is_interrupted_as_any_run() {
    let Some(terminal) = Terminal::new(80, 24) else { return };
    terminal.does("demo queue --tour");
    terminal.shows(&["step 1/5", "verdict delay"]);
    terminal.keys(&["C-c"]);
    terminal.shows(&[" 1  A camera gives 200 frames", "error: interrupted; what was shown until then is above"]);
    terminal.is_given_back(130);
    terminal.keys(&["clear; sh -c 'echo $$ > pid; exec $FRAMERACE demo fake-fps --live'; echo code $?", "Enter"]);
    terminal.shows(&["step 1/4", "it claims "]);
    let pid = std::fs::read_to_string(terminal.folder.path().join("pid")).unwrap();
    signal(pid.trim().parse().unwrap(), Signal::TERM);
    terminal.is_given_back(130);
}

#[test]
fn a_lesson_is_shown_on_the_users_own_frames() {
    let Some(terminal) = Terminal::new(120, 40) else { return };
    terminal.does(&format!("demo amdahl --live --color never --input {CLIP}"));
    terminal.shows(&["framerace  amdahl on ", "bigbuckbunny.mp4", "strategy global-lock", "step 1/4"]);
    measured(&terminal);
    terminal.keys(&["q"]);
    terminal.is_given_back(0);
    terminal.does("demo amdahl --live --input none.mp4");
    terminal.shows(&["error: ", "none.mp4"]);
    terminal.is_given_back(1);
}

#[test]
fn what_cannot_be_shown_says_what_can() {
    for (arguments, words) in [
        (&["demo", "spawn", "--live"][..], "it has no pipeline to show; those that have: sequential, overlap, "),
        (&["demo", "crash", "--tour"], "it has no pipeline to show; those that have: sequential, "),
        (&["demo", "all", "--live"], "one lesson is shown, by its name: sequential, overlap, "),
        (&["demo", "list", "--tour"], "one lesson is shown, by its name: sequential, "),
        (&["demo", "queue", "--live", "--tour"], "--live"),
        (&["demo", "queue", "--tour", "--rounds", "2"], "--rounds"),
        (&["demo", "queue", "--pace", "2"], "--tour"),
    ] {
        let output = framerace(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(stderr(&output).lines().count(), 1, "{}", stderr(&output));
        assert!(stderr(&output).contains(words), "{arguments:?}: {}", stderr(&output));
    }
}
