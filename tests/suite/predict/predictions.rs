//! The verdict and the predictions on made-up figures: over pipelines of known cost the limit is named in every one that has
//! one, and what a scenario gives on an ideal machine is predicted within a tenth.

use crate::common::made_up::{CORES, Joined, conditions, ideal};
use crate::common::pipelines::Pipeline;
use framerace::lab::report::judge;
use framerace::metrics::{Run, RunSetup, SteadyRate};
use framerace::predict::predict;

/// How many pipelines.
const PIPELINES: usize = 56;
/// How far a prediction may be off.
const TOLERANCE: f64 = 0.1;

/// How the pipeline's strategy joins its filters; none where an ideal machine cannot tell what that costs.
fn joined(pipeline: &Pipeline) -> Option<Joined> {
    match pipeline.strategy().name() {
        "sequential" => Some(Joined::Sequential),
        "stages" => Some(Joined::Stages),
        "threads" | "rayon" | "processes" | "processes-pipe" => Some(Joined::Workers(pipeline.workers)),
        _ => None,
    }
}

/// The run of a pipeline on an ideal machine, its filters called as in a chain.
fn run(pipeline: &Pipeline) -> Option<Run> {
    let joined = joined(pipeline)?;
    let mut run = ideal(joined, pipeline.capture, &pipeline.filters, pipeline.deliver, |_| 1.0);
    let in_flight = if joined == Joined::Sequential { 1 } else { pipeline.workers.max(pipeline.filters.len()) + 10 };
    run.setup = RunSetup { topology: pipeline.strategy().topology(), in_flight, ..Default::default() };
    run.steady_rate = SteadyRate { frames: run.ledger.delivered, seconds: 1.0, ..Default::default() };
    let named = |name: &mut String| {
        let at = name.strip_prefix('f').and_then(|at| at.parse::<usize>().ok());
        at.into_iter().for_each(|at| *name = pipeline.labels()[at].clone());
    };
    for stage in &mut run.stages {
        named(&mut stage.name);
        stage.parts.iter_mut().for_each(|part| named(&mut part.name));
    }
    Some(run)
}

#[test]
fn limits_are_named_and_predictions_come_true() {
    let (mut asked, mut predicted, mut wrong) = (0, 0, Vec::new());
    let known = (0..).map(Pipeline::generate).filter_map(|pipeline| Some((run(&pipeline)?, pipeline)));
    for (usual, pipeline) in known.take(PIPELINES) {
        asked += 1;
        let verdict = judge(&usual, &conditions());
        if verdict.stage != pipeline.limit {
            wrong.push(format!("{} ({}): {pipeline:?}", verdict.stage, verdict.evidence));
        }
        for prediction in predict(&usual, CORES) {
            let changed = pipeline.with(&prediction.scenario).and_then(|changed| run(&changed));
            let Some(changed) = changed else { continue };
            predicted += 1;
            let off = prediction.fps / changed.fps() - 1.0;
            if off.abs() > TOLERANCE {
                wrong.push(format!("{}: off by {off:.3}: {pipeline:?}", prediction.scenario));
            }
        }
    }
    assert!(asked == PIPELINES && predicted > 3 * PIPELINES, "{asked} pipelines, {predicted} predictions");
    assert!(wrong.is_empty(), "{} of {asked} pipelines, {predicted} predictions:\n{}", wrong.len(), wrong.join("\n"));
}
