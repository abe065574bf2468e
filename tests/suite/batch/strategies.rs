//! Every strategy makes the same files in a batch: pictures, their times, and sound.

use std::fs;

use tempfile::tempdir;

use crate::common::odd::{ffprobe, make};
use crate::common::{framerace, stderr};
use framerace::strategy::faithful;

/// One that can be cut, with pictures that are decoded in another order than they are shown, and one that cannot.
const INPUTS: &[(&str, &str)] =
    &[("cut.mkv", "ffmpeg $V $A $X -g 6 -bf 2 -c:a aac $OUT"), ("whole.mp4", "ffmpeg $V $A $X -g 250 -c:a aac $OUT")];

#[test]
fn all_make_the_same_files() {
    let folder = tempdir().expect("a folder");
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    fs::create_dir(&input).expect("a folder");
    for (name, command) in INPUTS {
        make(&input, name, command);
    }
    let text = [&input, &output].map(|path| path.to_str().expect("text"));
    let mut first = None;
    for strategy in faithful() {
        let name = strategy.name();
        let ran = framerace(&[
            "batch",
            text[0],
            "-o",
            text[1],
            "-f",
            "grayscale,blur",
            "-s",
            name,
            "--codec",
            "ffv1",
            "--redo",
            "--name",
            "{stem}.mkv",
        ]);
        assert_eq!(ran.status.code(), Some(0), "{name}: {}", stderr(&ran));
        let made = INPUTS.iter().map(|(file, _)| {
            let path = output.join(file).with_extension("mkv");
            ffprobe(&path, &["-show_data_hash", "md5", "-show_entries", "packet=stream_index,pts,size,data_hash"])
        });
        let made: Vec<_> = made.collect();
        assert!(made.iter().all(|packets| packets.len() > 25), "{name}");
        assert!(
            *first.get_or_insert_with(|| made.clone()) == made,
            "{name} makes another file than the first strategy"
        );
    }
}
