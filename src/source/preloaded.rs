//! Frames that were read into memory before the race: whoever runs on them is not held up by the reader.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use opencv::core::{Mat, MatTraitConstManual, MatTraitManual};

use super::options::Limits;
use super::options::TimeRange;
use super::{Source, SourceInfo};
use crate::cancel::CancelToken;
use crate::frame::Timing;
use crate::metrics::{Damage, StageMeter, StageTimer};

/// How often it is asked whether to go on waiting for a frame.
const STEP: Duration = Duration::from_millis(20);

/// Frames in memory, played from the first to the last.
#[derive(Clone)]
pub struct Preloaded {
    info: SourceInfo,
    frames: Arc<Vec<(Timing, Box<[u8]>)>>,
    /// What the source had to say when it was read.
    complaint: Option<String>,
    damage: Damage,
    /// The next frame, and where to stop.
    next: usize,
    end: usize,
}

impl Preloaded {
    /// Reads a source to its end, or so many frames of it.
    ///
    /// # Errors
    /// When the source fails, or its frames take more than `memory` bytes.
    pub fn load(source: Box<dyn Source>, most: Option<u64>, memory: u64) -> Result<Self> {
        Self::load_unless(&CancelToken::default(), source, Limits { frames: most, duration: None }, memory)
    }

    /// Reads a source to its end or to these limits. One that is live may be silent: setting `stopped` from another thread
    /// ends the wait.
    ///
    /// # Errors
    /// As [`load`](Self::load); also when it was stopped, or no frame came in time.
    pub fn load_unless(
        stopped: &CancelToken,
        mut source: Box<dyn Source>,
        limits: Limits,
        memory: u64,
    ) -> Result<Self> {
        let begun = Instant::now();
        let late = || limits.duration.is_some_and(|limit| begun.elapsed() >= limit);
        let clock = StageMeter::new("preload", 1, source.parts(), false).clock();
        let shape = source.info().shape;
        let (mut frames, mut image) = (Vec::new(), shape.image()?);
        let fit = usize::try_from(memory)? / shape.bytes().max(1);
        while limits.frames.is_none_or(|most| (frames.len() as u64) < most) && !late() {
            ensure!(!stopped.is_cancelled(), "stopped while it was read");
            if !source.ready(STEP) {
                continue;
            }
            let Some(timing) = clock.busy(|timer| source.read(&mut image, timer))? else { break };
            ensure!(shape.fits(&image), "frame {} is not {shape} as the input began", frames.len());
            ensure!(
                frames.len() < fit,
                "no more than {fit} frames of {shape} fit into {} MB; give --frames {fit}, or a higher --mem",
                memory >> 20
            );
            // When it came says nothing of when it will be played.
            frames.push((Timing { arrived: None, ..timing }, image.data_bytes()?.into()));
        }
        let (info, complaint, damage) = (source.info(), source.complaint(), source.damage());
        if info.paced && frames.is_empty() {
            bail!(complaint.unwrap_or_else(|| format!("no frame came within {:.1} s", begun.elapsed().as_secs_f64())));
        }
        let reader = format!("{}, preloaded", info.reader);
        let info =
            SourceInfo { frames: Some(frames.len() as u64), paced: false, reader, can_be_cut: false, ..info.clone() };
        let end = frames.len();
        Ok(Self { info, frames: Arc::new(frames), complaint, damage, next: 0, end })
    }

    /// The same frames from the first one on; they are not copied.
    #[must_use]
    pub fn again(&self) -> Self {
        Self { next: 0, end: self.frames.len(), ..self.clone() }
    }

    /// Those of them in a part of their time; they are not copied.
    #[must_use]
    pub fn range(&self, range: TimeRange) -> Self {
        let next = self.frames.partition_point(|(timing, _)| range.starts_after(timing.pts));
        let end = self.frames.partition_point(|(timing, _)| !range.ends_by(timing.pts));
        let info = SourceInfo { frames: Some(end.saturating_sub(next) as u64), ..self.info.clone() };
        Self { info, next, end, ..self.clone() }
    }
}

impl Source for Preloaded {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn read(&mut self, image: &mut Mat, _: &StageTimer<'_>) -> Result<Option<Timing>> {
        let frame = self.frames.get(self.next).filter(|_| self.next < self.end);
        let Some((timing, bytes)) = frame else { return Ok(None) };
        self.next += 1;
        if !self.info.shape.fits(image) {
            *image = self.info.shape.image()?;
        }
        image.data_bytes_mut().context("a buffer with gaps between its rows")?.copy_from_slice(bytes);
        Ok(Some(*timing))
    }

    fn damage(&self) -> Damage {
        self.damage
    }

    fn complaint(&self) -> Option<String> {
        self.complaint.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Input, OpenOptions, open};

    fn source(frames: u64) -> Box<dyn Source> {
        open(&format!("synthetic:32x24@0x{frames}").parse::<Input>().unwrap(), &OpenOptions::default()).unwrap()
    }

    fn all(mut source: impl Source) -> Vec<(Timing, Vec<u8>)> {
        let clock = StageMeter::new("test", 1, Vec::new(), false).clock();
        let mut image = Mat::default();
        std::iter::from_fn(|| {
            let timing = clock.busy(|timer| source.read(&mut image, timer)).unwrap()?;
            Some((timing, image.data_bytes().unwrap().to_vec()))
        })
        .collect()
    }

    #[test]
    fn frames_come_out_as_they_went_in_as_often_as_wanted() {
        let preloaded = Preloaded::load(source(7), None, 1 << 20).unwrap();
        let first = all(preloaded.again());
        assert_eq!(first.len(), 7);
        assert_eq!(first, all(preloaded.again()));
        assert_ne!(first[0].1, first[1].1);
        assert_eq!(all(Preloaded::load(source(7), Some(3), 1 << 20).unwrap()), first[..3]);
    }

    #[test]
    fn what_does_not_fit_is_refused_with_what_would() {
        let Err(error) = Preloaded::load(source(7), None, 5 * 32 * 24 * 3) else { panic!("it does not fit") };
        assert!(error.to_string().contains("--frames 5"), "{error}");
    }
}
