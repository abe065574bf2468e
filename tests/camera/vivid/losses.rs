//! It is unplugged, breaks and stalls: that is noticed, nobody hangs, and it is opened again.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use crate::common::{child, stderr};
use crate::*;

/// How long a fault lasts.
const A_WHILE: Duration = Duration::from_secs(1);

/// Reads in another thread until the camera is lost: why, and when that was known. Waits for the first frames.
fn read_until_lost(mut source: Box<dyn Source>) -> JoinHandle<(String, Instant)> {
    let read_already = Arc::<AtomicU64>::default();
    let count = Arc::clone(&read_already);
    let reading = spawn(move || {
        let mut image = source.info().shape.image().expect("memory");
        while read(&mut *source, &mut image).expect("a loss is an end").is_some() {
            count.fetch_add(1, SeqCst);
        }
        let at = Instant::now();
        assert!(source.outages().for_good);
        (source.complaint().expect("a reason"), at)
    });
    wait_until("frames", || read_already.load(SeqCst) > 2 || reading.is_finished());
    reading
}

#[test]
#[ignore = "needs a camera: scripts/test-camera (issue 6)"]
fn unplugged_it_is_lost_at_once_and_plugged_in_again_it_is_back() {
    let reading = read_until_lost(camera("camera:0?size=320x180").unwrap());
    let gone = spawn(|| {
        wait_until("gone", || !Path::new("/dev/video0").exists());
        Instant::now()
    });
    vcam("unplug");
    let (why, at) = reading.join().unwrap();
    assert!(why.starts_with("camera:0?size=320x180 was lost after ") && why.ends_with("frames: unplugged"), "{why}");
    let after = at.saturating_duration_since(gone.join().unwrap());
    assert!(after < Duration::from_secs(1), "{after:?}");
    assert!(refusal("camera:0").contains("no such device"));
    vcam("plug");
    frames(&mut *camera("camera:0?size=320x180").unwrap(), 3);
}

#[test]
#[ignore = "needs a camera: scripts/test-camera (issue 6)"]
fn a_run_goes_on_with_the_gap_counted_once_it_is_plugged_in_again() {
    let opening = OpenOptions { reconnect: Some(Duration::from_secs(120)), ..OpenOptions::default() };
    let (watch, running) = start("camera:0?size=320x180", "copy", Settings { open: opening, ..settings() });
    wait_until("delivered", || watch.delivered() > 5);
    vcam("unplug");
    sleep(A_WHILE);
    let before = watch.delivered();
    vcam("plug");
    wait_until("back", || watch.delivered() > before + 5);
    watch.end();
    let run = running.join().unwrap().unwrap();
    let outages = run.outages;
    assert!(run.ledger.balances() && run.ledger.failed == 0, "{:?}", run.ledger);
    assert!(outages.count == 1 && !outages.for_good && outages.seconds >= 0.9 && outages.frames > 0, "{outages:?}");
    assert!(run.notes.iter().any(|note| note.contains("camera:0?size=320x180 was lost for ")), "{:?}", run.notes);
}

#[test]
#[ignore = "needs a camera: scripts/test-camera (issue 6)"]
fn other_losses_are_told_apart() {
    for (fault, expected) in [("disconnect=1", "unplugged"), ("inject_fatal_streaming_error=1", "Input/output")] {
        let reading = read_until_lost(camera("camera:0?size=320x180").unwrap());
        vcam(fault);
        let (why, _) = reading.join().unwrap();
        assert!(why.contains(expected), "{fault}: {why}");
        wait_until("back", || camera("camera:0?size=320x180").is_ok());
    }
}

#[test]
#[ignore = "needs a camera: scripts/test-camera (issue 6)"]
fn a_stall_is_a_loss_after_some_seconds() {
    let mut source = camera("camera:0?size=320x180").unwrap();
    frames(&mut *source, 2);
    vcam("stall");
    let (why, _) = read_until_lost(source).join().unwrap();
    vcam("unstall");
    assert!(why.ends_with("frames: nothing came for 5 s"), "{why}");
    frames(&mut *camera("camera:0?size=320x180").unwrap(), 3);
}

#[test]
#[ignore = "needs a camera: scripts/test-camera (issue 6)"]
fn ctrl_c_ends_a_run_whose_camera_stalls() {
    let program = child::start(&["run", "camera:0?size=320x180", "-f", "copy", "--no-progress"]);
    wait_until("at work", || busy() && child::threads_of(program.pid()).len() > 2);
    vcam("stall");
    sleep(A_WHILE);
    program.signal(rustix::process::Signal::INT);
    let begin = Instant::now();
    let output = program.output();
    vcam("unstall");
    // Long before the stall counts as a loss.
    assert!(begin.elapsed() < Duration::from_secs(4), "after {:?}", begin.elapsed());
    let (status, said) = (output.status, stderr(&output));
    assert!(status.code() == Some(130) && said.contains("interrupted; what was measured"), "{status}: {said}");
}
