//! A part of a video's time has the frames it has in the whole: the parts put together are the whole, whatever the
//! container, and wherever they are cut.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::common::CLIP;
use crate::common::kept::kept;
use framerace::metrics::StageMeter;
use framerace::source::{Input, OpenOptions, Opener, Preloaded, Source, TimeRange, open};
use opencv::core::{Mat, MatTraitConstManual};

/// The time of every frame, and its bytes.
type Frames = Vec<(Duration, Vec<u8>)>;

fn read(mut source: Box<dyn Source>) -> Frames {
    let clock = StageMeter::new("test", 1, Vec::new(), false).clock();
    let mut image = Mat::default();
    let mut frames = Vec::new();
    while let Some(timing) = clock.busy(|timer| source.read(&mut image, timer)).expect("a frame") {
        frames.push((timing.pts, image.data_bytes().expect("an image").to_vec()));
    }
    frames
}

/// The parts between these times, put together.
fn parts(opener: &Opener, cuts: &[Duration]) -> Frames {
    let starts = std::iter::once(Duration::ZERO).chain(cuts.iter().copied());
    let ends = cuts.iter().copied().map(Some).chain([None]);
    let ranges = starts.zip(ends).map(|(start, end)| TimeRange { start, end });
    ranges.flat_map(|range| read(opener.open_range(range).expect("a part"))).collect()
}

fn opener(input: &str) -> Opener {
    Opener::new(&input.parse().expect("an input"), &OpenOptions::default(), &Arc::default()).expect("it opens")
}

/// The clip in another form, small, so that all frames fit into memory.
fn video(name: &str, arguments: &str) -> PathBuf {
    let ffmpeg = "ffmpeg -v error -nostdin -i bigbuckbunny.mp4 -an -vf scale=160:-2";
    kept(name, &[CLIP.into()], &format!("{ffmpeg} {arguments} $OUT"))
}

#[test]
fn parts_put_together_are_the_whole() {
    let b_frames = "-c:v libx264 -preset fast -bf 3 -g 20";
    let open_gop = "-c:v libx264 -x264-params open-gop=1:bframes=3:keyint=15";
    let videos = [
        ("b-frames.mp4", b_frames),
        ("b-frames.mkv", b_frames),
        ("b-frames.avi", b_frames),
        ("joined.ts", b_frames),
        ("open-gop.mp4", open_gop),
        ("open-gop.mkv", open_gop),
        ("intra-refresh.mp4", "-c:v libx264 -x264-params intra-refresh=1:keyint=20"),
        ("one-key.mp4", "-c:v libx264 -g 999"),
        ("open-gop.mpg", "-c:v mpeg2video -bf 2 -g 12"),
        ("vp9.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8"),
        ("late.mp4", "-c:v libx264 -output_ts_offset 7"),
    ];
    for (name, arguments) in videos {
        let opener = opener(video(name, arguments).to_str().expect("UTF-8"));
        let whole = read(opener.open().expect("the whole"));
        assert!(whole.len() > 100, "{name}");
        let at = |frame: usize| whole[frame].0;
        // On a frame, just before one, just after one, within a picture group, and beyond the end.
        let cuts = [at(13), at(30) - Duration::from_nanos(1), at(61) + Duration::from_nanos(1), at(100), at(120) * 9];
        assert!(parts(&opener, &cuts) == whole, "{name}");
    }
}

#[test]
fn frames_in_memory_have_parts_and_what_is_opened_first_is_handed_out() {
    let opener = opener("synthetic:16x16@0x40");
    assert_eq!(opener.info().frames, Some(40));
    let preloaded = Preloaded::load(opener.open().expect("the whole"), None, 1 << 20).expect("it fits");
    let memory = Opener::preloaded(&preloaded);
    let cuts = [Duration::from_millis(400), Duration::from_millis(401)];
    assert!(memory.reopens() && parts(&memory, &cuts) == read(memory.open().expect("the whole")));
    let once = Opener::once(opener.open().expect("a second time"));
    assert!(!once.reopens() && once.open().is_ok() && once.open().is_err());
}

#[test]
fn what_cannot_be_read_in_parts_says_so() {
    let range = Some(TimeRange { start: Duration::from_secs(1), end: None });
    let plain = OpenOptions { range, ..OpenOptions::default() };
    for (input, options) in [("synthetic:16x16@0x40", plain), (CLIP, OpenOptions { times: 2, ..plain })] {
        let Err(error) = open(&input.parse::<Input>().expect("an input"), &options) else { panic!("{input} opened") };
        let error = error.to_string();
        assert!(error.starts_with(input) && error.contains("cannot be read in parts"), "{error}");
    }
}
