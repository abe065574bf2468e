//! It is unplugged, breaks and stalls: that is noticed, nobody hangs, and it is opened again.

use std::path::Path;

use crate::*;

/// Reads until the camera is lost: why, and when that was known.
fn read_until_lost(mut source: Box<dyn Source>) -> JoinHandle<(String, Instant)> {
    spawn(move || {
        let mut image = source.info().shape.image().expect("memory");
        while read(&mut *source, &mut image).expect("a loss is an end").is_some() {}
        let at = Instant::now();
        assert!(source.outages().for_good);
        (source.complaint().expect("a reason"), at)
    })
}

#[test]
#[ignore = "needs a camera: scripts/test-camera (issue 6)"]
fn unplugged_it_is_lost_at_once_and_plugged_in_again_it_is_back() {
    let reading = read_until_lost(camera("camera:0?size=320x180").unwrap());
    sleep(Duration::from_secs(1));
    let gone = spawn(|| {
        until("gone", || !Path::new("/dev/video0").exists());
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
    until("delivered", || watch.delivered() > 5);
    vcam("unplug");
    sleep(Duration::from_secs(1));
    let before = watch.delivered();
    vcam("plug");
    until("back", || watch.delivered() > before + 5);
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
        sleep(Duration::from_millis(500));
        vcam(fault);
        let (why, _) = reading.join().unwrap();
        assert!(why.contains(expected), "{fault}: {why}");
        until("back", || camera("camera:0?size=320x180").is_ok());
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
    let program = Command::new(env!("CARGO_BIN_EXE_framerace"))
        .args(["run", "camera:0?size=320x180", "-f", "copy", "--no-progress"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut program = Running(program.unwrap());
    until("at work", busy);
    sleep(Duration::from_secs(1));
    vcam("stall");
    sleep(Duration::from_secs(1));
    let pid = rustix::process::Pid::from_child(&program.0);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let begin = Instant::now();
    let status = program.0.wait().unwrap();
    vcam("unstall");
    // Long before the stall counts as a loss.
    assert!(begin.elapsed() < Duration::from_secs(4), "after {:?}", begin.elapsed());
    let mut said = String::new();
    std::io::Read::read_to_string(&mut program.0.stderr.take().unwrap(), &mut said).unwrap();
    assert!(status.code() == Some(130) && said.contains("interrupted; what was measured"), "{status}: {said}");
}
