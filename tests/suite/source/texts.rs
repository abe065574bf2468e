//! Cameras as text, and the schedule that stands behind the frames of a recording.

use framerace::metrics::Outages;
use framerace::source::{Arrival, CameraFormat, CameraSpec, Schedule};

#[test]
fn what_is_wanted_of_a_camera_is_read_and_said_again() {
    let spec: CameraSpec = "1?size=640x480&fps=29.97&format=mjpeg".parse().unwrap();
    let all = CameraSpec { number: 1, size: Some((640, 480)), fps: Some(29.97), format: Some(CameraFormat::Mjpeg) };
    assert_eq!(spec, all);
    assert_eq!(spec.to_string(), "camera:1?size=640x480&fps=29.97&format=mjpeg");
    for plain in ["0", "0?", "0?&"] {
        assert_eq!(plain.parse(), Ok(CameraSpec::new(0)), "{plain}");
    }
}

#[test]
fn what_makes_no_sense_of_a_camera_is_named() {
    let cases = [
        ("", "a number"),
        ("-1", "a number"),
        ("+1", "a number"),
        ("0 ", "a number"),
        ("99999999999", "a number"),
        ("0?size", "'size' is not"),
        ("0?zoom=2", "'zoom=2' is not"),
        ("0?size=640", "size=640x480"),
        ("0?size=0x480", "size=640x480"),
        ("0?fps=0", "fps=30"),
        ("0?fps=nan", "fps=30"),
        ("0?format=h264", "no format 'h264'"),
        ("0?fps=30&fps=30", "fps is given twice"),
    ];
    for (bad, said) in cases {
        let error = bad.parse::<CameraSpec>().expect_err(bad);
        assert!(error.contains(said), "{bad}: {error}");
    }
}

fn schedule() -> Schedule {
    let frames = [0, 33_100, 99_000].map(|us| Arrival { us, unread: us / 90_000, hash: us });
    let (input, outages) = ("camera:0".into(), Outages::default());
    Schedule { input, fps: Some(30.0), gray: false, outages, frames: frames.to_vec() }
}

#[test]
fn a_schedule_stands_behind_the_frames_and_is_read_back() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), b"frames").unwrap();
    schedule().append(file.path()).unwrap();
    assert_eq!(Schedule::read(file.path()).unwrap(), schedule());
    let whole = std::fs::read(file.path()).unwrap();
    assert_eq!((&whole[..6], whole[6]), (&b"frames"[..], 0xEC), "Matroska's Void");
    let length = u64::from_be_bytes(whole[7..15].try_into().unwrap()) & !(0xFF << 56);
    assert_eq!(length as usize, whole.len() - 15, "a reader of Matroska passes over it");
    assert_eq!((schedule().unread(), schedule().lasts().as_micros()), (1, 132_333));
}

#[test]
fn what_is_no_schedule_says_so() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = |bytes: &[u8]| {
        std::fs::write(file.path(), bytes).unwrap();
        Schedule::read(file.path()).unwrap_err().to_string()
    };
    assert!(error(b"").contains("is no twin"));
    assert!(error(&[7; 500]).contains("is no twin"));
    schedule().append(file.path()).unwrap();
    let whole = std::fs::read(file.path()).unwrap();
    assert!(error(&whole[..whole.len() - 1]).contains("cut off"));
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x20;
        std::fs::write(file.path(), &damaged).unwrap();
        // It may be read or refused; it must not panic, hang, or take memory for what is not there.
        let _ = Schedule::read(file.path());
    }
    assert!(error(b"\nframerace-twin-1 99999999999999999999\n").contains("is no twin"));
}
