//! `grayscale=from=luma`: the brightness that a video stores, whatever its format, range and reader; in every strategy.

use std::path::Path;
use std::process::Command;

use crate::common::kept::kept;
use crate::common::{CLIP, framerace, run_on, settings, stderr};
use framerace::frame::{Pixels, Shape};
use framerace::metrics::StageMeter;
use framerace::pipeline::Settings;
use framerace::source::{Input, OpenOptions, open};
use framerace::strategy::{STRATEGIES, faithful};
use opencv::core::MatTraitConstManual;

const CHAIN: &str = "grayscale=from=luma,blur,edges";

/// The first five frames of the clip, made small by the ffmpeg program and written in another form.
fn video(name: &str, arguments: &str) -> std::path::PathBuf {
    let ffmpeg = "ffmpeg -v error -nostdin -i bigbuckbunny.mp4 -an -frames:v 5";
    kept(name, &[CLIP.into()], &format!("{ffmpeg} {arguments} $OUT"))
}

/// Every frame as the reader gives its brightness, one after the other.
fn read(path: &Path) -> (Shape, Vec<u8>) {
    let options = OpenOptions { pixels: Pixels::Gray8, ..OpenOptions::default() };
    let mut source = open(&Input::File(path.into()), &options).expect("a video");
    let shape = source.info().shape;
    let (mut image, mut all) = (shape.image().expect("memory"), Vec::new());
    let clock = StageMeter::new("capture", 1, source.parts(), false).clock();
    while clock.busy(|timer| source.read(&mut image, timer)).expect("a frame").is_some() {
        all.extend_from_slice(image.data_bytes().expect("rows without gaps"));
    }
    (shape, all)
}

/// The same by the ffmpeg program: the plane as it is, without any conversion.
fn plane(path: &Path) -> Vec<u8> {
    let read = ["-v", "error", "-nostdin", "-i", path.to_str().expect("UTF-8")];
    let write = ["-vf", "extractplanes=y", "-f", "rawvideo", "-fps_mode", "passthrough", "-"];
    Command::new("ffmpeg").args(read).args(write).output().expect("ffmpeg").stdout
}

fn stretched(limited: &[u8]) -> Vec<u8> {
    let to_full = |value: &u8| ((f64::from(value.clamp(&16, &235) - 16)) * 255.0 / 219.0).round() as u8;
    limited.iter().map(to_full).collect()
}

#[test]
fn the_plane_of_a_video_is_read_as_it_is() {
    let sizes = ["scale=160:90", "scale=161:91"];
    for (name, format, limited) in [
        ("luma-420.mkv", "-c:v ffv1 -pix_fmt yuv420p", true),
        ("luma-422.mkv", "-c:v ffv1 -pix_fmt yuv422p", true),
        ("luma-alpha.mkv", "-c:v ffv1 -pix_fmt yuva420p", true),
        ("luma-yuyv.nut", "-c:v rawvideo -pix_fmt yuyv422", true),
        ("luma-uyvy.nut", "-c:v rawvideo -pix_fmt uyvy422", true),
        ("luma-nv12.nut", "-c:v rawvideo -pix_fmt nv12", true),
        ("luma-h264.mp4", "-c:v libx264 -pix_fmt yuv444p", true),
        ("luma-jpeg.avi", "-c:v mjpeg -pix_fmt yuvj420p", false),
        ("luma-full.mkv", "-c:v ffv1 -pix_fmt yuv420p -color_range pc -vf_range", false),
    ] {
        for (size, scale) in (1..).zip(sizes) {
            // Full range needs the numbers, too, and not only the flag.
            let (format, scale) = match format.strip_suffix(" -vf_range") {
                Some(format) => (format, format!("{scale}:out_range=full")),
                None => (format, scale.to_owned()),
            };
            let path = video(&format!("{size}-{name}"), &format!("-vf {scale} {format}"));
            let (shape, read) = read(&path);
            let plane = plane(&path);
            assert_eq!((shape.pixels, read.len()), (Pixels::Gray8, plane.len()), "{name}");
            let expected = if limited { stretched(&plane) } else { plane };
            assert!(read == expected, "{name}: other brightness than is stored");
        }
    }
}

/// Of more bits FFmpeg's scaler makes the brightness: nearly that of the same video in 8 bits.
#[test]
fn more_bits_come_out_nearly_the_same() {
    let plain = read(&video("near-420.mkv", "-vf scale=160:90 -c:v ffv1 -pix_fmt yuv420p")).1;
    for (name, format) in
        [("near-10.mkv", "-c:v ffv1 -pix_fmt yuv420p10le"), ("near-16.mkv", "-c:v ffv1 -pix_fmt yuv444p16le")]
    {
        let (shape, read) = read(&video(name, &format!("-vf scale=160:90 {format}")));
        assert_eq!((shape.pixels, read.len()), (Pixels::Gray8, plain.len()), "{name}");
        let off: u64 = read.iter().zip(&plain).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        assert!(off < plain.len() as u64, "{name}: off by {} on average", off as f64 / plain.len() as f64);
    }
}

#[test]
fn every_strategy_makes_the_same_of_it_and_not_the_same_as_of_color() {
    let mut settings = settings();
    settings.limits.frames = Some(12);
    let hash = |strategy, chain: &str, settings: &Settings| run_on(strategy, CLIP, chain, settings).unwrap().hash;
    let baseline = hash(STRATEGIES[0], CHAIN, &settings);
    for strategy in faithful() {
        assert_eq!(hash(strategy, CHAIN, &settings), baseline, "{}", strategy.name());
    }
    assert_ne!(hash(STRATEGIES[0], "grayscale,blur,edges", &settings), baseline, "a hash of its own");
}

#[test]
fn where_there_is_no_brightness_it_is_said() {
    let rgb = video("rgb.mkv", "-vf scale=160:90 -c:v ffv1 -pix_fmt bgr0");
    let of_color = [("synthetic:64x48@0x9", CHAIN), (CLIP, "blur,grayscale=from=luma"), (rgb.to_str().unwrap(), CHAIN)];
    for (input, chain) in of_color {
        let output = framerace(&["run", input, "-f", chain]);
        let said = stderr(&output);
        assert!(!output.status.success() && said.contains("from=luma") && said.lines().count() == 1, "{said}");
    }
}
