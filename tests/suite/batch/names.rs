//! Which files of a folder or a glob are inputs, how their outputs are named, and by what a file is known again.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::common::place::{Place, names, video};
use framerace::batch::{Identity, Pattern};

#[test]
fn folders_globs_and_names_give_each_file_once() {
    let place = Place::new(&[("b.mkv", 3), ("a.MP4", 3), ("c [1].mov", 3), (".g.mkv", 3)]);
    for other in ["f.jpg", "h.txt"] {
        fs::write(place.input(other), "x").expect("a file");
    }
    video(&place.root().join("h.mkv"), 3);
    fs::copy(place.root().join("h.mkv"), place.input("h.dat")).expect("a file");
    for (inputs, made) in [
        (&["in"][..], &["a.mp4", "b.mkv", "c [1].mov"][..]),
        (&["in/*.m*", "in/b.mkv"], &["b.mkv", "c [1].mov"]),
        (&["in/c [1].mov", "in/h.dat"], &["c [1].mov", "h.mkv"]),
    ] {
        fs::remove_dir_all(place.output("")).ok();
        let output = Command::new(env!("CARGO_BIN_EXE_framerace"))
            .current_dir(place.root())
            .arg("batch")
            .args(inputs)
            .args(["-f", "grayscale", "-o", "out"])
            .output();
        let output = output.expect("it runs");
        assert_eq!((output.status.code(), place.outputs()), (Some(0), names(made)), "{inputs:?}: {output:?}");
    }
}

#[test]
fn names_follow_the_pattern() {
    for (pattern, input, name) in [
        ("{stem}.{ext}", "/in/a b.mp4", "a b.mp4"),
        ("{stem}.{ext}", "/in/sub/c.avi", "c.mkv"),
        ("{stem}-{chain}.webm", "a.mp4", "a-blur-ksize-5-edges.webm"),
    ] {
        let pattern: Pattern = pattern.parse().expect(pattern);
        assert_eq!(pattern.name(Path::new(input), "blur=ksize=5,edges"), name);
    }
    assert!("{stem.mp4".parse::<Pattern>().is_err_and(|why| why.contains('}')));
}

#[test]
fn a_change_of_either_end_size_or_time_is_seen() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("file");
    let written = |bytes: &[u8], at: u64| {
        fs::write(&path, bytes).expect("written");
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(at);
        File::options().write(true).open(&path).and_then(|file| file.set_modified(at)).expect("a time");
        Identity::of(&path).expect("there")
    };
    let bytes = vec![7; 300_000];
    let whole = written(&bytes, 5);
    assert_eq!(written(&bytes, 5), whole);
    let touched = written(&bytes, 6);
    assert!(touched != whole && touched.same_content(&whole));
    for at in [0, 299_999] {
        let mut changed = bytes.clone();
        changed[at] = 8;
        assert!(!written(&changed, 5).same_content(&whole), "{at}");
    }
    assert!(!written(&bytes[..299_999], 5).same_content(&whole));
    assert!(Identity::of(&folder.path().join("none")).is_err());
}
