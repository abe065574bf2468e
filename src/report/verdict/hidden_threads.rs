//! Hidden threads: OpenCV's own loops and the video decoder may have threads that no strategy knows of.

use super::case::{Case, Measured};
use super::{Finding, Kind};

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
    let (stage, evidence, advice) = if opencv > 1 {
        let each = format!(
            "{workers} workers with {opencv} threads of OpenCV each, of which one worker at a time has the use"
        );
        ("chain", each, "--cv-threads 1; the workers fill the cores")
    } else if decoder > 1 && case.used >= super::pace::FULL {
        let beside = format!("{decoder} decoder threads beside {workers} workers, and the cores are full");
        ("capture", beside, "--decode-threads 1; the workers fill the cores")
    } else {
        return None;
    };
    let evidence = format!("{evidence}; {:.0} cores", capacity.ceil());
    Some(measured.costs(stage, Kind::HiddenThreads, evidence, advice))
}
