//! Predicts the rate of the next run from the last one that was measured. Knows neither the screen nor keys.

use framerace::filter::Chain;
use framerace::frame::Shape;
use framerace::metrics::Run;
use framerace::predict::{CannotPredict, Change, HANDOFF, predict_change, predict_declared};
use framerace::source::SourceInfo;
use framerace::strategy::find;

use super::desired::DesiredSettings;
use super::model::FEWEST_FRAMES;

/// Runs shorter than this, in seconds, are not used.
const SHORTEST: f64 = 0.4;

#[derive(Default)]
pub struct Predictor {
    /// The shape and the rate of frames, if the filters declare their cost: then the first run can be predicted.
    declared: Option<(Shape, Option<f64>)>,
    last: Option<(Run, DesiredSettings)>,
    /// The last run of each strategy that hands frames to processes.
    with_handoff: Vec<Run>,
}

impl Predictor {
    /// For filters that declare their cost, on a source whose frames cost little else.
    pub fn declared(source: &SourceInfo) -> Self {
        Self { declared: Some((source.shape, source.fps.filter(|_| source.paced))), ..Self::default() }
    }

    pub fn add(&mut self, run: &Run, desired: &DesiredSettings) {
        // Recording takes time that other runs do not need.
        if run.wall_s < SHORTEST || run.ledger.new_frames() < FEWEST_FRAMES || desired.recording {
            return;
        }
        if find(desired.strategy).is_some_and(|strategy| strategy.topology().isolates()) {
            // Worker processes report the time of their filters at their end. One that was killed has reported nothing.
            let mut parts = run.stage("chain").into_iter().flat_map(|chain| &chain.parts);
            if !parts.any(|part| part.name != HANDOFF && part.share > 0.0) {
                return;
            }
            self.with_handoff.retain(|other| other.strategy != run.strategy);
            self.with_handoff.push(run.clone());
        }
        self.last = Some((run.clone(), desired.clone()));
    }

    /// The frames per second of a chain with these settings on this number of cores, and what that is based on in words; or
    /// why no prediction is possible.
    pub fn predict(
        &self,
        desired: &DesiredSettings,
        chain: &Chain,
        cores: f64,
    ) -> Result<(f64, String), CannotPredict> {
        if desired.recording {
            return Err(CannotPredict::Writing);
        }
        let change = Change {
            strategy: find(desired.strategy).ok_or(CannotPredict::Unmeasured)?,
            workers: desired.workers,
            queue: desired.queue,
            drops: desired.overflow.drop_frames(),
            slower: &[],
            handed_over: self.with_handoff.iter().find(|run| run.strategy == desired.strategy),
        };
        let (prediction, when) = match (&self.last, self.declared) {
            (Some((run, before)), _) => {
                let slower = slower(desired, before);
                (predict_change(run, cores, &Change { slower: &slower, ..change })?, "before")
            }
            (None, Some((shape, pace))) => {
                (predict_declared(&desired.chain(chain), shape, pace, cores, &change)?, "declared")
            }
            (None, None) => return Err(CannotPredict::Unmeasured),
        };
        Ok((prediction.fps, format!("from {:.1} ms a frame {when}", prediction.frame_s * 1e3)))
    }
}

/// How many times as long a filter takes as before, for each filter whose slowdown has changed.
fn slower(desired: &DesiredSettings, before: &DesiredSettings) -> Vec<(String, f64)> {
    let changed = desired.filters.iter().zip(&before.filters).filter(|(now, before)| now.1 != before.1);
    changed.map(|(now, before)| (now.0.clone(), (100.0 + now.1) / (100.0 + before.1))).collect()
}
