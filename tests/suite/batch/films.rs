//! Long films in parts: nobody can see where they were cut. Held against the same film that was not cut.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::common::kept::{copy_of, kept};
use crate::common::place::{Place, ended, names};
use crate::common::shards::output;
use crate::common::stdout;

/// What ffprobe and ffmpeg say of a file: frames with their times, the duration and sound; and the pixels, if asked.
fn facts(path: &Path, pixels: bool) -> String {
    let ask = |program: &str, arguments: &[&str]| {
        let asked = output(Command::new(program).args(arguments).arg(path));
        assert!(asked.status.success(), "{asked:?}");
        let mut lines: Vec<_> = stdout(&asked).lines().map(str::to_owned).collect();
        lines.sort();
        lines.join("\n")
    };
    let decode = |what: &[&str]| {
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-nostdin", "-i"]).arg(path).args(what).args(["-f", "framemd5", "-"]);
        stdout(&output(&mut command))
    };
    let packets = ["-v", "error", "-show_entries", "packet=stream_index,pts_time", "-of", "csv=p=0"];
    let whole = [
        "-v",
        "error",
        "-show_entries",
        "format=duration:stream=codec_name,avg_frame_rate,sample_aspect_ratio:chapter=start_time,end_time",
    ];
    let sound = decode(&["-map", "0:a?", "-c", "copy"]);
    let pictures = if pixels { decode(&["-map", "0:v", "-fps_mode", "passthrough"]) } else { String::new() };
    [ask("ffprobe", &packets), ask("ffprobe", &whole), sound, pictures].join("\n")
}

/// Films that can be cut, and what makes them: seven seconds and more, with sound.
const FILMS: &[(&str, &str)] = &[
    ("closed.mp4", "testsrc2=s=64x48:r=25:d=7|-c:v libx264 -preset ultrafast -g 25 -bf 0 -pix_fmt yuv420p"),
    ("b-frames.mp4", "testsrc2=s=64x48:r=25:d=7|-c:v libx264 -preset fast -g 30 -bf 3 -pix_fmt yuv420p"),
    (
        "open-gop.mkv",
        "testsrc2=s=64x48:r=25:d=7|-c:v libx264 -preset fast -g 30 -bf 3 -pix_fmt yuv420p -x264-params open-gop=1",
    ),
    (
        "pyramid.mkv",
        "testsrc2=s=64x48:r=30:d=7|-c:v libx264 -preset fast -g 40 -bf 7 -pix_fmt yuv420p -x264-params b-pyramid=strict",
    ),
    (
        "variable.mkv",
        "testsrc2=s=64x48:r=60:d=7,select=lt(random(1)\\,0.6)|-fps_mode vfr -c:v libx264 -preset fast -g 20 -bf 2 -pix_fmt yuv420p",
    ),
    ("ten-bits.mkv", "testsrc2=s=64x48:r=25:d=7|-c:v libx264 -preset fast -g 25 -bf 2 -pix_fmt yuv420p10le"),
    (
        "hevc.mp4",
        "testsrc2=s=64x48:r=25:d=7|-c:v libx265 -preset ultrafast -x265-params log-level=error:keyint=30:bframes=3 -pix_fmt yuv420p",
    ),
    (
        "hevc-open.mkv",
        "testsrc2=s=64x48:r=25:d=7|-c:v libx265 -preset fast -x265-params log-level=error:keyint=30:open-gop=1:bframes=4 -pix_fmt yuv420p",
    ),
    ("mpeg4.avi", "testsrc2=s=64x48:r=25:d=7|-c:v mpeg4 -g 25 -pix_fmt yuv420p"),
    ("mpeg4-b.mp4", "testsrc2=s=64x48:r=25:d=7|-c:v mpeg4 -g 25 -bf 2 -pix_fmt yuv420p"),
    ("mpeg2.mkv", "testsrc2=s=64x48:r=25:d=7|-c:v mpeg2video -g 15 -bf 2 -pix_fmt yuv420p"),
    ("vp9.webm", "testsrc2=s=64x48:r=25:d=7|-c:v libvpx-vp9 -deadline realtime -g 30 -pix_fmt yuv420p"),
    ("vp8.webm", "testsrc2=s=64x48:r=25:d=7|-c:v libvpx -deadline realtime -g 30 -pix_fmt yuv420p"),
    ("mjpeg.mov", "testsrc2=s=64x48:r=25:d=7|-c:v mjpeg -pix_fmt yuvj420p"),
    ("ffv1.mkv", "testsrc2=s=64x48:r=25:d=7|-c:v ffv1 -g 10 -pix_fmt yuv420p"),
    ("ntsc.mkv", "testsrc2=s=64x48:r=30000/1001:d=7|-c:v libx264 -preset fast -g 30 -bf 2 -pix_fmt yuv420p"),
    ("slow.mkv", "testsrc2=s=64x48:r=3:d=12|-c:v libx264 -preset fast -g 4 -bf 1 -pix_fmt yuv420p"),
    ("fast.mkv", "testsrc2=s=64x48:r=120:d=6|-c:v libx264 -preset ultrafast -g 100 -bf 2 -pix_fmt yuv420p"),
    ("all-keys.mp4", "testsrc2=s=64x48:r=25:d=7|-c:v libx264 -preset fast -g 1 -pix_fmt yuv420p"),
    (
        "late.mkv",
        "testsrc2=s=64x48:r=25:d=7|-c:v libx264 -preset fast -g 25 -bf 2 -pix_fmt yuv420p -output_ts_offset 2",
    ),
    ("wide.mkv", "testsrc2=s=64x48:r=25:d=7,setsar=4/3|-c:v libx264 -preset fast -g 25 -bf 2 -pix_fmt yuv420p"),
];

