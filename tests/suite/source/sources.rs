//! Sources of every kind hand out the frames they have: numbered images of odd depths, turned and odd-sized videos,
//! and the same pixels whichever library reads.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::kept::{copy_of, kept};
use crate::common::{CLIP, Greedy, run_on, settings};
use framerace::frame::Pixels;
use framerace::pipeline::{Settings, Watch};
use framerace::run::run;
use framerace::source::{Decoder, Input, OpenOptions, open};
use framerace::strategy::{STRATEGIES, of_any_source};
use opencv::core::{
    CV_8UC1, CV_8UC3, CV_8UC4, CV_16UC1, CV_16UC3, Mat, MatTraitConst, MatTraitConstManual, Scalar, Vector,
};
use opencv::imgcodecs::{IMREAD_ANYCOLOR, imread, imwrite};
use tempfile::TempDir;

/// A folder with images `0001.png`, `0002.png`, … of these types and sizes.
fn images(kinds: &[(i32, i32, i32)]) -> (TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    for (number, &(width, height, kind)) in (1..).zip(kinds) {
        let depth = if kind == CV_16UC1 || kind == CV_16UC3 { 256.0 } else { 1.0 };
        let value = f64::from(number) * 20.0 * depth;
        let image = Mat::new_rows_cols_with_default(height, width, kind, Scalar::new(value, value, value, 99.0))
            .expect("an image");
        let path = folder.path().join(format!("{number:04}.png"));
        assert!(imwrite(path.to_str().expect("UTF-8"), &image, &Vector::new()).expect("a file"));
    }
    let pattern = folder.path().join("%04d.png").to_str().expect("UTF-8").to_owned();
    (folder, pattern)
}

/// A few frames of the clip in another form.
fn video(folder: &Path, name: &str, arguments: &str) -> PathBuf {
    let path = folder.join(name);
    let made = format!("video.{}", path.extension().and_then(|kind| kind.to_str()).expect("a container"));
    let ffmpeg = "ffmpeg -v error -nostdin -i bigbuckbunny.mp4 -an";
    copy_of(&path, &kept(&made, &[CLIP.into()], &format!("{ffmpeg} {arguments} $OUT")));
    path
}

#[test]
fn images_of_every_depth_become_gray_or_color() {
    for (kind, pixels) in [
        (CV_8UC1, Pixels::Gray8),
        (CV_16UC1, Pixels::Gray8),
        (CV_8UC3, Pixels::Bgr8),
        (CV_8UC4, Pixels::Bgr8),
        (CV_16UC3, Pixels::Bgr8),
    ] {
        let (_folder, pattern) = images(&[(33, 21, kind); 4]);
        let source = open(&pattern.parse().unwrap(), &OpenOptions::default()).unwrap();
        assert_eq!(source.info().shape.pixels, pixels, "type {kind}");
        let plain = if pixels == Pixels::Gray8 { CV_8UC1 } else { CV_8UC3 };
        let (_folder, reference) = images(&[(33, 21, plain); 4]);
        let hash = |pattern: &str| {
            let run = run_on(STRATEGIES[0], pattern, "blur=1", &settings()).unwrap();
            assert_eq!(run.ledger.delivered, 4, "type {kind}");
            run.hash
        };
        assert_eq!(hash(&pattern), hash(&reference), "type {kind}");
    }
}

#[test]
fn images_play_several_times() {
    let (_folder, pattern) = images(&[(33, 21, CV_8UC3); 3]);
    let mut settings = settings();
    settings.open.times = 3;
    for strategy in of_any_source() {
        assert_eq!(
            run_on(strategy, &pattern, "grayscale", &settings).unwrap().ledger.delivered,
            9,
            "{}",
            strategy.name()
        );
    }
}

#[test]
fn images_behind_gaps_are_read_and_gaps_and_damaged_images_are_said() {
    let (folder, pattern) = images(&[(33, 21, CV_8UC3); 6]);
    let run_notes = || {
        let run = run_on(STRATEGIES[0], &pattern, "grayscale", &settings()).unwrap();
        (run.ledger.delivered, run.notes.join(" "))
    };
    assert_eq!(run_notes(), (6, String::new()));
    std::fs::write(folder.path().join("0005.png"), "no image").unwrap();
    let (frames, note) = run_notes();
    assert!(frames == 5 && note.contains("0005.png cannot be read and was left out"), "{frames}: {note}");
    std::fs::remove_file(folder.path().join("0003.png")).unwrap();
    let (frames, note) = run_notes();
    assert!(frames == 4 && note.contains("0003.png is missing"), "{frames}: {note}");
    std::fs::rename(folder.path().join("0006.png"), folder.path().join("200000.png")).unwrap();
    let (frames, note) = run_notes();
    assert!(frames == 4 && note.contains("0003.png and 199994 others are missing"), "{frames}: {note}");
    for low in ["0001.png", "0002.png", "0004.png", "0005.png"] {
        std::fs::remove_file(folder.path().join(low)).unwrap();
    }
    assert_eq!(run_notes(), (1, String::new()), "numbers may begin anywhere");
}

