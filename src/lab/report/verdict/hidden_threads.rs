//! Hidden threads: OpenCV's own loops and the video decoder may have threads that no strategy knows of.

use super::case::{Case, FULL, Finding, Kind, Measured};
use crate::lab::report::number::{counted, three_digits};

/// From so many threads a core on, they are in each other's way.
const CROWDED: f64 = 1.0;

pub(super) fn find(case: &Case<'_>) -> Option<Finding> {
    let (workers, capacity) = (case.run.workers, case.conditions.capacity);
    let (opencv, decoder) = (case.conditions.opencv_threads, case.conditions.decode_threads);
    let threads = workers * opencv.max(1) + decoder.saturating_sub(1);
    let measured = Measured { share: threads as f64 / capacity, threshold: CROWDED };
    // As many as there are cores is no crowd.
    if threads as f64 <= capacity {
        return None;
    }
    let workers = counted(workers, "worker");
    let (stage, what, advice) = if opencv > 1 {
        let what = format!("{workers} with {opencv} threads of OpenCV each");
        ("chain", what, "--cv-threads 1; the workers fill the cores")
    } else if decoder > 1 && case.used >= FULL {
        let what = format!("{decoder} decoder threads beside {workers}");
        ("capture", what, "--decode-threads 1; the workers fill the cores")
    } else {
        return None;
    };
    let evidence = format!("{what} on {} cores", three_digits(capacity).trim_end_matches(".00"));
    Some(measured.costs(stage, Kind::HiddenThreads, evidence, advice))
}
