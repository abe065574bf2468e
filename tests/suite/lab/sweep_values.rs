//! What a sweep varies: its text, read and refused, and who takes part with which value.

use crate::common::CLIP;
use framerace::lab::compare::{Candidate, Plan, Rounds};
use framerace::lab::sweep::{Sweep, run};
use framerace::pipeline::{Limits, Settings, Watch};
use framerace::strategy::STRATEGIES;

fn complaint(text: &str) -> (usize, String) {
    let error = text.parse::<Sweep>().expect_err(text);
    (error.column, error.message)
}

#[test]
fn lists_and_ranges_are_read_and_put_in_order() {
    let read = |text: &str| text.parse::<Sweep>().unwrap().to_string();
    assert_eq!(read("workers=1..4"), "workers=1,2,3,4");
    assert_eq!(read("queue=64,1..8x2"), "queue=1,2,4,8,64");
    assert_eq!(read("queue=2..9+3"), "queue=2,5,8");
    assert_eq!(read("size=1280x720,640x360"), "size=640x360,1280x720");
}

#[test]
fn complaints_point_at_the_column_and_say_what_would_do() {
    let (column, message) = complaint("worker=1..8");
    assert!(column == 1 && message.contains("'worker'") && message.contains("did you mean workers?"), "{message}");
    let (column, message) = complaint("queue=1,two,4");
    assert!(column == 9 && message.contains("'two'"), "{message}");
    let (column, message) = complaint("size=640x360,720");
    assert!(column == 14 && message.contains("1280x720"), "{message}");
    assert_eq!(complaint("queue=1,2,1").0, 11);
    assert_eq!(complaint("workers=4").0, 9);
    assert_eq!(complaint("").0, 1);
    assert_eq!(complaint("workers").0, 8);
    assert!(complaint("workers=8..1").1.contains("no range"));
    assert!(complaint("workers=1..8x1").1.contains("no range"));
    assert!(complaint("queue=1..1024").1.contains("1..64x2"));
    assert!(complaint("workers=0..4").1.contains("'0'"));
    assert!(complaint("workers=1..8x0").1.contains("'0'"));
}

proptest::proptest! {
    #[test]
    fn any_text_is_a_sweep_or_a_complaint_within_it(text in "(workers=|queue=|size=|é)?[0-9a-z.,x+=é]{0,24}") {
        match text.parse::<Sweep>() {
            Ok(sweep) => proptest::prop_assert_eq!(sweep.to_string().parse::<Sweep>(), Ok(sweep)),
            Err(error) => {
                let columns = text.chars().count() + 1;
                proptest::prop_assert!((1..=columns).contains(&error.column), "{}", error);
            }
        }
    }
}

/// Who takes part in a sweep over three frames of an input, and who does not.
fn taking_part(sweep: &str, input: &str) -> (Vec<Candidate>, Vec<String>) {
    let plan = Plan {
        input: input.parse().expect("an input"),
        chain: "grayscale,blur".parse().expect("a chain"),
        others: Vec::new(),
        strategies: STRATEGIES[..3].to_vec(),
        settings: Settings { limits: Limits { frames: Some(3), duration: None }, ..Settings::default() },
        rounds: Rounds::Fixed(1),
        preload: false,
        warmup: 0,
        seed: 1,
    };
    let sweep = sweep.parse().expect("a sweep");
    let comparison = run(&sweep, &plan, &Watch::default(), &mut |_| {}).expect("a comparison");
    let left_out = comparison.left_out.into_iter().map(|(name, _)| name).collect();
    (comparison.entries.into_iter().map(|entry| entry.candidate).collect(), left_out)
}

#[test]
fn the_baseline_runs_once_and_who_has_no_workers_is_left_out() {
    let (candidates, idle) = taking_part("workers=1,3", "synthetic:64x48@0x5");
    let names: Vec<_> = candidates.iter().map(|candidate| candidate.label.as_str()).collect();
    assert_eq!(names, ["sequential", "threads workers=1", "threads workers=3"]);
    assert_eq!((candidates[2].settings.workers, idle), (3, vec!["stages".to_owned()]));
}

#[test]
fn made_up_frames_have_the_size_and_others_get_it() {
    let (candidates, _) = taking_part("size=32x16,64x48", "synthetic:640x480@0x5?format=gray");
    assert_eq!(candidates.len(), 6, "sequential too");
    assert_eq!(candidates[0].input.to_string(), "synthetic:32x16@0x5?format=gray");
    let (candidates, _) = taking_part("size=32x16,64x48", CLIP);
    assert_eq!(candidates[0].chain.to_string(), "resize=32:16,grayscale,blur");
    assert_eq!(candidates[0].input.to_string(), CLIP);
}
