//! A file on a server is no camera: it is read like any other file, with all its frames and its sound, whether or not the
//! server gives ranges. What has no end stays live.

use std::collections::BTreeSet;
use std::path::Path;

use crate::common::child::{balances, strategy};
use crate::common::odd::{ffprobe, make};
use crate::common::server::{Camera, Manner, files_of, ranges_of};
use crate::common::{framerace, stderr};

/// The packets of each stream. ffprobe tells those of MPEG-TS twice.
fn packets(path: &Path) -> BTreeSet<String> {
    ffprobe(path, &["-count_packets", "-show_entries", "stream=index,nb_read_packets"]).into_iter().collect()
}

#[test]
fn a_file_on_a_server_is_read_to_its_end_with_its_sound() {
    let folder = tempfile::tempdir().expect("a folder");
    let kinds = [
        ("clip.mkv", "$X -c:a aac"),
        ("clip.ts", "$X -c:a mp2"),
        ("quick.mp4", "$X -c:a aac -movflags +faststart"),
        ("clip.avi", "-c:v mjpeg -pix_fmt yuvj420p -c:a pcm_s16le"),
    ];
    let out = folder.path().join("out.mkv");
    for (name, how) in kinds {
        let path = make(folder.path(), name, &format!("ffmpeg $V $A {how} $OUT"));
        for place in [files_of(folder.path()).0, ranges_of(folder.path())] {
            let url = place + name;
            let output = framerace(&["run", &url, "-f", "grayscale", "-o", out.to_str().expect("text"), "--json", "-"]);
            assert_eq!(output.status.code(), Some(0), "{url}: {}", stderr(&output));
            let run = strategy(&output);
            assert!(balances(&run["ledger"]) && run["ledger"]["delivered"] == 25, "{url}: {}", run["ledger"]);
            assert_eq!(packets(&out), packets(&path), "{url}: {}", stderr(&output));
        }
    }
    let url = ranges_of(folder.path()) + "clip.mkv";
    let compared = ["compare", &url, "-f", "grayscale", "-s", "threads", "--rounds", "1", "--loop", "2", "--json", "-"];
    let output = framerace(&compared);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(strategy(&output)["ledger"]["delivered"], 50, "nothing is dropped");
}

#[test]
fn an_index_at_the_end_is_named_where_it_cannot_be_reached() {
    let folder = tempfile::tempdir().expect("a folder");
    // Too long for what is read before the format is known.
    let long = "ffmpeg -f lavfi -i testsrc2=s=640x360:d=3 -f lavfi -i sine=d=3 $X -qp 4 -c:a aac $OUT";
    make(folder.path(), "long.mp4", long);
    let run = |place: String| framerace(&["run", &(place + "long.mp4"), "-f", "grayscale"]);
    let refused = run(files_of(folder.path()).0);
    let said = stderr(&refused);
    assert_eq!((refused.status.code(), said.lines().count()), (Some(1), 1), "{said}");
    assert!(said.contains("its index is at its end") && said.contains("faststart"), "{said}");
    let read = run(ranges_of(folder.path()));
    assert_eq!(read.status.code(), Some(0), "{}", stderr(&read));
}

#[test]
fn what_has_no_end_stays_live_and_frames_that_are_no_pictures_are_counted() {
    let camera = Camera::for_connections(1, Manner::Broken { count: 60 });
    let output = framerace(&["run", &camera.url(), "-f", "grayscale", "--no-reconnect", "--json", "-"]);
    let said = stderr(&output);
    let run = strategy(&output);
    assert_eq!((output.status.code(), &run["setup"]["live"]), (Some(0), &true.into()), "{said}");
    let (lost, all) = (run["damage"]["lost"].as_u64().expect("a number"), run["damage"]["frames"].as_u64());
    // The last may be taken for one that was cut off.
    assert!((11..=12).contains(&lost) && (59..=60).contains(&all.expect("a number")), "{}", run["damage"]);
    assert!(said.contains(&format!("{lost} of")) && said.contains("frames could not be decoded"), "{said}");
}
