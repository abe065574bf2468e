//! The clip, in YUYV at /dev/video0 and in MJPEG at /dev/video1.

use std::collections::HashSet;

use framerace::source::Decoder;
use opencv::imgproc::{COLOR_YUV2BGR_YUY2, cvt_color_def};

use crate::*;

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
#[ignore = "needs a camera: scripts/test-camera (issue 6)"]
fn yuyv_and_mjpeg_show_the_right_pictures() {
    let pictures = pictures();
    for (input, reader, most) in [
        ("camera:0", "V4L2 v4l2 loopback, yuyv at 10 fps, on a thread of its own", 0.0),
        ("camera:1", "V4L2 v4l2 loopback, mjpeg at 10 fps, on a thread of its own", 6.0),
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
#[ignore = "needs a camera: scripts/test-camera (issue 6)"]
fn both_readers_give_the_same_pixels() {
    let pictures = pictures();
    for (input, most) in [("camera:0", 0.0), ("camera:1", 6.0)] {
        let opening = OpenOptions { decoder: Decoder::Opencv, ..OpenOptions::default() };
        let mut source = open(&input.parse().unwrap(), &opening).unwrap();
        let each: Vec<_> = frames(&mut *source, 8).iter().map(|(bytes, _)| off(bytes, &pictures)).collect();
        assert!(each.iter().filter(|off| **off <= most).count() >= 5, "{input}: {each:?}");
    }
}

#[test]
#[ignore = "needs a camera: scripts/test-camera (issue 6)"]
fn each_offers_what_it_is_fed_with() {
    let offered: Vec<_> = cameras().iter().map(|camera| camera.formats.clone()).collect();
    let names: Vec<Vec<_>> = offered.iter().map(|all| all.iter().map(|one| one.name.clone()).collect()).collect();
    assert_eq!(names, [["yuyv"], ["mjpeg"]]);
    assert!(offered.iter().all(|all| all[0].sizes[0].size_in_words() == "320x240"), "{offered:?}");
    assert!(refusal("camera:1?size=640x480").contains("offers no 640x480"));
}