/// Gray, RGB and RGBA in any order: all frames, and the colors of those that have some.
#[test]
fn gray_and_color_may_be_mixed() {
    for kinds in [[CV_8UC1, CV_8UC3, CV_8UC4], [CV_8UC3, CV_8UC1, CV_16UC1]] {
        for ending in ["png", "jpg"] {
            let (folder, pattern) = images(&kinds.map(|kind| (32, 20, kind)));
            let pattern = pattern.replace("png", ending);
            for number in 1..=3 {
                let from = folder.path().join(format!("{number:04}.png"));
                let image = imread(from.to_str().unwrap(), IMREAD_ANYCOLOR).unwrap();
                assert!(imwrite(from.with_extension(ending).to_str().unwrap(), &image, &Vector::new()).unwrap());
            }
            let mut sink = Greedy::default();
            let chain = "copy".parse().unwrap();
            let watch = Watch::default();
            let run = run(STRATEGIES[0], &pattern.parse().unwrap(), &chain, &mut sink, &settings(), &watch).unwrap();
            assert_eq!((run.ledger.delivered, sink.last.typ()), (3, CV_8UC3), "{kinds:?} {ending}: {:?}", run.notes);
            let lit = *sink.last.at_2d::<opencv::core::Vec3b>(5, 5).unwrap();
            assert!(lit.iter().all(|part| part.abs_diff(60) <= 1), "{lit:?}");
        }
    }
}

#[test]
fn what_images_lose_is_said_and_jpegs_are_turned() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let made = |script: &str| {
        let ran = Command::new("sh").current_dir(folder.path()).args(["-ec", script]).status();
        assert!(ran.unwrap().success(), "{script}");
    };
    let ffmpeg = "ffmpeg -v error -nostdin -y -f lavfi -i testsrc2=s=32x20:d=0.12:r=25";
    made(&format!("{ffmpeg} -pix_fmt rgb48be deep%d.png; {ffmpeg} -pix_fmt pal8 palette%d.png"));
    made(&format!("{ffmpeg} -vf format=rgba,geq=r=9:g=9:b=9:a=9 glass%d.png; {ffmpeg} -pix_fmt rgba clear%d.png"));
    let notes = |name: &str| {
        let run = run_on(STRATEGIES[0], &path(name), "grayscale", &settings()).unwrap();
        (run.ledger.delivered, run.notes.join(" "))
    };
    assert_eq!(notes("palette%d.png"), (3, String::new()));
    assert_eq!(notes("clear%d.png"), (3, String::new()));
    let (frames, said) = notes("deep%d.png");
    assert!(frames == 3 && said.contains("has 16 bits a color; filters and output have 8"), "{said}");
    let (frames, said) = notes("glass%d.png");
    assert!(frames == 3 && said.contains("is transparent in places"), "{said}");
    // A JPEG that asks for a quarter turn: Exif with one entry, orientation 6.
    made(&format!("{ffmpeg} -frames:v 1 upright1.jpg"));
    let jpeg = std::fs::read(path("upright1.jpg")).unwrap();
    let exif = b"\xFF\xE1\0\x22Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    std::fs::write(path("turned1.jpg"), [&jpeg[..2], exif, &jpeg[2..]].concat()).unwrap();
    let shape = open(&path("turned%d.jpg").parse().unwrap(), &OpenOptions::default()).unwrap().info().shape;
    assert_eq!((shape.width, shape.height), (20, 32));
}

#[test]
fn a_size_that_changes_ends_the_run_with_both_sizes() {
    let (_folder, pattern) = images(&[(33, 21, CV_8UC3), (33, 21, CV_8UC3), (40, 21, CV_8UC3)]);
    for strategy in of_any_source() {
        let error = format!("{:#}", run_on(strategy, &pattern, "grayscale", &settings()).expect_err(strategy.name()));
        for word in ["frame 2", "40x21", "33x21"] {
            assert!(error.contains(word), "{}: {error}", strategy.name());
        }
    }
}

