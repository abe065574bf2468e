//! Whether a file is best read in segments: where one decoder sets the pace, and the file can be cut so often that every
//! worker has several. That is predicted and not tried out: the first frames of a file may be of one segment.

use anyhow::Result;

use super::candidate::Candidate;
use crate::filter::{Chain, FilterInstance};
use crate::metrics::{Run, Topology};
use crate::pipeline::Settings;
use crate::predict::{Connection, predict_connection};
use crate::source::{Input, SourceInfo, open};
use crate::strategy::{find, segments_memory};

/// It must be faster by this than what one decoder thread allows otherwise.
const FASTER: f64 = 1.15;
/// And no slower than the best there is by more than this.
const LEVEL: f64 = 0.98;
/// Segments for each worker, so that the last ones do not matter.
const EACH: usize = 2;

/// Work that may be done in segments, and a short run of it.
pub(super) struct Cut<'a> {
    pub input: &'a Input,
    pub chain: &'a Chain,
    pub settings: &'a Settings,
    pub info: &'a SourceInfo,
    pub workers: usize,
    /// Cores' worth of time in a second.
    pub capacity: f64,
    pub probe: &'a Run,
    /// Its decoder threads.
    pub decoded_by: usize,
}

impl Cut<'_> {
    /// The candidate, if it is better than all `others`.
    pub(super) fn best(&self, others: &[Candidate]) -> Result<Option<Candidate>> {
        let workers = self.workers;
        let Some(strategy) = find("segments").filter(|_| self.info.can_be_cut && workers > 1) else { return Ok(None) };
        let with = Connection { topology: Topology::Segments, workers, decode_threads: 1 };
        let predicted = predict_connection(self.probe, self.capacity, self.decoded_by, with).unwrap_or(0.0);
        let best = |most: usize| {
            let rates = others.iter().filter(|other| other.decode_threads <= most).map(|other| other.predicted);
            rates.fold(0.0, f64::max)
        };
        let is_best = predicted >= FASTER * best(1) && predicted >= LEVEL * best(usize::MAX);
        Ok(if is_best && self.is_cut_often()? {
            Some(Candidate { strategy, workers, decode_threads: 1, predicted })
        } else {
            None
        })
    }

    /// Whether every worker has several segments, of which the frames of all but one can wait in memory.
    fn is_cut_often(&self) -> Result<bool> {
        let Some(source) = open(self.input, &self.settings.open)?.segments() else { return Ok(false) };
        let output = self.chain.filters(self.info.shape)?.last().map_or(self.info.shape, FilterInstance::output);
        let (wanted, mut count, mut longest) = (EACH * self.workers, 0, 0);
        while count < wanted
            && let Some(frames) = source.next(self.settings.limits.frames).and_then(|segment| segment.frames)
        {
            (count, longest) = (count + 1, longest.max(frames));
        }
        let need = longest.saturating_mul((self.workers as u64 - 1) * output.bytes() as u64);
        Ok(count >= wanted && need <= segments_memory(self.settings.memory))
    }
}
