//! A video file, read frame by frame.

use anyhow::Result;
use opencv::core::Mat;

use super::pipe::Pipe;
use super::segments::Segments;
use super::side_data::Captions;
use super::{CONVERT, DECODE, File};
use crate::frame::Timing;
use crate::metrics::{Damage, StageTimer};
use crate::source::segmented::Segmented;
use crate::source::{Source, SourceInfo};

impl Source for File {
    fn info(&self) -> &SourceInfo {
        &self.info
    }

    fn parts(&self) -> Vec<String> {
        vec!["decode".into(), "convert".into()]
    }

    fn read(&mut self, image: &mut Mat, timer: &StageTimer<'_>) -> Result<Option<Timing>> {
        let Some(timing) = self.next_picture()? else { return Ok(None) };
        timer.split(DECODE);
        self.upright.write(&self.picture, image)?;
        self.captions.keep(timing.pts, &self.picture);
        timer.split(CONVERT);
        Ok(Some(timing))
    }

    fn segments(self: Box<Self>) -> Option<Box<dyn Segmented>> {
        Some(Box::new(Segments::new(*self)))
    }

    fn second_reader(&mut self) -> Option<Pipe> {
        self.address.second()
    }

    fn captions(&mut self) -> Option<Captions> {
        Some(self.captions.clone())
    }

    fn damage(&self) -> Damage {
        self.damage.and(self.stream.damage())
    }

    fn complaint(&self) -> Option<String> {
        let damage = Some(self.damage()).filter(Damage::is_any).map(|damage| format!("is damaged: {damage}"));
        let count = self.discontinuities + self.stream.discontinuities();
        let places = if count == 1 { "one place".into() } else { format!("{count} places") };
        let joined = format!("sets its clock anew in {places}; each part was put right behind the one before");
        let cuts = self.stream.cuts().map(str::to_owned);
        let followed = "has another file behind its end, which is not read; join such files with ffmpeg's concat";
        let followed = self.stream.is_followed.then(|| followed.to_owned());
        let resized = self.changes.resized.clone();
        let others =
            [(count > 0).then_some(joined), cuts, followed, resized, self.timeline.complaint()].into_iter().flatten();
        // What it says of its times and sizes is of no use before its end.
        let all: Vec<_> =
            damage.into_iter().chain(self.changes.complaint()).chain(others.filter(|_| self.ended)).collect();
        (!all.is_empty()).then(|| format!("{} {}", self.address.name().display(), all.join("; ")))
    }
}
