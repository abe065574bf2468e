//! What it offers, refuses, and says it gave.

use serde_json::Value;

use crate::common::child::Running;
use crate::common::{framerace, stderr, stdout};
use crate::*;

#[test]
#[ignore = "needs a camera: scripts/test-camera (issue 6)"]
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
#[ignore = "needs a camera: scripts/test-camera (issue 6)"]
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
#[ignore = "needs a camera: scripts/test-camera (issue 6)"]
fn two_programs_cannot_have_it_and_the_other_one_is_named() {
    let mut other = Command::new("v4l2-ctl");
    other.args(["-d", "/dev/video0", "--stream-mmap"]).stdout(Stdio::null()).stderr(Stdio::null());
    let other = Running::start(&mut other);
    wait_until("busy", busy);
    let error = refusal("camera:0");
    let named = format!("busy: v4l2-ctl (pid {}) uses it", other.pid());
    assert!(error.contains(&named), "{error}");
    let output = framerace(&["run", "camera:0"]);
    let said = stderr(&output);
    assert_eq!((output.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.starts_with("error: camera:0: ") && said.contains(&named), "{said}");
    let listed = cameras().swap_remove(0);
    assert!(listed.trouble.is_some_and(|trouble| trouble.contains(&named)));
    drop(other);
    frames(&mut *camera("camera:0").unwrap(), 1);
}

#[test]
#[ignore = "needs a camera: scripts/test-camera (issue 6)"]
fn the_program_says_what_it_was_given() {
    let output = framerace(&["run", "/dev/video0?size=320x180&fps=25", "--frames", "10", "--json", "-"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let result: Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    let input = &result["input"];
    assert_eq!(
        (&input["reader"], &input["fps"]),
        (&"V4L2 vivid, bgr at 25 fps, on a thread of its own".into(), &25.0.into())
    );
    assert_eq!(input["name"], "camera:0?size=320x180&fps=25");
}
