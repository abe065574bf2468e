//! In which order files are converted, and how many at a time: the longest first; large files exclusively (one at a
//! time with all cores), small ones in several slots that share the cores. Pure arithmetic: knows no file.
//!
//! The total time of every possible split (the first files exclusive, the rest in a number of slots) is found by
//! simulating it, and the fastest split is chosen; of equal ones that with fewer slots, which takes less memory.

use serde::{Deserialize, Serialize};

/// What the conversion of a file takes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Demand {
    /// Pixels in all its frames, of input and output: its time grows with them. Files of unknown length come first.
    pub pixels: f64,
    /// Memory that it takes with any number of workers, in bytes.
    pub base_memory: u64,
    /// Memory that each worker adds, in bytes.
    pub worker_memory: u64,
}

/// How the files of a batch are split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The files in the order they are begun, as indices into the given list.
    pub order: Vec<usize>,
    /// How many of the first files are exclusive: one at a time, with all cores.
    pub exclusive: usize,
    /// How many of the other files are converted at a time.
    pub slots: usize,
    /// Workers of each slot.
    pub workers: usize,
}

/// The part of a run that more workers do not speed up; measured: two workers are 1.88 times as fast as one.
const SERIAL: f64 = 0.06;

/// Opening a file, starting its threads and closing its output use one core for about a tenth of a second; here in
/// pixels.
const START: f64 = 20e6;

/// Splits files of these demands over so many cores. `jobs` fixes the number of slots, `memory` bounds it, in bytes.
pub(super) fn schedule(demands: &[Demand], cores: usize, jobs: Option<usize>, memory: Option<u64>) -> Schedule {
    let cores = cores.max(1);
    let mut order: Vec<usize> = (0..demands.len()).collect();
    // A stable sort keeps equal files in the given order.
    order.sort_by(|a, b| demands[*b].pixels.total_cmp(&demands[*a].pixels));
    let sorted: Vec<Demand> = order.iter().map(|at| demands[*at]).collect();
    let split = |exclusive: usize, slots: usize| Schedule {
        order: order.clone(),
        exclusive,
        slots,
        workers: (cores / slots).max(1),
    };
    let fits = |from: usize, slots: usize| fits(&sorted[from..], slots, (cores / slots).max(1), memory);
    if let Some(jobs) = jobs {
        let slots = (1..=jobs.max(1)).rev().find(|slots| fits(0, *slots)).unwrap_or(1);
        return split(0, slots);
    }
    let narrow = (2..=cores).flat_map(|slots| (0..demands.len()).map(move |exclusive| (exclusive, slots)));
    let possible = narrow.filter(|(exclusive, slots)| exclusive + slots <= demands.len() && fits(*exclusive, *slots));
    let mut best = (time(&sorted, 0, 1, cores), split(0, 1));
    for (exclusive, slots) in possible {
        let time = time(&sorted, exclusive, slots, cores);
        // A gain of less than a thousandth is not worth the memory.
        if time < best.0 * 0.999 {
            best = (time, split(exclusive, slots));
        }
    }
    best.1
}

/// Whether the files that take the most memory can be in work at once, one in each slot.
fn fits(demands: &[Demand], slots: usize, workers: usize, memory: Option<u64>) -> bool {
    let Some(memory) = memory else { return true };
    let mut needs: Vec<u64> =
        demands.iter().map(|demand| demand.base_memory + demand.worker_memory * workers as u64).collect();
    needs.sort_unstable_by(|a, b| b.cmp(a));
    needs.iter().take(slots).sum::<u64>() <= memory
}

/// Simulates a split: the first `exclusive` files one by one, the rest in slots. Returns the time in pixels of one worker.
fn time(demands: &[Demand], exclusive: usize, slots: usize, cores: usize) -> f64 {
    let speed = |workers: usize| 1.0 / (SERIAL + (1.0 - SERIAL) / workers as f64);
    let takes = |demand: &Demand, workers: usize| START + demand.pixels / speed(workers);
    let (first, rest) = demands.split_at(exclusive);
    let mut free_at = vec![first.iter().map(|demand| takes(demand, cores)).sum::<f64>(); slots];
    for demand in rest {
        let Some(soonest) = free_at.iter_mut().min_by(|a, b| a.total_cmp(b)) else { return f64::INFINITY };
        *soonest += takes(demand, (cores / slots).max(1));
    }
    free_at.into_iter().fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demands(pixels: &[f64]) -> Vec<Demand> {
        pixels.iter().map(|pixels| Demand { pixels: pixels * 1e8, base_memory: 100, worker_memory: 50 }).collect()
    }

    fn split(pixels: &[f64], cores: usize, jobs: Option<usize>, memory: Option<u64>) -> (usize, usize, usize) {
        let schedule = schedule(&demands(pixels), cores, jobs, memory);
        (schedule.exclusive, schedule.slots, schedule.workers)
    }

    #[test]
    fn the_longest_files_come_first() {
        assert_eq!(schedule(&demands(&[1.0, 9.0, 4.0, 9.0]), 2, None, None).order, [1, 3, 2, 0]);
    }

    #[test]
    fn small_files_share_the_cores_and_a_large_one_is_exclusive() {
        assert_eq!(split(&[1.0; 8], 2, None, None), (0, 2, 1));
        assert_eq!(split(&[50.0], 2, None, None), (0, 1, 2));
        // In a slot it would end long after the others.
        assert_eq!(split(&[50.0, 1.0, 1.0, 1.0, 1.0], 2, None, None), (1, 2, 1));
        // Three equal files in two slots would leave one core idle during the last of them.
        assert_eq!(split(&[9.0, 9.0, 9.0], 2, None, None), (1, 2, 1));
        assert_eq!(split(&[1.0; 64], 16, None, None), (0, 16, 1));
        assert_eq!(split(&[9.0, 9.0], 16, None, None), (0, 2, 8));
    }

    #[test]
    fn jobs_and_memory_bound_the_slots() {
        assert_eq!(split(&[1.0; 8], 4, Some(1), None), (0, 1, 4));
        assert_eq!(split(&[1.0; 8], 4, Some(3), None), (0, 3, 1));
        assert_eq!(split(&[1.0; 8], 4, None, Some(400)), (0, 2, 2));
        assert_eq!(split(&[1.0; 8], 4, Some(4), Some(420)), (0, 2, 2));
        // A file that fits in no case is converted alone; its conversion reports the error.
        assert_eq!(split(&[1.0; 8], 4, None, Some(10)), (0, 1, 4));
        assert_eq!(split(&[], 4, None, None), (0, 1, 4));
    }
}
