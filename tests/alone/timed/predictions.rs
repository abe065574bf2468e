//! Predictions and verdicts on a real machine: one pipeline of known cost for each strategy is run, what a scenario would
//! give is predicted, and the scenario is made real and measured. Many more pipelines, on made-up figures, are in
//! `tests/suite/predict/predictions.rs`.

use super::rounds::{Case, Question, decide, most_often};
use crate::common::pipelines::Pipeline;
use crate::common::{Greedy, Slow, run_with, settings};
use framerace::lab::report::{Conditions, judge};
use framerace::metrics::Run;
use framerace::pipeline::Settings;
use framerace::predict::predict;
use framerace::strategy::of_any_source;

const FRAMES: u64 = 90;

fn run(pipeline: &Pipeline) -> Run {
    let chain: Vec<_> = pipeline.filters.iter().filter_map(|work| work.filter()).collect();
    let settings = Settings { workers: pipeline.workers, queue: pipeline.queue, ..settings() };
    let mut sink = Greedy { work: pipeline.deliver, ..Greedy::default() };
    run_with(pipeline.strategy(), Slow::new(FRAMES, pipeline.capture), &chain.join(","), &mut sink, &settings)
        .unwrap_or_else(|error| panic!("{pipeline:?}: {error:#}"))
}

fn cores() -> f64 {
    std::thread::available_parallelism().map_or(1.0, |n| n.get() as f64)
}

fn pipelines() -> Vec<Pipeline> {
    (0..of_any_source().len() as u64).map(Pipeline::generate).collect()
}

/// The predicted rate of a scenario over the measured one.
fn predicted_over_measured(pipeline: &Pipeline, which: usize) -> f64 {
    let mut predictions = predict(&run(pipeline), cores());
    predictions.retain(|prediction| pipeline.with(&prediction.scenario).is_some());
    let prediction = &predictions[which % predictions.len()];
    let changed = pipeline.with(&prediction.scenario).expect("a scenario that can be made");
    prediction.fps / run(&changed).fps()
}

#[test]
fn predictions_come_true_within_a_tenth() {
    let pipelines = pipelines();
    let mut questions = Vec::new();
    for (seed, pipeline) in (0..).zip(&pipelines) {
        let which = fastrand::Rng::with_seed(seed).usize(..100);
        let name = format!("{seed} {}", pipeline.strategy().name());
        questions.push(Question::new(name, 0.9..=1.1, move || predicted_over_measured(pipeline, which)));
    }
    decide(&questions);
}

#[test]
fn the_limits_of_known_pipelines_are_named() {
    let case = |pipeline: Pipeline| -> Case<'static, String> {
        let (name, limit) = (format!("{} {pipeline:?}", pipeline.strategy().name()), pipeline.limit.clone());
        (name, limit, Box::new(move || judge(&run(&pipeline), &Conditions::cores(cores())).stage))
    };
    most_often(&pipelines().into_iter().map(case).collect::<Vec<_>>());
}
