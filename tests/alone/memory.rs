//! Memory is that of the whole process. One test in a process of its own, because others would free theirs meanwhile.

use framerace::host::usage::memory;

#[test]
fn touched_memory_shows() {
    let before = memory(&[]).expect("this kernel tells PSS and RSS");
    let block = vec![1u8; 64 << 20];
    let after = memory(&[]).expect("this kernel tells PSS and RSS");
    let more = [after.pss - before.pss, after.rss - before.rss];
    assert!(more.iter().all(|more| *more > 60 << 20), "{before:?} -> {after:?} with {} bytes more", block.len());
    assert!(after.rss >= after.pss, "{after:?}");
}
