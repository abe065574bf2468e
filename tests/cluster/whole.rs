//! Nothing goes wrong: an array job makes what a batch on one machine makes.

use crate::common::shards::output;
use crate::engine::{Slurm, alone, log, logs, mixed, same};

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
        std::process::Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/slurm/submit"))
            .current_dir(place.root())
            .env("FRAMERACE", crate::common::child::BINARY)
            .args(["plan.json", "8"]),
    );
    assert!(again.status.success() && again.stdout.is_empty(), "{again:?}");
}
