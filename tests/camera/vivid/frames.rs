//! Its frames: all of them, each once, in the right colors, and who does not keep up.

use std::collections::HashSet;

use framerace::pipeline::{Limits, Policies};
use framerace::source::Decoder;

use crate::*;

#[test]
#[ignore = "needs a camera: scripts/test-camera (issue 6)"]
fn sixty_frames_are_sixty_pictures_with_times_and_ages() {
    let mut source = camera("camera:0?size=320x180&fps=25").unwrap();
    let info = source.info().clone();
    assert_eq!((info.shape.to_string().as_str(), info.fps, info.paced), ("320x180 bgr8", Some(25.0), true));
    assert_eq!(info.reader, "V4L2 vivid, bgr at 25 fps, on a thread of its own");
    let frames = frames(&mut *source, 60);
    let pictures: HashSet<_> = frames.iter().map(|(bytes, _)| bytes).collect();
    assert_eq!(pictures.len(), 60, "no picture came twice");
    assert_eq!(frames[0].1.pts, Duration::ZERO);
    for pair in frames.windows(2) {
        let (one, next) = (pair[0].1, pair[1].1);
        let later = next.arrived.expect("a time").duration_since(one.arrived.expect("a time"));
        assert!(next.pts > one.pts && next.pts - one.pts == later, "{one:?} {next:?}");
    }
}

#[test]
#[ignore = "needs a camera: scripts/test-camera (issue 6)"]
fn a_run_accounts_for_every_frame() {
    let settings = Settings { limits: Limits { frames: Some(60), duration: None }, ..settings() };
    for strategy in ["sequential", "threads", "processes"] {
        let input = "camera:0?size=320x180&fps=25&format=gray";
        let run = crate::common::run_on(find(strategy).unwrap(), input, "blur=ksize=3", &settings).unwrap();
        assert_eq!(run.ledger.captured, 60, "{strategy}");
        assert!(run.ledger.balances() && run.ledger.failed == 0, "{strategy}: {:?}", run.ledger);
    }
}

#[test]
#[ignore = "needs a camera: scripts/test-camera (issue 6)"]
fn a_slow_filter_drops_the_oldest_and_stays_up_to_date() {
    let settings = Settings { workers: 1, queue: 1, overflow: Policies::live(), ..settings() };
    let (watch, running) = start("camera:0?size=320x180&fps=25", "delay=300", settings);
    // Ever more are dropped; were they kept instead, each would wait longer than the one before.
    for dropped in [10, 30, 60] {
        wait_until("dropped", || watch.ledger(0).dropped_by_policy() >= dropped);
    }
    watch.end();
    let run = running.join().unwrap().unwrap();
    assert!(run.ledger.balances() && run.ledger.failed == 0, "{:?}", run.ledger);
    let places: Vec<_> = run.ledger.drops.iter().map(|drops| (drops.place.as_str(), drops.policy.as_str())).collect();
    assert!(places.contains(&("capture-chain", "drop-oldest")), "{places:?}");
    assert!(run.ledger.dropped > run.ledger.delivered, "{:?}", run.ledger);
    let service = run.stages.iter().find(|stage| stage.name == "chain").expect("a chain").service_ms;
    // One frame is being done while one waits; the rest is for the driver, the copy and a machine that is slow.
    assert!(run.latency_ms.p95 <= 2.0 * service.max + 500.0, "{:?} of {service:?}", run.latency_ms);
}

#[test]
#[ignore = "needs a camera: scripts/test-camera (issue 6)"]
fn every_format_gives_the_same_colors() {
    let mean = |format: &str| {
        let mut source = camera(&format!("camera:0?size=320x180&format={format}")).unwrap();
        let frame = frames(&mut *source, 2).pop().unwrap().0;
        // The lower half: text with counters is at the top.
        let lower = &frame[frame.len() / 2..];
        let channel = |at: usize| lower.iter().skip(at).step_by(3).map(|value| f64::from(*value)).sum::<f64>();
        [0, 1, 2].map(|at| channel(at) / (lower.len() / 3) as f64)
    };
    let plain = mean("bgr");
    for format in ["rgb", "yuyv", "uyvy", "yvyu", "nv12", "nv21", "yuv420", "yvu420"] {
        let other = mean(format);
        let same = plain.iter().zip(&other).all(|(one, other)| (one - other).abs() < 12.0);
        assert!(same, "{format}: {other:?}, but bgr: {plain:?}");
    }
}

#[test]
#[ignore = "needs a camera: scripts/test-camera (issue 6)"]
fn frames_that_nobody_took_in_time_are_counted() {
    let mut source = camera("camera:0?size=320x180&fps=25").unwrap();
    frames(&mut *source, 1);
    sleep(Duration::from_secs(1));
    frames(&mut *source, 8);
    // Of twenty-five the driver can keep three.
    assert!(source.unread() >= 10, "{}", source.unread());
    assert!(source.skip().unwrap());
}

#[test]
#[ignore = "needs a camera: scripts/test-camera (issue 6)"]
fn a_broken_picture_is_missed_and_reading_goes_on() {
    let mut source = camera("camera:0?size=320x180&fps=5").unwrap();
    frames(&mut *source, 1);
    let before = source.unread();
    vcam("inject_v4l2_buf_flag_error=1");
    frames(&mut *source, 5);
    assert!(source.unread() > before);
}

#[test]
#[ignore = "needs a camera: scripts/test-camera (issue 6)"]
fn opencv_reads_it_when_asked() {
    let opening = OpenOptions { decoder: Decoder::Opencv, ..OpenOptions::default() };
    let mut source = open(&"camera:0?size=320x180&fps=25".parse().unwrap(), &opening).unwrap();
    assert_eq!(source.info().reader, "OpenCV V4L2, bgr at 25 fps, on a thread of its own");
    let pictures: HashSet<_> = frames(&mut *source, 10).into_iter().map(|(bytes, _)| bytes).collect();
    assert_eq!(pictures.len(), 10);
}
