//! What the next run will give, foreseen from the last one that was measured. Knows neither screen nor keys.

use framerace::filter::Chain;
use framerace::frame::Shape;
use framerace::metrics::Run;
use framerace::predict::{Change, HANDOFF, Unforeseen, foresee, foresee_declared};
use framerace::source::SourceInfo;
use framerace::strategy::find;

use super::keys::Wanted;
use super::model::FEWEST;

/// A shorter run than this many seconds says little.
const SHORTEST: f64 = 0.4;

/// What was measured so far, as far as something can be foreseen from it.
#[derive(Default)]
pub struct Outlook {
    /// What is known before anything is measured: the shape and the pace of frames for a chain of declared cost.
    declared: Option<(Shape, Option<f64>)>,
    /// The last run, and how it ran.
    last: Option<(Run, Wanted)>,
    /// The last run of each strategy that hands frames to processes.
    handed_over: Vec<Run>,
}

impl Outlook {
    /// Filters declare what they cost, and nothing else on frames of this source costs much.
    pub fn declared(source: &SourceInfo) -> Self {
        Self { declared: Some((source.shape, source.fps.filter(|_| source.paced))), ..Self::default() }
    }

    /// A run is over.
    pub fn learn(&mut self, run: &Run, wanted: &Wanted) {
        // What is written costs what other runs do not.
        if run.wall_s < SHORTEST || run.ledger.new_frames() < FEWEST || wanted.recording {
            return;
        }
        if find(wanted.strategy).is_some_and(|strategy| strategy.topology().isolates()) {
            // Other processes tell what filters take when they go.
            let mut parts = run.stages.iter().filter(|stage| stage.name == "chain").flat_map(|stage| &stage.parts);
            if !parts.any(|part| part.name != HANDOFF && part.share > 0.0) {
                return;
            }
            self.handed_over.retain(|other| other.strategy != run.strategy);
            self.handed_over.push(run.clone());
        }
        self.last = Some((run.clone(), wanted.clone()));
    }

    /// Frames a second that a chain will give with these settings, on a machine with so many cores, and what that rests on
    /// in words.
    ///
    /// # Errors
    /// Why nobody can tell.
    pub fn of(&self, wanted: &Wanted, chain: &Chain, cores: f64) -> Result<(f64, String), Unforeseen> {
        if wanted.recording {
            return Err(Unforeseen::Writing);
        }
        let change = Change {
            strategy: find(wanted.strategy).ok_or(Unforeseen::Unmeasured)?,
            workers: wanted.workers,
            queue: wanted.queue,
            drops: wanted.overflow.drop_frames(),
            slower: &[],
            handed_over: self.handed_over.iter().find(|run| run.strategy == wanted.strategy),
        };
        let (foreseen, when) = match (&self.last, self.declared) {
            (Some((run, before)), _) => {
                let slower = slower(wanted, before);
                (foresee(run, cores, &Change { slower: &slower, ..change })?, "before")
            }
            (None, Some((shape, pace))) => {
                (foresee_declared(&wanted.chain(chain), shape, pace, cores, &change)?, "declared")
            }
            (None, None) => return Err(Unforeseen::Unmeasured),
        };
        Ok((foreseen.fps, format!("from {:.1} ms a frame {when}", foreseen.frame_s * 1e3)))
    }
}

/// How many times as long each filter takes that is slowed otherwise than before.
fn slower(wanted: &Wanted, before: &Wanted) -> Vec<(String, f64)> {
    let changed = wanted.filters.iter().zip(&before.filters).filter(|(now, before)| now.1 != before.1);
    changed.map(|(now, before)| (now.0.clone(), (100.0 + now.1) / (100.0 + before.1))).collect()
}
