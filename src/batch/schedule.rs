//! In which order, and how many at once: the longest first; large files one at a time with all cores, small ones
//! several at a time with a share of them. Numbers in, numbers out: knows no file.
//!
//! Of every split (so many files wide, the rest so many at a time) the total time is worked out by letting a made-up
//! clock hand out the files as they will be, and the quickest split is taken; of equals the one with fewer at a time,
//! which takes less memory.

use serde::{Deserialize, Serialize};

/// What a file asks for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Work {
    /// Pixels in all its frames, of input and output: what its time grows with. Files of unknown length come first.
    pub pixels: f64,
    /// Memory that a run on so many workers takes at least and at best, in bytes: fixed, and for each worker.
    pub memory: (u64, u64),
}

/// How the files are to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lanes {
    /// The files in the order they are begun, by their place in the list given.
    pub order: Vec<usize>,
    /// So many of the first are done one at a time, with all cores.
    pub wide: usize,
    /// The rest are done so many at a time...
    pub lanes: usize,
    /// ...with so many workers each.
    pub workers: usize,
}

/// The share of a run that more workers do not speed up, as measured for files with two workers (1.88 times one).
const SERIAL: f64 = 0.06;

/// Opening a file, starting its threads and closing its output keeps no more than one core busy; in pixels, about a
/// tenth of a second.
const START: f64 = 20e6;

/// Decides how to do files of this work on so many cores. `jobs` fixes how many at a time, `memory` bounds them, in
/// bytes.
pub fn lanes(works: &[Work], cores: usize, jobs: Option<usize>, memory: Option<u64>) -> Lanes {
    let cores = cores.max(1);
    let mut order: Vec<usize> = (0..works.len()).collect();
    // Stable, so that equals stay in the order they were given.
    order.sort_by(|a, b| works[*b].pixels.total_cmp(&works[*a].pixels));
    let sorted: Vec<Work> = order.iter().map(|at| works[*at]).collect();
    let split =
        |wide: usize, lanes: usize| Lanes { order: order.clone(), wide, lanes, workers: (cores / lanes).max(1) };
    let fits = |from: usize, lanes: usize| fits(&sorted[from..], lanes, (cores / lanes).max(1), memory);
    if let Some(jobs) = jobs {
        let lanes = (1..=jobs.max(1)).rev().find(|lanes| fits(0, *lanes)).unwrap_or(1);
        return split(0, lanes);
    }
    let narrow = (2..=cores).flat_map(|lanes| (0..works.len()).map(move |wide| (wide, lanes)));
    let possible = narrow.filter(|(wide, lanes)| wide + lanes <= works.len() && fits(*wide, *lanes));
    let mut best = (time(&sorted, 0, 1, cores), split(0, 1));
    for (wide, lanes) in possible {
        let time = time(&sorted, wide, lanes, cores);
        // What is only a hair quicker is not worth the memory.
        if time < best.0 * 0.999 {
            best = (time, split(wide, lanes));
        }
    }
    best.1
}

/// Whether the hungriest so many files can be in work at once.
fn fits(works: &[Work], lanes: usize, workers: usize, memory: Option<u64>) -> bool {
    let Some(memory) = memory else { return true };
    let mut needs: Vec<u64> = works.iter().map(|work| work.memory.0 + work.memory.1 * workers as u64).collect();
    needs.sort_unstable_by(|a, b| b.cmp(a));
    needs.iter().take(lanes).sum::<u64>() <= memory
}

/// How long it takes to do the first `wide` one by one and the rest in `lanes`, in pixels of one worker.
fn time(works: &[Work], wide: usize, lanes: usize, cores: usize) -> f64 {
    let speed = |workers: usize| 1.0 / (SERIAL + (1.0 - SERIAL) / workers as f64);
    let takes = |work: &Work, workers: usize| START + work.pixels / speed(workers);
    let (first, rest) = works.split_at(wide);
    let mut free_at = vec![first.iter().map(|work| takes(work, cores)).sum::<f64>(); lanes];
    for work in rest {
        let Some(soonest) = free_at.iter_mut().min_by(|a, b| a.total_cmp(b)) else { return f64::INFINITY };
        *soonest += takes(work, (cores / lanes).max(1));
    }
    free_at.into_iter().fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn works(pixels: &[f64]) -> Vec<Work> {
        pixels.iter().map(|pixels| Work { pixels: pixels * 1e8, memory: (100, 50) }).collect()
    }

    fn split(pixels: &[f64], cores: usize, jobs: Option<usize>, memory: Option<u64>) -> (usize, usize, usize) {
        let lanes = lanes(&works(pixels), cores, jobs, memory);
        (lanes.wide, lanes.lanes, lanes.workers)
    }

    #[test]
    fn the_longest_come_first() {
        assert_eq!(lanes(&works(&[1.0, 9.0, 4.0, 9.0]), 2, None, None).order, [1, 3, 2, 0]);
    }

    #[test]
    fn many_small_files_go_side_by_side_and_a_large_one_goes_wide() {
        assert_eq!(split(&[1.0; 8], 2, None, None), (0, 2, 1));
        assert_eq!(split(&[50.0], 2, None, None), (0, 1, 2));
        // Alone in its lane it would outlast all others.
        assert_eq!(split(&[50.0, 1.0, 1.0, 1.0, 1.0], 2, None, None), (1, 2, 1));
        // Three equals in two lanes would leave a core idle for the last of them.
        assert_eq!(split(&[9.0, 9.0, 9.0], 2, None, None), (1, 2, 1));
        assert_eq!(split(&[1.0; 64], 16, None, None), (0, 16, 1));
        assert_eq!(split(&[9.0, 9.0], 16, None, None), (0, 2, 8));
    }

    #[test]
    fn orders_and_memory_are_kept_to() {
        assert_eq!(split(&[1.0; 8], 4, Some(1), None), (0, 1, 4));
        assert_eq!(split(&[1.0; 8], 4, Some(3), None), (0, 3, 1));
        assert_eq!(split(&[1.0; 8], 4, None, Some(400)), (0, 2, 2));
        assert_eq!(split(&[1.0; 8], 4, Some(4), Some(420)), (0, 2, 2));
        // What does not fit at all goes alone, and says so itself.
        assert_eq!(split(&[1.0; 8], 4, None, Some(10)), (0, 1, 4));
        assert_eq!(split(&[], 4, None, None), (0, 1, 4));
    }
}
