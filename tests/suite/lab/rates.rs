//! Asked against could, on runs that never were: what each stage could do, and which of it is the ceiling.

use crate::common::made_up::{part, run as made_up, stage, three};
use framerace::lab::report::{Conditions, findings};
use framerace::metrics::Run;

/// What the evidence of the verdict says each could do.
fn evidence(run: &Run) -> String {
    findings(run, &Conditions::cores(2.0))[0].verdict.evidence.clone()
}

#[test]
fn a_stage_could_do_what_its_workers_have_time_for() {
    // 100 frames in a second took two workers half of it each.
    let text = evidence(&three(2, [0.1, 0.5, 0.05], [0.0; 3]));
    assert!(text.ends_with("chain could do 200 FPS, capture 1000"), "{text}");
}

#[test]
fn time_without_a_core_is_taken_out_and_time_in_line_for_a_lock_is_not() {
    let mut run = three(2, [0.1, 0.8, 0.05], [0.0; 3]);
    (run.stages[1].cpu_wait, run.stages[1].locked) = (0.55, 0.0);
    assert!(evidence(&run).contains("chain could do 400 FPS"), "{}", evidence(&run));
    run.stages[1].locked = 0.15;
    assert!(evidence(&run).contains("chain could do 250 FPS"), "{}", evidence(&run));
}

#[test]
fn a_stage_that_took_no_time_could_do_anything() {
    let stages = vec![stage("capture", 1, 0.0, 0.0), stage("chain", 1, 0.5, 0.0), stage("sink", 1, 0.0, 0.0)];
    let mut run = made_up(1, stages);
    run.stages[1].parts = vec![part("delay", 1.0, 0.0)];
    assert!(evidence(&run).ends_with("chain could do 200 FPS"), "{}", evidence(&run));
}