fn film(name: &str, recipe: &str) -> std::path::PathBuf {
    let (source, how) = recipe.split_once('|').expect("two parts");
    let sound = if name.ends_with("webm") {
        "libopus"
    } else if name.ends_with("avi") {
        "mp2"
    } else {
        "aac"
    };
    let inputs = format!("-f lavfi -i '{source}' -f lavfi -i sine=d=6.8");
    kept(name, &[], &format!("ffmpeg -v error -nostdin {inputs} {how} -c:a {sound} $OUT"))
}

/// Makes all films whole, and in parts of two seconds; gives what `plan` said.
fn whole_and_in_parts(place: &Place, options: &[&str]) -> String {
    let options =
        [&["-f", "grayscale", "--name", "{stem}.mkv", "-s", "threads", "-w", "2", "--encode-threads", "1"], options]
            .concat();
    ended(&output(&mut place.framerace(&[&["batch", "in", "-o", "whole"], &options[..]].concat())), 0);
    let (said, why) = place.plan(3, &[&options[..], &["--segment", "2"]].concat());
    (0..3).for_each(|shard| _ = place.work(shard, 0));
    place.merge(&[], 0);
    // Once more nothing is joined, and nothing done.
    place.merge(&[], 0);
    assert!(!place.work(0, 0).0.contains(" done"));
    said + &why
}

fn same(place: &Place, pixels: bool) {
    let mut differ = Vec::new();
    for (name, _) in FILMS {
        let made = Path::new(name).with_extension("mkv");
        let [whole, joined] = ["whole", "out"].map(|folder| facts(&place.root().join(folder).join(&made), pixels));
        if whole != joined {
            let lines = whole.lines().zip(joined.lines()).filter(|(a, b)| a != b).take(4);
            differ.push(format!(
                "{name}: {} and {} lines, {:?}",
                whole.lines().count(),
                joined.lines().count(),
                lines.collect::<Vec<_>>()
            ));
        }
    }
    assert!(differ.is_empty(), "{differ:#?}");
    let all: Vec<_> =
        FILMS.iter().map(|(name, _)| Path::new(name).with_extension("mkv").display().to_string()).collect();
    assert_eq!(place.all_outputs(), names(&all.iter().map(String::as_str).collect::<Vec<_>>()), "no part is left");
}

