//! Clocks that cost too much look less closely and say so; what they say stays true.

use crate::common::{framerace, run_on, settings, stderr, stdout};
use framerace::strategy::of_any_source;

#[test]
fn of_tiny_frames_only_wall_time_is_read() {
    for strategy in of_any_source() {
        let run = run_on(strategy, "synthetic:16x16@0x4000", "grayscale,blur", &settings()).expect("it runs");
        let what = format!("{}: {run:?}", strategy.name());
        // Through pipes a tiny frame costs more than all clocks.
        if strategy.name() == "sequential" || strategy.name() == "threads" {
            assert!(run.clocks_too_expensive > Some(0.01) && run.meter_share > 0.0, "{what}");
        }
        for stage in &run.stages {
            assert_eq!(stage.frames, 4000, "{what}");
            let all = stage.busy + stage.starved + stage.blocked + stage.locked;
            assert!((0.0..1.15).contains(&all) && stage.cpu_wait <= 1.0, "{what}");
            let parts: f64 = stage.parts.iter().map(|part| part.share).sum();
            assert!(stage.parts.is_empty() || (parts - 1.0).abs() < 1e-6, "{what}");
        }
        // CPU time of all stages is no more than there was, give or take what stands for the rest.
        let cpu: f64 = run.stages.iter().map(|stage| stage.cpu_s).sum();
        assert!(cpu <= run.cpu_s * 2.0, "{what}");
    }
}

#[test]
fn of_frames_that_take_their_time_everything_is_read() {
    for name in ["sequential", "threads", "processes"] {
        let strategy = framerace::strategy::find(name).expect("a strategy");
        let run = run_on(strategy, "synthetic:64x48@0x80", "spin=4,grayscale", &settings()).expect(name);
        assert!(run.clocks_too_expensive.is_none(), "{name}: {run:?}");
    }
}

#[test]
fn a_user_is_told_what_clocks_cost_and_what_is_not_timed() {
    let output = framerace(&["run", "synthetic:16x16@0x4000", "-s", "sequential", "-v"]);
    let (said, shown) = (stderr(&output), stdout(&output));
    assert!(said.contains("note: clocks cost") && said.contains("parts of stages"), "{said}");
    assert!(shown.contains("measuring cost"), "{shown}");
    let output = framerace(&["run", "synthetic:64x48@0x40", "-f", "spin=4", "--no-meters", "-v"]);
    assert!(stderr(&output).is_empty() && stdout(&output).contains("no clocks were read"), "{}", stdout(&output));
}
