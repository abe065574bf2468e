//! A comparison while other programs use every core: the test takes the cores itself.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::common::{framerace, stderr, stdout};

#[test]
fn a_comparison_that_is_disturbed_says_so_and_trips_the_strict_gate() {
    let enough = AtomicBool::new(false);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let output = std::thread::scope(|s| {
        for _ in 0..cores {
            s.spawn(|| {
                while !enough.load(Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let arguments =
            ["compare", "synthetic:320x240@0x200", "-f", "spin=2", "-s", "threads", "--rounds", "2", "--strict", "-v"];
        let output = framerace(&arguments);
        enough.store(true, Relaxed);
        output
    });
    let (table, said) = (stdout(&output), stderr(&output));
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(table.contains("disturbed: ") && table.contains("other programs took up to"), "{table}");
    assert!(said.contains("not comparable (--strict)") && said.contains("taken by other programs"), "{said}");
}
