//! Real V4L2 cameras. `scripts/test-camera` runs these in a guest that has some (see scripts/with-virtual-camera); anywhere
//! else they are left out. They run one after the other, because there is one camera for all. Code runs up to a hundred
//! times slower there: nothing here is about speed.

mod common;

use std::collections::HashSet;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use common::{framerace, settings, stderr, stdout};
use framerace::frame::Timing;
use framerace::measure::Meters;
use framerace::source::{Decoder, Limits, Lost, Opening, Source, cameras, open};
use framerace::strategy::{Settings, find};
use opencv::core::{Mat, MatTraitConstManual};
use serde_json::Value;

fn camera(text: &str) -> anyhow::Result<Box<dyn Source>> {
    framerace::globals::prepare(1, false)?;
    open(&text.parse()?, &Opening { reconnect: None, ..Opening::default() })
}

/// Why it cannot be opened.
fn refusal(text: &str) -> String {
    format!("{:#}", camera(text).err().expect(text))
}

fn read(source: &mut dyn Source, image: &mut Mat) -> anyhow::Result<Option<Timing>> {
    Meters::new(false, 1).stage("capture", 1, source.parts()).clock().busy(|lap| source.read(image, lap))
}

/// So many frames: their bytes and times.
fn frames(source: &mut dyn Source, count: usize) -> Vec<(Vec<u8>, Timing)> {
    let mut image = source.info().shape.image().expect("memory");
    let mut next = || {
        let timing = read(source, &mut image).expect("no loss").expect("a frame");
        (image.data_bytes().expect("bytes").to_vec(), timing)
    };
    (0..count).map(|_| next()).collect()
}

/// Reads until the camera is lost: why, and how long that took from a moment on.
fn read_until_lost(mut source: Box<dyn Source>) -> std::thread::JoinHandle<(Lost, Instant)> {
    spawn(move || {
        let mut image = source.info().shape.image().expect("memory");
        loop {
            if let Err(error) = read(&mut *source, &mut image) {
                return (error.downcast().expect("a loss is told as such"), Instant::now());
            }
        }
    })
}

/// Lets something happen to the camera.
fn vcam(what: &str) {
    assert!(Command::new("vcam").arg(what).stdout(Stdio::null()).status().expect("vcam").success(), "vcam {what}");
}

fn until(what: &str, done: impl Fn() -> bool) {
    let begin = Instant::now();
    while !done() {
        assert!(begin.elapsed() < Duration::from_secs(150), "never {what}");
        sleep(Duration::from_millis(50));
    }
}

fn busy() -> bool {
    camera("camera:0").err().is_some_and(|error| format!("{error:#}").contains("busy"))
}

/// A child that is ended with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The kernel's test camera at /dev/video0.
mod vivid {
    use super::*;

    #[test]
    #[ignore = "needs a camera: scripts/test-camera"]
    fn devices_lists_what_it_offers() {
        let output = framerace(&["devices", "--json"]);
        let list: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let camera = &list["cameras"][0];
        assert_eq!((&camera["path"], &camera["driver"]), (&"/dev/video0".into(), &"vivid".into()), "{camera}");
        assert_eq!(camera["trouble"], Value::Null);
        let formats = camera["formats"].as_array().unwrap();
        let yuyv = formats.iter().find(|format| format["name"] == "yuyv").expect("yuyv");
        let size = yuyv["sizes"].as_array().unwrap().iter().find(|size| size["width"] == 640 && size["height"] == 480);
        let fps: Vec<f64> = serde_json::from_value(size.expect("640x480")["fps"].clone()).unwrap();
        assert_eq!((fps[0], fps.last()), (25.0, Some(&1.0)), "{fps:?}");
        assert!(formats.iter().any(|format| format["readable"] == false));
    }

