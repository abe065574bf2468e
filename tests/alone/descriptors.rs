//! Descriptors are counted in the whole process: in one of its own, because other tests open and close theirs.

use std::fs::read_dir;

use crate::common::child::wait_until;
use crate::common::{run_on, settings};
use framerace::strategy::find;

#[test]
fn a_run_that_lost_many_workers_holds_no_more_descriptors_than_before() {
    let open = || read_dir("/proc/self/fd").expect("descriptors").count();
    let once = |seed: u64| {
        let faults: Vec<_> = (0..12).map(|n| format!("fault=abort:{}:times=1", 10 + n * 9 + seed)).collect();
        let processes = find("processes").expect("a strategy");
        let run = run_on(processes, "synthetic:64x48@0x200", &faults.join(","), &settings()).unwrap();
        assert_eq!((run.ledger.delivered, run.losses.workers), (200, 12));
    };
    once(0);
    let before = open();
    once(1);
    wait_until("descriptors are closed", || open() <= before);
}
