//! Cameras that speak RTSP, and live streams in pieces (HLS): read, lost, found again; and what they do wrong. Nothing may
//! hang.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering::SeqCst;
use std::thread::sleep;
use std::time::Duration;

use crate::common::child::{Running, balances, start, strategy, wait_until};
use crate::common::rtsp::{Manner, RtspCamera};
use crate::common::server::files_of;
use crate::common::{framerace, stderr};

const ANY: &str = "127.0.0.1:0";

/// How long a camera is away: long enough to lose frames.
const OUTAGE: Duration = Duration::from_millis(700);

fn camera(manner: Manner) -> RtspCamera {
    RtspCamera::at(ANY.parse().expect("an address"), manner)
}

#[test]
fn a_camera_that_speaks_rtsp_is_read_lost_and_found_again() {
    let first = camera(Manner::Frames { count: 1_000_000, then_silent: false });
    let (address, url) = (first.address, first.url());
    let child = start(&["run", &url, "-f", "grayscale", "--frames", "70", "--json", "-"]);
    wait_until("frames", || first.sent.load(SeqCst) > 25);
    drop(first);
    sleep(OUTAGE);
    let again = RtspCamera::at(address, Manner::Frames { count: 1_000_000, then_silent: false });
    let output = child.output();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let run = strategy(&output);
    assert!(balances(&run["ledger"]) && run["ledger"]["captured"] == 70, "{}", run["ledger"]);
    let outages = &run["outages"];
    assert!(again.sent.load(SeqCst) > 0 && outages["count"] == 1 && outages["for_good"] == false, "{outages}");
    assert!(stderr(&output).contains(&format!("{url} was lost for ")), "{}", stderr(&output));
}

#[test]
fn who_falls_silent_or_hangs_up_is_told_in_time() {
    let silent = camera(Manner::Frames { count: 30, then_silent: true });
    let output = framerace(&["run", &silent.url(), "-f", "grayscale", "--timeout", "1", "--no-reconnect"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("gave no frame for 1 s (--timeout)") && said.contains("was lost; what was"), "{said}");
    for request in ["OPTIONS", "DESCRIBE", "SETUP", "PLAY"] {
        let rude = camera(Manner::HangsUpAt(request));
        let output = framerace(&["run", &rude.url(), "--timeout", "3"]);
        let said = stderr(&output);
        assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{request}: {said}");
        assert!(said.contains(&rude.url()), "{request}: {said}");
    }
}

#[test]
fn a_live_stream_in_pieces_goes_on_after_it_was_cut() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = || {
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(
            "-v error -re -f lavfi -i testsrc=size=96x64:rate=25 -t 60 -c:v mpeg2video -g 25 -b:v 300k".split(' '),
        );
        ffmpeg.args("-f hls -hls_time 1 -hls_list_size 4 -hls_flags append_list+delete_segments live.m3u8".split(' '));
        Running::start(ffmpeg.current_dir(folder.path()).stdin(Stdio::null()))
    };
    let ffmpeg = write();
    wait_until("a list", || fs::read_to_string(folder.path().join("live.m3u8")).is_ok_and(|list| list.contains(".ts")));
    let (place, served) = files_of(folder.path());
    let url = place + "live.m3u8";
    let child = start(&["run", &url, "-f", "grayscale", "--frames", "200", "--timeout", "2", "--json", "-"]);
    wait_until("pieces are read", || served.lock().len() >= 5);
    ffmpeg.kill();
    let before = served.lock().len();
    // Who has asked for the list twice and found nothing new has every piece. Who asks for one after that has opened the
    // stream anew.
    wait_until("the loss is noticed", || {
        let kinds: Vec<_> = served.lock()[before..].iter().map(|name| name.ends_with(".ts")).collect();
        kinds.windows(3).any(|three| three == [false, false, true])
    });
    let ffmpeg = write();
    let output = child.output();
    ffmpeg.kill();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let run = strategy(&output);
    assert!(balances(&run["ledger"]) && run["ledger"]["captured"] == 200, "{}", run["ledger"]);
    assert_eq!(run["outages"]["for_good"], false, "{}", stderr(&output));
    assert!(run["outages"]["count"].as_u64() >= Some(1), "{}: {}", run["outages"], stderr(&output));
}