    #[test]
    #[ignore = "needs a camera: scripts/test-camera"]
    fn sixty_frames_are_sixty_pictures_with_times_and_ages() {
        let mut source = camera("camera:0?size=320x180&fps=25").unwrap();
        let info = source.info().clone();
        assert_eq!((info.shape.to_string().as_str(), info.fps, info.paced), ("320x180 bgr8", Some(25.0), true));
        assert_eq!(info.reader, "V4L2 vivid, bgr at 25 fps");
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
    #[ignore = "needs a camera: scripts/test-camera"]
    fn a_run_accounts_for_every_frame() {
        let settings = Settings { limits: Limits { frames: Some(60), duration: None }, ..settings() };
        for strategy in ["sequential", "threads", "processes"] {
            let input = "camera:0?size=320x180&fps=25&format=gray";
            let run = common::run_on(find(strategy).unwrap(), input, "blur=ksize=3", &settings).unwrap();
            assert_eq!(run.ledger.captured, 60, "{strategy}");
            assert!(run.ledger.balances() && run.ledger.failed == 0, "{strategy}: {:?}", run.ledger);
        }
        // Here go: drop-oldest under a slow filter, its drops in the ledger and its bounded latency.
    }

    #[test]
    #[ignore = "needs a camera: scripts/test-camera"]
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
    #[ignore = "needs a camera: scripts/test-camera"]
    fn frames_that_nobody_took_in_time_are_counted() {
        let mut source = camera("camera:0?size=320x180&fps=25").unwrap();
        frames(&mut *source, 1);
        sleep(Duration::from_secs(2));
        frames(&mut *source, 8);
        // Of fifty the driver can keep three.
        assert!(source.missed() >= 10, "{}", source.missed());
        assert!(source.skip().unwrap());
    }

    #[test]
    #[ignore = "needs a camera: scripts/test-camera"]
    fn a_broken_picture_is_missed_and_reading_goes_on() {
        let mut source = camera("camera:0?size=320x180&fps=5").unwrap();
        frames(&mut *source, 1);
        let before = source.missed();
        vcam("inject_v4l2_buf_flag_error=1");
        frames(&mut *source, 5);
        assert!(source.missed() > before);
    }

    #[test]
    #[ignore = "needs a camera: scripts/test-camera"]
    fn opencv_reads_it_when_asked() {
        let opening = Opening { decoder: Decoder::Opencv, ..Opening::default() };
        let mut source = open(&"camera:0?size=320x180&fps=25".parse().unwrap(), &opening).unwrap();
        assert_eq!(source.info().reader, "OpenCV V4L2, bgr at 25 fps");
        let pictures: HashSet<_> = frames(&mut *source, 10).into_iter().map(|(bytes, _)| bytes).collect();
        assert_eq!(pictures.len(), 10);
    }

    #[test]
    #[ignore = "needs a camera: scripts/test-camera"]
    fn what_it_does_not_offer_is_refused_with_what_it_does() {
        for (wanted, said) in [
            ("camera:0?size=800x600", "camera:0 offers no 800x600; there is 320x180, 640x360, 640x480"),
            ("camera:0?size=640x480&fps=30", "does not give 30 frames a second; there is 640x480 at 25, 15"),
            ("camera:0?format=mjpeg", "offers no mjpeg; there is "),
            ("camera:9", "camera:9: no such device (/dev/video9 is not there)"),
        ] {
            let error = refusal(wanted);
            assert!(error.contains(said) && !error.contains('\n'), "{wanted}: {error}");
        }
        let not_permitted = spawn(|| {
            // Of this thread only.
            rustix::thread::set_thread_uid(rustix::process::Uid::from_raw(65534)).unwrap();
            refusal("camera:0")
        });
        let error = not_permitted.join().unwrap();
        assert!(error.contains("not permitted to use /dev/video0; join the group"), "{error}");
        std::os::unix::fs::symlink("/dev/null", "/dev/video8").unwrap();
        let error = refusal("camera:8");
        std::fs::remove_file("/dev/video8").unwrap();
        assert!(error.contains("/dev/video8 is no camera"), "{error}");
    }

    #[test]
    #[ignore = "needs a camera: scripts/test-camera"]
    fn two_programs_cannot_have_it_and_the_other_one_is_named() {
        let other = Command::new("v4l2-ctl")
            .args(["-d", "/dev/video0", "--stream-mmap"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let other = Running(other.unwrap());
        until("busy", busy);
        let error = refusal("camera:0");
        let named = format!("busy: v4l2-ctl (pid {}) uses it", other.0.id());
        assert!(error.contains(&named), "{error}");
        let listed = cameras().swap_remove(0);
        assert!(listed.trouble.is_some_and(|trouble| trouble.contains(&named)));
        drop(other);
        frames(&mut *camera("camera:0").unwrap(), 1);
    }

    #[test]
    #[ignore = "needs a camera: scripts/test-camera"]
    fn unplugged_it_is_lost_at_once_and_plugged_in_again_it_is_back() {
        let reading = read_until_lost(camera("camera:0?size=320x180").unwrap());
        sleep(Duration::from_secs(1));
        vcam("unplug");
        let unplugged = Instant::now();
        let (lost, at) = reading.join().unwrap();
        assert!(matches!(lost, Lost::Unplugged { frames } if frames > 0), "{lost}");
        // Far from the time-out after which it would count as stalled.
        let after = at.saturating_duration_since(unplugged);
        assert!(after < Duration::from_secs(3), "{after:?}");
        assert!(refusal("camera:0").contains("no such device"));
        vcam("plug");
        frames(&mut *camera("camera:0?size=320x180").unwrap(), 3);
        // Here goes: the same with --reconnect, in one run.
    }

    #[test]
    #[ignore = "needs a camera: scripts/test-camera"]
    fn other_losses_are_told_apart() {
        for (fault, expected) in [("disconnect=1", "unplugged"), ("inject_fatal_streaming_error=1", "Input/output")] {
            let reading = read_until_lost(camera("camera:0?size=320x180").unwrap());
            sleep(Duration::from_millis(500));
            vcam(fault);
            let (lost, _) = reading.join().unwrap();
            assert!(lost.to_string().contains(expected), "{fault}: {lost}");
            until("back", || camera("camera:0?size=320x180").is_ok());
        }
    }

    #[test]
    #[ignore = "needs a camera: scripts/test-camera"]
    fn a_stall_holds_nobody_up() {
        let mut source = camera("camera:0?size=320x180").unwrap();
        frames(&mut *source, 2);
        vcam("stall");
        let reading = read_until_lost(camera("camera:0?size=320x180").unwrap());
        let (lost, _) = reading.join().unwrap();
        assert!(matches!(lost, Lost::Stalled { .. }) && lost.to_string().contains("nothing came for 5 s"), "{lost}");
        vcam("unstall");
        frames(&mut *camera("camera:0?size=320x180").unwrap(), 3);
    }

    #[test]
    #[ignore = "needs a camera: scripts/test-camera"]
    fn ctrl_c_ends_a_run_whose_camera_stalls() {
        let program = Command::new(env!("CARGO_BIN_EXE_framerace"))
            .args(["run", "camera:0?size=320x180", "-f", "copy"])
            .stdout(Stdio::null())
            .spawn();
        let mut program = Running(program.unwrap());
        until("at work", busy);
        sleep(Duration::from_secs(2));
        vcam("stall");
        sleep(Duration::from_secs(1));
        let pid = rustix::process::Pid::from_child(&program.0);
        rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
        let begin = Instant::now();
        let status = program.0.wait().unwrap();
        vcam("unstall");
        assert!(begin.elapsed() < Duration::from_secs(4), "after {:?}", begin.elapsed());
        assert!(status.code() == Some(130) || status.signal() == Some(2), "{status}");
        // Here goes: the terminal view.
    }

    #[test]
    #[ignore = "needs a camera: scripts/test-camera"]
    fn the_program_says_what_it_was_given() {
        let output = framerace(&["run", "/dev/video0?size=320x180&fps=25", "--frames", "10", "--json", "-"]);
        assert!(output.status.success(), "{}", stderr(&output));
        let result: Value = serde_json::from_str(&stdout(&output)).expect("JSON");
        let input = &result["input"];
        assert_eq!((&input["reader"], &input["fps"]), (&"V4L2 vivid, bgr at 25 fps".into(), &25.0.into()));
        assert_eq!(input["name"], "camera:0?size=320x180&fps=25");
    }
}

/// The clip, in YUYV at /dev/video0 and in MJPEG at /dev/video1.
mod fed {
    use super::*;
    use opencv::imgproc::{COLOR_YUV2BGR_YUY2, cvt_color_def};

    /// The pictures that are fed to /dev/video0, as frames.
    fn pictures() -> Vec<Vec<u8>> {
        let fed = std::fs::read("/run/vcam/yuyv").expect("what is fed");
        let convert = |picture: &[u8]| {
            let (yuyv, mut bgr) = (
                Mat::new_rows_cols_with_bytes::<opencv::core::Vec2b>(240, 320, picture).expect("a picture"),
                Mat::default(),
            );
            cvt_color_def(&yuyv, &mut bgr, COLOR_YUV2BGR_YUY2).expect("it converts");
            bgr.data_bytes().expect("bytes").to_vec()
        };
        fed.chunks_exact(320 * 240 * 2).map(convert).collect()
    }

    /// How far a frame is from the nearest picture, in steps of brightness a channel.
    fn off(frame: &[u8], pictures: &[Vec<u8>]) -> f64 {
        let off = |picture: &Vec<u8>| frame.iter().zip(picture).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>();
        pictures.iter().map(off).min().expect("pictures") as f64 / frame.len() as f64
    }

    #[test]
    #[ignore = "needs a camera: scripts/test-camera"]
    fn yuyv_and_mjpeg_show_the_right_pictures() {
        let pictures = pictures();
        for (input, reader, most) in [
            ("camera:0", "V4L2 v4l2 loopback, yuyv at 10 fps", 0.0),
            ("camera:1", "V4L2 v4l2 loopback, mjpeg at 10 fps", 6.0),
        ] {
            let mut source = camera(input).unwrap();
            assert_eq!(source.info().reader, reader);
            let frames = frames(&mut *source, 12);
            let each: Vec<_> = frames.iter().map(|(bytes, _)| off(bytes, &pictures)).collect();
            // v4l2loopback lets its writer overwrite what a slow reader holds: now and then a picture is torn.
            let right = each.iter().filter(|off| **off <= most).count();
            assert!(right >= 9, "{input}: {each:?}");
            let pictures: HashSet<_> = frames.iter().map(|(bytes, _)| bytes).collect();
            assert!(pictures.len() >= 11, "{input}: {} pictures in 12 frames", pictures.len());
        }
    }

    #[test]
    #[ignore = "needs a camera: scripts/test-camera"]
    fn both_readers_give_the_same_pixels() {
        let pictures = pictures();
        for (input, most) in [("camera:0", 0.0), ("camera:1", 6.0)] {
            let opening = Opening { decoder: Decoder::Opencv, ..Opening::default() };
            let mut source = open(&input.parse().unwrap(), &opening).unwrap();
            let each: Vec<_> = frames(&mut *source, 8).iter().map(|(bytes, _)| off(bytes, &pictures)).collect();
            assert!(each.iter().filter(|off| **off <= most).count() >= 5, "{input}: {each:?}");
        }
    }

    #[test]
    #[ignore = "needs a camera: scripts/test-camera"]
    fn each_offers_what_it_is_fed_with() {
        let offered: Vec<_> = cameras().iter().map(|camera| camera.formats.clone()).collect();
        let names: Vec<Vec<_>> = offered.iter().map(|all| all.iter().map(|one| one.name.clone()).collect()).collect();
        assert_eq!(names, [["yuyv"], ["mjpeg"]]);
        assert!(offered.iter().all(|all| all[0].sizes[0].size_in_words() == "320x240"), "{offered:?}");
        assert!(refusal("camera:1?size=640x480").contains("offers no 640x480"));
    }
}
