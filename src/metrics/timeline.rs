//! The time line of a run, in a bounded number of equal buckets.
//!
//! A run may last milliseconds or a day. So buckets begin narrow, and whenever there would be too many, pairs of them merge
//! and the width doubles. Times count from the begin of the run.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::stage_name;

/// Buckets at most.
const MOST: usize = 120;
/// The width they begin with.
const NARROWEST: Duration = Duration::from_millis(1);

/// When a run began, once it has; shared by everything that counts from there.
pub(super) type Origin = Arc<OnceLock<Instant>>;

/// What happened when, in buckets of equal width from the moment the run began.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Timeline {
    /// Seconds of a bucket; the last one ends with the run and may be shorter.
    pub bucket_s: f64,
    /// Seconds of the run.
    pub wall_s: f64,
    /// Frames delivered in each bucket.
    pub delivered: Vec<u64>,
    /// The queues, in the order of the path.
    #[serde(alias = "links")]
    pub queues: Vec<QueueTimeline>,
}

/// How full a queue was when.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QueueTimeline {
    /// The two stages it joins.
    #[serde(deserialize_with = "stage_name::of_any_version")]
    pub name: String,
    /// Frames it can hold.
    pub capacity: usize,
    /// Frames waiting in it, averaged over the time of each bucket.
    pub depth: Vec<f64>,
}

/// A sum for every bucket.
#[derive(Clone, Debug)]
pub(super) struct Buckets {
    width: Duration,
    sums: Vec<f64>,
}

impl Default for Buckets {
    fn default() -> Self {
        Self { width: NARROWEST, sums: Vec::new() }
    }
}

impl Buckets {
    /// Adds to the bucket of one moment, this long after the run began.
    pub(super) fn add(&mut self, at: Duration, value: f64) {
        let number = self.number(at);
        self.sums[number] += value;
    }

    /// Adds `level` times the seconds between two moments, to each bucket its part.
    pub(super) fn add_level(&mut self, from: Duration, to: Duration, level: f64) {
        if level == 0.0 || from >= to {
            return;
        }
        // Of the later moment first, because that may widen the buckets.
        let (last, first) = (self.number(to), self.number(from));
        for (number, sum) in (0..).zip(&mut self.sums).take(last + 1).skip(first) {
            let (begin, end) = (self.width * number, self.width * (number + 1));
            *sum += level * end.min(to).saturating_sub(begin.max(from)).as_secs_f64();
        }
    }

    /// The bucket of a moment. Pairs of buckets are merged until there is one for it.
    fn number(&mut self, at: Duration) -> usize {
        while at >= self.width * MOST as u32 {
            self.widen();
        }
        let number = (at.as_nanos() / self.width.as_nanos()) as usize;
        if number >= self.sums.len() {
            self.sums.resize(number + 1, 0.0);
        }
        number
    }

    fn widen(&mut self) {
        self.sums = self.sums.chunks(2).map(|pair| pair.iter().sum()).collect();
        self.width *= 2;
    }

    /// The sums of a run of this length in buckets of at least `width`. What came after the run is left out.
    fn of_run(&self, wall: Duration, width: Duration) -> Vec<f64> {
        let mut whole = self.clone();
        while whole.width < width {
            whole.widen();
        }
        whole.sums.resize(wall.as_nanos().div_ceil(whole.width.as_nanos()) as usize, 0.0);
        whole.sums
    }
}

/// The time line of a run of this length; none if the length is zero. Each queue comes with its name, its capacity and
/// the time that frames waited in it.
pub(super) fn timeline(wall: Duration, delivered: &Buckets, queues: Vec<(String, usize, Buckets)>) -> Option<Timeline> {
    let mut width = delivered.width;
    // Wide enough for the whole run, even if nothing happened in a part of it.
    while wall > width * MOST as u32 {
        width *= 2;
    }
    let width = queues.iter().map(|queue| queue.2.width).fold(width, Duration::max);
    // A frame that was delivered at the very end belongs to the last bucket.
    let mut frames: Vec<u64> =
        delivered.of_run(wall + Duration::from_nanos(1), width).iter().map(|sum| *sum as u64).collect();
    let buckets = wall.as_nanos().div_ceil(width.as_nanos()) as usize;
    let late: u64 = frames.drain(buckets.min(frames.len())..).sum();
    *frames.last_mut()? += late;
    let lengths: Vec<f64> = (0..buckets as u32).map(|n| (wall - width * n).min(width).as_secs_f64()).collect();
    let queue = |(name, capacity, waited): (String, usize, Buckets)| {
        // Three decimals: more would only fill the result file.
        let mean = |(sum, length): (f64, &f64)| ((sum / length).min(capacity as f64) * 1e3).round() / 1e3;
        QueueTimeline {
            name,
            capacity,
            depth: waited.of_run(wall, width).into_iter().zip(&lengths).map(mean).collect(),
        }
    };
    Some(Timeline {
        bucket_s: width.as_secs_f64(),
        wall_s: wall.as_secs_f64(),
        delivered: frames,
        queues: queues.into_iter().map(queue).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MS: Duration = Duration::from_millis(1);

    fn sum(buckets: &Buckets) -> f64 {
        buckets.sums.iter().sum()
    }

    #[test]
    fn a_level_goes_to_each_bucket_for_its_time() {
        let mut waited = Buckets::default();
        waited.add_level(MS / 2, MS * 5 / 2, 4.0);
        let timeline = timeline(MS * 5 / 2, &Buckets::default(), vec![("a-b".into(), 4, waited)]).unwrap();
        assert_eq!(timeline.queues[0].depth, [2.0, 4.0, 4.0], "the last bucket is half as long");
        assert_eq!((timeline.bucket_s, timeline.delivered), (0.001, vec![0, 0, 0]));
    }

    #[test]
    fn series_that_differ_in_width_are_brought_to_one() {
        let (mut frames, mut waited) = (Buckets::default(), Buckets::default());
        frames.add(MS, 1.0);
        frames.add(MS * 500, 2.0);
        waited.add_level(Duration::ZERO, MS * 10, 1.0);
        let timeline = timeline(MS * 500, &frames, vec![("a-b".into(), 2, waited)]).unwrap();
        assert_eq!(timeline.bucket_s, 0.008);
        assert_eq!((timeline.delivered.len(), timeline.delivered.iter().sum::<u64>()), (63, 3));
        assert_eq!((timeline.queues[0].depth.len(), timeline.queues[0].depth[0]), (63, 1.0));
    }

    #[test]
    fn a_day_fits() {
        let mut waited = Buckets::default();
        waited.add_level(Duration::ZERO, MS * 86_400_000, 3.0);
        assert!(waited.sums.len() <= MOST, "{}", waited.sums.len());
        assert!((sum(&waited) - 3.0 * 86_400.0).abs() < 1e-3);
    }

    proptest! {
        #[test]
        fn no_queue_is_ever_deeper_than_it_can_be(steps in prop::collection::vec((1u64..9_000, 0u32..=4), 1..400)) {
            let mut waited = Buckets::default();
            let (mut at, mut waits) = (Duration::ZERO, 0.0);
            for (us, depth) in &steps {
                let to = at + Duration::from_micros(*us);
                waited.add_level(at, to, f64::from(*depth));
                waits += f64::from(*depth) * (to - at).as_secs_f64();
                at = to;
            }
            prop_assert!((sum(&waited) - waits).abs() < 1e-9);
            let timeline = timeline(at, &Buckets::default(), vec![("a-b".into(), 4, waited)]).unwrap();
            prop_assert!(timeline.queues[0].depth.iter().all(|depth| (0.0..=4.0).contains(depth)));
        }
    }
}