#[test]
fn odd_videos_are_read_whole_and_alike_by_both_readers() {
    let folder = tempfile::tempdir().unwrap();
    let odd = [
        ("mpeg4.avi", "-vf scale=320:180 -c:v mpeg4", 12),
        ("ffv1.mkv", "-vf scale=318:178 -c:v ffv1", 12),
        ("mjpeg.mov", "-vf scale=322:182 -c:v mjpeg -pix_fmt yuvj420p", 12),
        ("h264.ts", "-vf scale=320:180 -c:v libx264 -bf 3", 12),
        ("a:b 100% 'x'.mp4", "-vf scale=320:180 -c:v libx264 -g 5", 12),
        ("one.mp4", "-vf scale=320:180 -c:v libx264 -frames:v 1", 1),
        ("late.mp4", "-vf scale=320:180 -c:v libx264 -output_ts_offset 5", 12),
    ];
    for (name, arguments, frames) in odd {
        let path = video(folder.path(), name, &format!("-frames:v 12 -pix_fmt yuv420p {arguments}"));
        for times in [1, 2] {
            let hash = |decoder| {
                let input = Input::File(path.clone());
                let settings =
                    Settings { open: OpenOptions { times, decoder, ..OpenOptions::default() }, ..settings() };
                let chain = "blur=1".parse().unwrap();
                let mut sink = framerace::sink::Null::default();
                let run = run(STRATEGIES[0], &input, &chain, &mut sink, &settings, &Watch::default()).unwrap();
                assert_eq!(run.ledger.delivered, frames * u64::from(times), "{name} by {decoder:?}, {times} times");
                assert!(run.notes.is_empty(), "{name} by {decoder:?}: {:?}", run.notes);
                run.hash
            };
            assert_eq!(hash(Decoder::Libav), hash(Decoder::Opencv), "{name}, {times} times");
        }
    }
}

#[test]
fn a_turned_video_is_turned_as_a_player_would() {
    let folder = tempfile::tempdir().unwrap();
    let flat = video(folder.path(), "flat.mp4", "-frames:v 5 -vf scale=320:180 -c:v libx264");
    for (degrees, size) in [("90", (180, 320)), ("180", (320, 180)), ("270", (180, 320))] {
        let turned = folder.path().join(format!("turned{degrees}.mp4"));
        let status = Command::new("ffmpeg")
            .args(["-v", "error", "-i"])
            .arg(&flat)
            .args(["-c", "copy", "-metadata:s:v", &format!("rotate={degrees}")])
            .arg(&turned)
            .status();
        assert!(status.unwrap().success());
        // What ffmpeg shows is what a player shows. (OpenCV 4.6 turns by 90 and 270 degrees the wrong way.)
        let shown = Command::new("ffmpeg")
            .args(["-v", "error", "-i"])
            .arg(&turned)
            .args(["-frames:v", "1", "-pix_fmt", "gray", "-f", "rawvideo", "-"])
            .output()
            .unwrap();
        let mut settings = settings();
        settings.limits.frames = Some(1);
        let mut sink = Greedy::default();
        let (input, chain) = (Input::File(turned), "grayscale".parse().unwrap());
        run(STRATEGIES[0], &input, &chain, &mut sink, &settings, &Watch::default()).unwrap();
        assert_eq!((sink.last.cols(), sink.last.rows()), size, "{degrees}");
        let pairs = sink.last.data_bytes().unwrap().iter().zip(&shown.stdout);
        let difference: f64 = pairs.map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
        assert_eq!(shown.stdout.len(), 320 * 180);
        assert!(difference / 57_600.0 < 8.0, "{degrees}: {} levels a pixel", difference / 57_600.0);
    }
}

#[test]
fn frames_carry_the_time_they_belong_to() {
    let mut settings = settings();
    settings.limits.frames = Some(135);
    settings.open.times = 2;
    let mut sink = Greedy::default();
    run(STRATEGIES[0], &CLIP.parse().unwrap(), &"grayscale".parse().unwrap(), &mut sink, &settings, &Watch::default())
        .unwrap();
    // 25 a second, and the second pass goes on where the first ended.
    assert_eq!(sink.times_ms(), (0..135).map(|n| n * 40).collect::<Vec<_>>());
}
