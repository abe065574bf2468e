//! A file that is cut into segments: whatever it is like, what comes of it is what one reader makes of it, to the pixel, the
//! time stamp and the note. Where it cannot be cut, that is said.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::common::kept::kept;
use crate::common::odd::{GROWING, ODD, SET_BACK, make};
use crate::common::odder::ODDER;
use crate::common::{CLIP, run_on, settings};
use anyhow::Result;
use framerace::filter::Chain;
use framerace::frame::{Frame, Stamp};
use framerace::metrics::{Run, StageTimer};
use framerace::pipeline::{Settings, Watch};
use framerace::run::run;
use framerace::sink::{Null, Sink};
use framerace::source::Input;
use framerace::strategy::find;

/// Keeps what is said of every frame, and hashes its pixels.
#[derive(Default)]
struct Noted {
    stamps: Vec<Stamp>,
    hash: Null,
    enough_after: Option<usize>,
}

impl Sink for Noted {
    fn write(&mut self, frame: &Frame, timer: &StageTimer<'_>) -> Result<ControlFlow<()>> {
        self.stamps.push(frame.stamp);
        let _ = self.hash.write(frame, timer)?;
        let enough = self.enough_after == Some(self.stamps.len());
        Ok(if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }

    fn hash(&self) -> Option<String> {
        self.hash.hash()
    }
}

fn read(strategy: &str, path: &Path, settings: &Settings) -> (Run, Vec<Stamp>) {
    let (input, chain): (_, Chain) = (Input::File(path.to_owned()), "grayscale".parse().expect("a chain"));
    let strategy = find(strategy).expect("it is in the list");
    let mut sink = Noted::default();
    let run = run(strategy, &input, &chain, &mut sink, settings, &Watch::default());
    (run.unwrap_or_else(|error| panic!("{}: {} {error:#}", path.display(), strategy.name())), sink.stamps)
}

/// The note of how it was cut, if there is one.
fn cut_note(run: &Run) -> Option<&str> {
    run.notes.iter().map(String::as_str).find(|note| note.contains("segment"))
}

/// What differs from what one reader makes of it, if anything does; and how it was cut.
fn difference(path: &Path, settings: &Settings) -> (Option<String>, Option<String>) {
    let (one, times) = read("sequential", path, settings);
    let (cut, cut_times) = read("segments", path, settings);
    let notes = |run: &Run| run.notes.iter().filter(|note| !note.contains("segment")).cloned().collect::<Vec<_>>();
    let mut differs = Vec::new();
    if times != cut_times {
        let at = times.iter().zip(&cut_times).position(|(a, b)| a != b);
        let (a, b) = (at.map(|at| times[at]), at.map(|at| cut_times[at]));
        differs.push(format!("{} frames, not {}; {at:?}: {b:?}, not {a:?}", cut_times.len(), times.len()));
    }
    if one.hash != cut.hash {
        differs.push("other pixels".into());
    }
    if one.ledger != cut.ledger {
        differs.push(format!("{:?}, not {:?}", cut.ledger, one.ledger));
    }
    if one.damage != cut.damage || notes(&one) != notes(&cut) {
        differs.push(format!("{:?} {:?}, not {:?} {:?}", cut.damage, notes(&cut), one.damage, notes(&one)));
    }
    let note = cut_note(&cut).map(str::to_owned);
    ((!differs.is_empty()).then(|| format!("{}: {}; {note:?}", path.display(), differs.join("; "))), note)
}

fn same(paths: impl IntoIterator<Item = PathBuf>, settings: &Settings) {
    let differences: Vec<_> = paths.into_iter().filter_map(|path| difference(&path, settings).0).collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

fn three() -> Settings {
    Settings { workers: 3, ..settings() }
}

fn looped(times: u32) -> Settings {
    let mut settings = three();
    settings.open.times = times;
    settings
}

/// The clip in another form, small, in picture groups of so many frames.
fn video(name: &str, arguments: &str) -> PathBuf {
    let ffmpeg = "ffmpeg -v error -nostdin -i bigbuckbunny.mp4 -an -vf scale=160:-2";
    kept(name, &[CLIP.into()], &format!("{ffmpeg} {arguments} $OUT"))
}

const LONG: &[(&str, &str)] = &[
    ("b-frames.mp4", "-c:v libx264 -preset fast -bf 3 -g 20"),
    ("b-frames.mkv", "-c:v libx264 -preset fast -bf 3 -g 20"),
    ("b-frames.ts", "-c:v libx264 -preset fast -bf 3 -g 20"),
    ("hevc.mp4", "-c:v libx265 -preset ultrafast -x265-params log-level=none:pools=1:keyint=20:open-gop=0"),
    ("mpeg4.mp4", "-c:v mpeg4 -g 20"),
    ("vp9.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 20"),
    ("mjpeg.avi", "-c:v mjpeg"),
    ("ffv1.mkv", "-c:v ffv1 -level 3 -g 1"),
    ("late.mp4", "-c:v libx264 -g 20 -output_ts_offset 7"),
    ("vfr.mp4", "-vf 'scale=160:-2,select=not(mod(n\\,3))+not(mod(n\\,7))' -vsync vfr -c:v libx264 -g 20"),
    ("fragments.mp4", "-c:v libx264 -g 20 -movflags frag_keyframe+empty_moov"),
];

#[test]
fn files_with_many_key_pictures_are_cut_and_come_out_the_same() {
    let mut faults = Vec::new();
    for (name, arguments) in LONG {
        let (differs, note) = difference(&video(name, arguments), &three());
        faults.extend(differs);
        faults.extend(note.map(|note| format!("{name} was not cut: {note}")));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn files_with_few_key_pictures_come_out_the_same() {
    let others = [
        ("open-gop.mp4", "-c:v libx264 -x264-params open-gop=1:bframes=3:keyint=15"),
        ("intra-refresh.mp4", "-c:v libx264 -x264-params intra-refresh=1:keyint=20"),
        ("open-gop.mpg", "-c:v mpeg2video -bf 2 -g 12"),
        ("open-gop.hevc.mp4", "-c:v libx265 -preset ultrafast -x265-params log-level=none:pools=1:keyint=20"),
        ("one-key.mp4", "-c:v libx264 -g 999"),
        ("negative.mp4", "-c:v libx264 -g 20 -output_ts_offset -0.5 -avoid_negative_ts disabled"),
        ("mpeg4-b.avi", "-c:v mpeg4 -bf 2 -g 20"),
        ("ffv1-old.mkv", "-c:v ffv1 -g 1"),
        ("vp8.webm", "-c:v libvpx -deadline realtime -g 20 -auto-alt-ref 1 -lag-in-frames 10"),
    ];
    same(others.map(|(name, arguments)| video(name, arguments)), &three());
    let (_, note) = difference(&video("one-key.mp4", "-c:v libx264 -g 999"), &three());
    assert!(note.is_some_and(|note| note.contains("was read as one segment")));
}

#[test]
fn odd_files_come_out_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let odd = ODD.iter().chain(ODDER).chain([&SET_BACK, &GROWING]);
    same(odd.map(|(name, commands)| make(folder.path(), name, commands)), &three());
}

#[test]
fn odd_files_that_are_played_several_times_come_out_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let odd = ODD.iter().chain(ODDER).chain([&SET_BACK, &GROWING]);
    same(odd.map(|(name, commands)| make(folder.path(), name, commands)), &looped(3));
}

#[test]
fn damaged_files_come_out_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut rng = fastrand::Rng::with_seed(7);
    let mut paths = Vec::new();
    // What a decoder makes of damage that it does not note depends on all it has decoded; that of HEVC notes least.
    for (name, arguments) in LONG.iter().filter(|(name, _)| *name != "hevc.mp4") {
        let whole = std::fs::read(video(name, arguments)).expect("a video");
        for number in 0..4 {
            let mut bytes = whole.clone();
            let at = rng.usize(whole.len() / 3..whole.len());
            match number {
                0 => bytes[at..(at + 40).min(whole.len())].fill(0xAA),
                1 => (0..9).for_each(|_| bytes[rng.usize(whole.len() / 3..whole.len())] ^= 1 << rng.u8(..8)),
                2 => drop(bytes.drain(at..(at + 300).min(whole.len()))),
                _ => bytes.truncate(at),
            }
            let path = folder.path().join(format!("{number}-{name}"));
            std::fs::write(&path, bytes).expect("a file");
            if framerace::source::open(&Input::File(path.clone()), &three().open).is_ok() {
                paths.push(path);
            }
        }
    }
    assert!(paths.len() > 20, "{}", paths.len());
    same(paths, &three());
}

#[test]
fn the_clip_is_cut_where_it_begins_again() {
    for (workers, queue) in [(1, 1), (2, 4), (5, 2)] {
        let (differs, note) = difference(Path::new(CLIP), &Settings { workers, queue, ..looped(3) });
        assert_eq!((differs, note), (None, None), "{workers} workers");
    }
}

#[test]
fn brightness_as_it_is_stored_comes_out_the_same() {
    let path = video("b-frames.mp4", LONG[0].1);
    let hash = |strategy| {
        let run =
            run_on(find(strategy).expect("it is there"), &path.to_string_lossy(), "grayscale=from=luma", &three());
        run.expect("a run").hash
    };
    assert_eq!(hash("segments"), hash("sequential"));
}

#[test]
fn little_memory_makes_workers_wait_for_one_another() {
    let path = video("b-frames.mp4", LONG[0].1);
    let one = 160 * 90 * 4;
    for frames in [1, 2, 5, 12] {
        let settings = Settings { memory: Some(one * frames), ..three() };
        let (differs, note) = difference(&path, &settings);
        assert_eq!(differs, None, "{frames}");
        assert!(note.is_some_and(|note| note.contains("--mem")), "{frames}");
    }
    let settings = Settings { memory: Some(1000), ..three() };
    let error = run_on(find("segments").expect("it is there"), &path.to_string_lossy(), "grayscale", &settings);
    assert!(format!("{:#}", error.expect_err("too little")).contains("--mem"));
}

#[test]
fn limits_stop_capture() {
    let path = video("b-frames.mp4", LONG[0].1);
    for frames in [0, 1, 19, 20, 21, 70] {
        let mut settings = three();
        settings.limits.frames = Some(frames);
        let (differs, _) = difference(&path, &settings);
        assert_eq!(differs, None, "{frames}");
    }
    let mut settings = three();
    settings.limits.duration = Some(Duration::from_millis(60));
    let run = run_on(find("segments").expect("it is there"), &path.to_string_lossy(), "grayscale,delay=20", &settings);
    let run = run.expect("a run");
    assert!((1..60).contains(&run.ledger.delivered) && run.ledger.dropped == 0, "{:?}", run.ledger);
}

#[test]
fn a_sink_that_has_enough_and_a_filter_that_fails_end_the_run() {
    let (path, segments) = (video("b-frames.mp4", LONG[0].1), find("segments").expect("it is there"));
    let (input, chain) = (Input::File(path.clone()), "grayscale".parse().expect("a chain"));
    let mut sink = Noted { enough_after: Some(25), ..Noted::default() };
    let run = run(segments, &input, &chain, &mut sink, &three(), &Watch::default()).expect("a run");
    assert_eq!((run.ledger.delivered, sink.stamps.len()), (25, 25));
    for at in [0, 7, 131] {
        let error = run_on(segments, &path.to_string_lossy(), &format!("grayscale,fault=error:{at}"), &three());
        let error = format!("{:#}", error.expect_err("it fails"));
        assert!(error.contains(&format!("at frame {at}")), "{error}");
    }
}

#[test]
fn inputs_that_are_no_file_are_left_out_with_a_reason() {
    let error = run_on(find("segments").expect("it is there"), "synthetic:16x16@0x9", "grayscale", &settings());
    assert!(format!("{:#}", error.expect_err("it is no file")).contains("only a video file can be cut"));
}
