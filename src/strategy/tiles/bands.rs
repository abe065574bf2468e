//! Filters that are done in bands of rows, by all threads of a pool at once.
//!
//! A filter that looks r rows around a pixel is given r rows more than it must write (the halo), and what it makes of
//! them is thrown away, so the pixels are those of the whole frame. The halos of filters that follow each other add up.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::rayon::ThreadPool;
use ::rayon::prelude::*;
use anyhow::{Result, ensure};
use opencv::core::{Mat, MatTraitConst};

use crate::filter::{Filter, FilterInstance, FrameContext, Reach};
use crate::frame::{RowsMut, Shape, Stamp, rows, split_rows_mut};
use crate::host::usage::thread_cpu;
use crate::metrics::{Buffers, StageTimer};

/// Several filters as one, which all threads do together, a band each.
pub(super) struct Bands {
    pub bands: Vec<Band>,
    pub threads: Arc<ThreadPool>,
    pub buffers: Arc<Buffers>,
    /// Which part of the stage these filters are.
    pub part: usize,
}

impl Bands {
    /// The filters' names.
    pub(super) fn label(&self) -> String {
        self.bands[0].filters.iter().map(FilterInstance::label).collect::<Vec<_>>().join("+")
    }

    /// The shape of the image that all bands write together.
    pub(super) fn output(&self, height: i32) -> Shape {
        let filters = &self.bands[0].filters;
        Shape { height, ..filters[filters.len() - 1].output() }
    }
}

impl Filter for Bands {
    fn apply(&mut self, context: &FrameContext<'_>, input: &Mat, output: &mut Mat) -> Result<()> {
        // Bands write into this image, which must have the right shape already: no band can replace it.
        ensure!(self.output(input.rows()).fits(output), "the image to write into has another shape");
        let traced = context.timer().is_some_and(StageTimer::is_traced);
        let ranges: Vec<_> = self.bands.iter().map(|band| band.rows.clone()).collect();
        let targets = split_rows_mut(output, &ranges)?;
        let (stamp, buffers) = (context.stamp, &self.buffers);
        let cpu = self.threads.install(|| {
            let work = |(band, mut target): (&mut Band, RowsMut<'_>)| {
                let (from, begin) = (thread_cpu(), traced.then(Instant::now));
                band.apply(stamp, input, &mut target, buffers)?;
                band.worked = begin.map(|begin| (begin, Instant::now()));
                anyhow::Ok(thread_cpu().saturating_sub(from))
            };
            self.bands.par_iter_mut().zip(targets).map(work).try_reduce(Duration::default, |a, b| Ok(a + b))
        })?;
        let Some(timer) = context.timer() else { return Ok(()) };
        timer.add_cpu(cpu);
        for (number, worked) in self.bands.iter().enumerate().filter_map(|(n, band)| Some((n, band.worked?))) {
            timer.band(self.part, number, worked);
        }
        Ok(())
    }
}

/// One worker's rows of every frame, and its own copies of the filters.
pub(super) struct Band {
    filters: Vec<FilterInstance>,
    /// The rows it must write.
    rows: Range<i32>,
    /// The rows each filter reads: what the next one needs, and as many around them as it looks.
    reads: Vec<Range<i32>>,
    between: Vec<Mat>,
    /// From when to when it did the latest frame, if that is traced.
    worked: Option<(Instant, Instant)>,
}

impl Band {
    /// These filters, for some rows of an image that has `height` rows.
    pub(super) fn new(filters: Vec<FilterInstance>, rows: Range<i32>, height: i32) -> Result<Self> {
        let mut needed = rows.clone();
        let read_by = |filter: &FilterInstance| {
            let reach = if let Reach::Rows(reach) = filter.reach() { reach } else { height };
            needed = (needed.start - reach).max(0)..(needed.end + reach).min(height);
            needed.clone()
        };
        let mut reads: Vec<_> = filters.iter().rev().map(read_by).collect();
        reads.reverse();
        // What a filter writes has the rows it read.
        let image = |(filter, reads): (&FilterInstance, &Range<i32>)| {
            Shape { height: reads.end - reads.start, ..filter.output() }.image()
        };
        let between = filters.iter().zip(&reads).map(image).collect::<Result<_>>()?;
        Ok(Self { filters, rows, reads, between, worked: None })
    }

    fn apply(&mut self, stamp: Stamp, input: &Mat, target: &mut Mat, buffers: &Buffers) -> Result<()> {
        let last = self.filters.len() - 1;
        for (at, filter) in self.filters.iter_mut().enumerate() {
            let (done, rest) = self.between.split_at_mut(at);
            // The first filter reads the whole image; each later one the rows that the one before it read.
            let (image, first) = if at == 0 { (input, 0) } else { (&done[at - 1], self.reads[at - 1].start) };
            let reads = &self.reads[at];
            let read = rows(image, reads.start - first..reads.end - first)?;
            filter.apply_rows(&FrameContext::untimed(stamp), &read, &mut rest[0], buffers)?;
        }
        // A filter is never given a part of the frame itself to write: it might put another image in its place.
        let first = self.reads[last].start;
        rows(&self.between[last], self.rows.start - first..self.rows.end - first)?.copy_to(target)?;
        Ok(())
    }
}
