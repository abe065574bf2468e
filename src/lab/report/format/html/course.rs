//! What happened in the course of a run, as points of lines. Knows neither charts nor reports.

use crate::metrics::{Distribution, SteadyRate, Timeline};

/// Points of a line at most: more could not be told apart on a phone.
const POINTS: usize = 60;
/// A point of FPS over time stands for so many frames at least; of fewer, one more or less would be a jump.
const FRAMES: f64 = 8.0;

/// The middle of each stretch of time, and how many frames waited in it.
pub(super) fn depth_points(bucket_s: f64, depth: &[f64]) -> Vec<(f64, f64)> {
    let step = depth.len().div_ceil(POINTS).max(1);
    let point = |(number, part): (usize, &[f64])| {
        let middle = (number * step) as f64 + part.len() as f64 / 2.0;
        (middle * bucket_s, part.iter().sum::<f64>() / part.len() as f64)
    };
    depth.chunks(step).enumerate().map(point).collect()
}

/// The middle of each stretch of time, and the FPS in it. The frames that fill and drain the path are left out, as they are
/// from the rate of the run.
pub(super) fn fps_points(timeline: &Timeline, rate: &SteadyRate) -> Vec<(f64, f64)> {
    let Timeline { bucket_s, wall_s, delivered, .. } = timeline;
    let (first, last) = steady(delivered, rate);
    let (begin, delivered) = (first as f64 * bucket_s, &delivered[first..last]);
    let end = if last < timeline.delivered.len() { last as f64 * bucket_s } else { *wall_s };
    let frames_a_bucket = delivered.iter().sum::<u64>().max(1) as f64 / delivered.len().max(1) as f64;
    let step = ((FRAMES / frames_a_bucket).ceil() as usize).max(delivered.len().div_ceil(POINTS)).max(1);
    let whole = step as f64 * bucket_s;
    let point = |(number, part): (usize, &[u64])| {
        let begin = begin + number as f64 * whole;
        let length = (end - begin).min(whole);
        let fps = part.iter().sum::<u64>() as f64 / length;
        // A last stretch much shorter than the others would jump for no reason.
        (length >= whole / 2.0).then_some((begin + length / 2.0, fps))
    };
    delivered.chunks(step).enumerate().filter_map(point).collect()
}

/// The buckets between those in which the path filled and those in which it drained: the first, and the one after the last.
/// All of them where hardly any would be left.
fn steady(delivered: &[u64], rate: &SteadyRate) -> (usize, usize) {
    let (frames, new) = (delivered.iter().sum::<u64>(), rate.first_left_out + rate.frames + rate.last_left_out);
    // Frames that repeat the one before are delivered, too, and are not counted among the new ones.
    let share = |left_out: u64| (left_out * frames).div_ceil(new.max(1));
    let first = buckets_of(share(rate.first_left_out), delivered.iter());
    let last = delivered.len() - buckets_of(share(rate.last_left_out), delivered.iter().rev());
    if first + 2 <= last { (first, last) } else { (0, delivered.len()) }
}

/// In how many buckets, from the first on, so many frames were delivered.
fn buckets_of<'a>(frames: u64, counts: impl Iterator<Item = &'a u64>) -> usize {
    let before = counts.scan(0, |sum, count| {
        let before = *sum;
        *sum += count;
        Some(before)
    });
    before.take_while(|before| *before < frames).count()
}

/// Up to which time how many percent.
pub(super) fn cumulated(distribution: &Distribution) -> Vec<(f64, f64)> {
    let Distribution { edges_ms, counts } = distribution;
    let all = counts.iter().sum::<u64>().max(1) as f64;
    let mut below = 0;
    let ends = edges_ms.iter().skip(1).zip(counts).map(|(end, count)| {
        below += count;
        (*end, below as f64 * 100.0 / all)
    });
    edges_ms.first().map(|begin| (*begin, 0.0)).into_iter().chain(ends).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run that takes 0.2 s to fill, does 100 FPS for 0.5 s, and drains for 0.3 s.
    fn timeline() -> (Timeline, SteadyRate) {
        let delivered = vec![0, 1, 10, 10, 10, 10, 10, 2, 1, 1];
        let rate = SteadyRate { frames: 50, seconds: 0.5, first_left_out: 1, last_left_out: 4 };
        (Timeline { bucket_s: 0.1, wall_s: 1.0, delivered, queues: Vec::new() }, rate)
    }

    #[test]
    fn frames_that_fill_and_drain_the_path_are_no_rate() {
        let (timeline, rate) = timeline();
        let points = fps_points(&timeline, &rate);
        assert_eq!(points.len(), 5);
        assert!(points.iter().all(|(_, fps)| (fps - 100.0).abs() < 1e-6), "{points:?}");
        assert!((points[0].0 - 0.25).abs() < 1e-9 && (points[4].0 - 0.65).abs() < 1e-9, "{points:?}");
    }

    #[test]
    fn a_run_that_is_nothing_but_filling_is_shown_as_it_was() {
        let (timeline, _) = timeline();
        let unknown = SteadyRate::default();
        let all = SteadyRate { frames: 1, seconds: 0.1, first_left_out: 50, last_left_out: 4 };
        assert_eq!(fps_points(&timeline, &unknown), fps_points(&timeline, &all));
    }

    #[test]
    fn repeated_frames_are_left_out_by_their_share() {
        let (mut timeline, rate) = timeline();
        timeline.delivered.iter_mut().for_each(|count| *count *= 10);
        assert_eq!(fps_points(&timeline, &rate).len(), 5);
    }
}