fn films() -> Place {
    let place = Place::new(&[]);
    FILMS.iter().for_each(|(name, recipe)| copy_of(&place.input(name), &film(name, recipe)));
    place
}

#[test]
fn twenty_films_in_parts_have_the_frames_times_sound_and_pixels_of_the_whole() {
    let place = films();
    let said = whole_and_in_parts(&place, &["--codec", "ffv1"]);
    assert!(said.contains("21 files, ") && !said.contains("kept whole"), "{said}");
    same(&place, true);
}

#[test]
fn the_same_with_an_encoder_that_looks_ahead() {
    let place = films();
    whole_and_in_parts(&place, &["--codec", "h264", "--preset", "veryfast"]);
    same(&place, false);
}

#[test]
fn what_cannot_be_cut_is_kept_whole_and_that_is_said() {
    let place = Place::new(&[]);
    let (ts, plain) = ("mpeg2.ts", FILMS[0].1);
    copy_of(&place.input(ts), &film(ts, "testsrc2=s=64x48:r=25:d=7|-c:v mpeg2video -g 15 -pix_fmt yuv420p"));
    copy_of(
        &place.input("one.mkv"),
        &film("one.mkv", "testsrc2=s=64x48:r=25:d=7|-c:v libx264 -g 999 -keyint_min 999 -pix_fmt yuv420p"),
    );
    copy_of(&place.input("same.mp4"), &film("same.mp4", plain));
    copy_of(&place.input("cut.mkv"), &film("cut.mkv", plain));
    let trim = format!("{} && ffmpeg -v error -nostdin -ss 1.3 -i a.mp4 -c copy $OUT", "cp same.mp4 a.mp4");
    copy_of(&place.input("edit.mov"), &kept("edit.mov", &[film("same.mp4", plain)], &trim));
    let (said, why) = place.plan(2, &["-f", "grayscale", "--segment", "2"]);
    for (name, words) in [
        ("in/mpeg2.ts", "its clock may jump"),
        ("in/one.mkv", "no key picture follows after so long"),
        ("in/same.mp4", "its parts can be joined in .mkv and .webm only"),
        ("in/edit.mov", ""),
    ] {
        let is_said = |line: &str| line.starts_with("kept whole: ") && line.contains(name) && line.contains(words);
        assert!(why.lines().any(is_said), "{name}: {said}{why}");
    }
    assert!(!why.contains("cut.mkv") && said.contains("5 files, "), "{said}{why}");
    (0..2).for_each(|shard| _ = place.work(shard, 0));
    place.merge(&[], 0);
    assert!(fs::read_dir(place.output("framerace-shards/parts")).is_ok_and(|parts| parts.count() == 0));
    for (option, words) in [("--frames=5", "--frames"), ("--strategy=segments", "--strategy segments")] {
        let arguments =
            ["plan", "in", "-o", "out", "-f", "grayscale", "--shards", "1", "--save", "p", "--segment", "2", option];
        let (_, said) = ended(&output(&mut place.framerace(&arguments)), 2);
        assert!(said.contains(&format!("--segment and {words} do not go together")), "{said}");
    }
}

#[test]
fn a_film_whose_parts_are_not_all_there_is_not_joined() {
    let place = Place::new(&[]);
    copy_of(&place.input("film.mkv"), &film(FILMS[1].0, FILMS[1].1));
    place.plan(3, &["-f", "grayscale", "--segment", "2"]);
    place.work(0, 0);
    place.work(2, 0);
    assert_eq!(place.merge(&["--missing"], 3).0, "1\n");
    assert!(!place.output("film.mkv").exists());
    place.work(1, 0);
    place.merge(&[], 0);
    assert_eq!(place.all_outputs(), names(&["film.mkv"]));
    // A film that is gone is made again, part by part.
    fs::remove_file(place.output("film.mkv")).expect("it can be done");
    assert_eq!(place.merge(&["--missing"], 3).0, "0,1,2\n");
    (0..3).for_each(|shard| _ = place.work(shard, 0));
    place.merge(&[], 0);
    assert_eq!(place.all_outputs(), names(&["film.mkv"]));
}
