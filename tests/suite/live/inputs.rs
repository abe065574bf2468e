//! Cameras on the network that are silent, lost, back, or other than they were; and Ctrl-C meanwhile. Nothing may hang.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering::SeqCst;
use std::thread::sleep;
use std::time::Duration;

use crate::common::child::{PATIENCE, Running, balances, start, strategy, threads_called, wait_until};
use crate::common::server::{Camera, Manner, files_of};
use crate::common::{framerace, stderr};
use rustix::process::Signal;
use serde_json::Value;

/// How long a camera is away: long enough to lose frames.
const OUTAGE: Duration = Duration::from_millis(700);
/// As long as many frames of a camera with 100 FPS take.
const SOME_FRAMES: Duration = Duration::from_millis(500);

fn frames(width: i32, height: i32, count: u64) -> Manner {
    Manner::Frames { width, height, count, then_silent: false }
}

/// Waits until the program has begun to read its input, so many times: each run has a thread of its own for that.
fn begun(child: &Running, thread: &str, times: usize) {
    let mut seen = BTreeSet::new();
    wait_until(thread, || {
        seen.extend(threads_called(child.pid(), thread));
        seen.len() >= times
    });
}

#[test]
fn a_camera_that_is_cut_off_and_comes_back_goes_on_with_the_gap_counted() {
    let camera = Camera::start(frames(64, 48, 1_000_000));
    let (address, url) = (camera.address, camera.url());
    let child = start(&["run", &url, "-f", "grayscale", "--duration", "6", "--json", "-"]);
    wait_until("frames", || camera.sent.load(SeqCst) > 30);
    drop(camera);
    sleep(OUTAGE);
    let camera = Camera::at(address, frames(64, 48, 1_000_000));
    let output = child.output();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let run = strategy(&output);
    assert!(balances(&run["ledger"]), "{}", run["ledger"]);
    let (outages, sent) = (&run["outages"], camera.sent.load(SeqCst));
    assert!(sent > 0 && outages["count"] == 1 && outages["for_good"] == false, "{outages}, then {sent}");
    assert!(outages["seconds"].as_f64() >= Some(0.5) && outages["frames"].as_u64() >= Some(5), "{outages}");
    assert!(stderr(&output).contains(&format!("note: {url} was lost for ")), "{}", stderr(&output));
}

#[test]
fn a_camera_that_comes_back_with_another_size_is_refused() {
    let camera = Camera::start(frames(64, 48, 1_000_000));
    let (address, url) = (camera.address, camera.url());
    let child = start(&["run", &url, "-f", "grayscale", "--duration", "30"]);
    wait_until("frames", || camera.sent.load(SeqCst) > 10);
    drop(camera);
    let _camera = Camera::at(address, frames(96, 48, 1_000_000));
    let output = child.output();
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    assert!(said.contains("came back with frames of 96x48") && said.contains("began with 64x48"), "{said}");
}

#[test]
fn a_stream_that_ends_is_no_failure_and_one_that_falls_silent_is() {
    let camera = Camera::start(frames(64, 48, 12));
    let output = start(&["run", &camera.url(), "-f", "grayscale", "--no-reconnect", "--json", "-"]).output();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("ended after 12 frames"), "{}", stderr(&output));
    // A machine that has much else to do may drop some, or not read them in time.
    let ledger = &strategy(&output)["ledger"];
    assert_eq!(ledger["captured"].as_u64().zip(ledger["unread"].as_u64()).map(|(had, unread)| had + unread), Some(12));

    let camera = Camera::start(Manner::Frames { width: 64, height: 48, count: 12, then_silent: true });
    // The queue has room for all, so that none is dropped before a filter that is slow to begin.
    let silent = ["--timeout", "1", "--no-reconnect", "--queue", "12", "--json", "-"];
    let output = start(&[&["run", &camera.url(), "-f", "grayscale"], &silent[..]].concat()).output();
    assert_eq!(output.status.code(), Some(1));
    let run = strategy(&output);
    assert!(balances(&run["ledger"]) && run["ledger"]["delivered"].as_u64() >= Some(4), "{}", run["ledger"]);
    assert_eq!(run["outages"]["for_good"], true);
    let said = stderr(&output);
    assert!(said.contains("gave no frame for 1 s (--timeout)") && said.contains("was lost; what was"), "{said}");
}

