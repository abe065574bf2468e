//! Nothing goes wrong: an array job makes what a batch on one machine makes.

use std::path::Path;
use std::process::Command;

use crate::common::kept::{copy_of, kept};
use crate::common::place::{Place, ended, names};
use crate::common::shards::output;
use crate::common::stdout;
use crate::engine::{OPTIONS, Slurm, alone, log, logs, mixed, same};

/// Frames with their times and pixels, and the sound as it is.
fn shown(path: &Path) -> String {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-i"]).arg(path);
    command.args(["-map", "0:v", "-map", "0:a", "-fps_mode", "passthrough", "-c:a", "copy", "-f", "framemd5", "-"]);
    stdout(&output(&mut command))
}

#[test]
fn a_film_of_ten_minutes_in_parts_of_thirty_seconds_is_the_film() {
    let Some(slurm) = Slurm::here() else { return };
    let place = Place::new(&[]);
    let sources = "-f lavfi -i testsrc2=s=96x64:r=10:d=600 -f lavfi -i sine=d=600";
    let how = "-c:v libx264 -preset ultrafast -bf 2 -g 50 -pix_fmt yuv420p -c:a aac";
    let script = format!("ffmpeg -v error -nostdin {sources} {how} $OUT");
    copy_of(&place.input("film.mp4"), &kept("ten-minutes.mp4", &[], &script));
    let options = ["-f", "grayscale,blur", "--codec", "ffv1", "--name", "{stem}.mkv"];
    let whole = {
        let batch = OPTIONS.iter().copied().filter(|option| !["--preset", "ultrafast"].contains(option));
        let batch: Vec<_> =
            ["batch", "in", "-o", "whole"].into_iter().chain(batch).chain(options.iter().copied()).collect();
        ended(&output(&mut place.framerace(&batch)), 0);
        shown(&place.root().join("whole/film.mkv"))
    };
    let [work, merge] = slurm.submit_with(&place, 8, &[&options[..], &["--segment", "30"]].concat(), &[]);
    slurm.wait_for(&[work, merge.clone()]);
    let merged = log(&place, &format!("merge-{merge}"));
    assert!(merged.contains("20 pieces of 8 shards: 20 done"), "{merged}{}", logs(&place));
    assert_eq!(place.all_outputs(), names(&["film.mkv"]));
    assert!(whole.lines().count() > 6000 && shown(&place.output("film.mkv")) == whole, "{}", logs(&place));
}

#[test]
fn eight_shards_on_four_nodes_make_what_a_batch_on_one_machine_makes() {
    let Some(slurm) = Slurm::here() else { return };
    let place = mixed();
    let chain = ["-f", "grayscale,blur"];
    let expected = alone(&place, &chain);
    let [work, merge] = slurm.submit(&place, 8, &chain);
    slurm.wait_for(&[work.clone(), merge.clone()]);
    let merged = log(&place, &format!("merge-{merge}"));
    assert!(merged.contains("24 files of 8 shards: 24 done"), "{merged}{}", logs(&place));
    assert!((0..8).all(|shard| log(&place, &format!("{work}_{shard}")).contains("3 files in")), "{}", logs(&place));
    same(&place, &expected);
    // Submitted once more, there is nothing to do.
    let again = output(
        Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/slurm/submit"))
            .current_dir(place.root())
            .env("FRAMERACE", crate::common::child::BINARY)
            .args(["plan.json", "8"]),
    );
    assert!(again.status.success() && again.stdout.is_empty(), "{again:?}");
}