#[test]
fn a_stream_in_pieces_is_played_through_all_of_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = Command::new("ffmpeg")
        .args("-v error -f lavfi -i testsrc=size=96x64:rate=25 -t 4 -c:v mpeg2video -g 25".split(' '))
        .args("-f hls -hls_time 1 -hls_list_size 0 stream.m3u8".split(' '))
        .current_dir(folder.path())
        .status();
    assert!(made.expect("ffmpeg").success());
    let url = files_of(folder.path()).0 + "stream.m3u8";
    let run = ["run", &url, "-f", "grayscale", "--overflow", "block", "--no-reconnect", "--json", "-"];
    let output = start(&run).output();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let pieces = fs::read_dir(folder.path()).expect("a folder").count() - 1;
    let ledger = &strategy(&output)["ledger"];
    assert!(pieces > 2 && ledger["delivered"] == 100 && ledger["unread"] == 0, "{pieces} pieces: {ledger}");
}

#[test]
fn silence_does_not_keep_a_run_from_its_duration() {
    let camera = Camera::start(Manner::Frames { width: 64, height: 48, count: 12, then_silent: true });
    let output = start(&["run", &camera.url(), "-f", "grayscale", "--duration", "1.5", "--timeout", "3000"]).output();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn addresses_that_lead_nowhere_say_so_in_one_line_and_in_time() {
    let silent = Camera::start(Manner::Silent);
    let absent = Camera::start(Manner::Says("HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
    let text = Camera::start(Manner::Says("HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<html>no camera</html>"));
    let nobody = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let nobody = format!("http://{nobody}/");
    let rtsp = silent.url().replace("http:", "rtsp:");
    let cases: &[(&str, &[&str], &str)] = &[
        (&silent.url(), &[], "did not answer within 1 s (--timeout)"),
        (&silent.url(), &["--decoder", "opencv"], "cannot open"),
        (&rtsp, &[], "did not answer within 1 s (--timeout)"),
        (&absent.url(), &[], "404"),
        (&text.url(), &[], "ffplay"),
        (&nobody, &[], "refused"),
        ("http://no-such-host.invalid/", &[], "http://no-such-host.invalid/"),
        ("nonsense://127.0.0.1/", &[], "nonsense://127.0.0.1/"),
    ];
    for (url, more, words) in cases {
        for command in ["run", "compare"] {
            let output = start(&[&[command, url, "--timeout", "1"], *more].concat()).output();
            let said = stderr(&output);
            assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{command} {url}: {said}");
            assert!(said.contains(words) && said.contains(url), "{said}");
        }
    }
}

#[test]
fn ctrl_c_ends_a_live_run_and_shows_what_was_measured() {
    let folder = tempfile::tempdir().expect("a folder");
    for (command, more) in [("run", &["-s", "processes"][..]), ("compare", &["-s", "threads", "--warmup", "2"])] {
        let json = folder.path().join(format!("{command}.json"));
        let input = [command, "synthetic:64x48@100x1000000", "--as-camera", "-f", "grayscale", "--json"];
        let arguments = [&input[..], &[json.to_str().expect("UTF-8")], more].concat();
        // How long it takes until something is measured is the machine's; whoever comes earlier is told so.
        for wait in (0..).map(|doublings| SOME_FRAMES * 2_u32.pow(doublings)) {
            assert!(wait < PATIENCE, "nothing was measured in {wait:?}");
            let child = start(&arguments);
            // A comparison opens the camera to look at it and to warm up both strategies; with the fifth time it measures.
            begun(&child, "camera", if command == "run" { 1 } else { 5 });
            sleep(wait);
            child.signal(Signal::INT);
            let output = child.output();
            let said = stderr(&output);
            assert_eq!(output.status.code(), Some(130), "{command}: {said}");
            assert!(said.contains("error: interrupted"), "{said}");
            if json.exists() {
                break;
            }
            assert_eq!(said, "error: interrupted before anything was measured\n");
        }
        let result: Value = serde_json::from_slice(&fs::read(&json).expect("it was written")).expect("a result");
        let ledgers: Vec<_> =
            result["strategies"].as_array().expect("strategies").iter().map(|s| &s["ledger"]).collect();
        assert!(!ledgers.is_empty() && ledgers.iter().all(|ledger| balances(ledger)), "{ledgers:?}");
    }
}

#[test]
fn ctrl_c_ends_the_wait_for_who_does_not_answer() {
    let camera = Camera::start(Manner::Silent);
    for command in [&["run"][..], &["compare"], &["record", "--twin", "never.twin"]] {
        let child = start(&[command, &[&camera.url(), "--timeout", "1000"]].concat());
        begun(&child, "live input", 1);
        child.signal(Signal::INT);
        let output = child.output();
        assert_eq!(output.status.code(), Some(130), "{command:?}: {}", stderr(&output));
        assert_eq!(stderr(&output).lines().count(), 1, "{}", stderr(&output));
    }
}

#[test]
fn ctrl_c_ends_a_recording_and_keeps_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (camera, twin) = (Camera::start(frames(64, 48, 1_000_000)), folder.path().join("cam.twin"));
    let twin = twin.to_str().expect("UTF-8");
    let child = start(&["record", &camera.url(), "--twin", twin]);
    wait_until("frames", || camera.sent.load(SeqCst) > 20);
    child.signal(Signal::INT);
    let output = child.output();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    drop(camera);
    let output = framerace(&["run", &format!("twin:{twin}"), "-f", "grayscale", "--json", "-"]);
    assert!(strategy(&output)["ledger"]["delivered"].as_u64() > Some(0), "{}", stderr(&output));
}

/// Frames that the ffmpeg program has sent, as it reports them.
fn served(progress: &str) -> u64 {
    let text = fs::read_to_string(progress).unwrap_or_default();
    text.lines().rev().find_map(|line| line.strip_prefix("frame=")?.parse().ok()).unwrap_or(0)
}

#[test]
fn the_ffmpeg_program_serves_and_is_killed_and_serves_again() {
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let url = format!("http://127.0.0.1:{port}/");
    let folder = tempfile::tempdir().expect("a folder");
    let progress = folder.path().join("progress");
    let progress = progress.to_str().expect("UTF-8");
    let serve = || {
        let input = ["-v", "quiet", "-re", "-f", "lavfi", "-i", "testsrc=size=96x64:rate=25", "-t", "60"];
        let output = ["-f", "mpjpeg", "-listen", "1", &url];
        Running::start(
            Command::new("ffmpeg").args(input).args(output).args(["-progress", progress]).stdin(Stdio::null()),
        )
    };
    let ffmpeg = serve();
    wait_until("a listener", || {
        fs::read_to_string("/proc/net/tcp").expect("a table").contains(&format!(":{port:04X} "))
    });
    let child = start(&["run", &url, "-f", "grayscale", "--frames", "80", "--json", "-"]);
    wait_until("frames are sent", || served(progress) > 40);
    ffmpeg.kill();
    let ffmpeg = serve();
    let output = child.output();
    ffmpeg.kill();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let run = strategy(&output);
    assert!(balances(&run["ledger"]) && run["ledger"]["captured"] == 80, "{}", run["ledger"]);
    assert_eq!(
        (&run["outages"]["count"], &run["outages"]["for_good"]),
        (&1.into(), &false.into()),
        "{}",
        stderr(&output)
    );
}
