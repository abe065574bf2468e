//! A source that stays open while one run after the other reads on from it.

use std::time::Duration;

use framerace::pipeline::{Limits, Settings, Watch};
use framerace::run::run_source;
use framerace::sink::Null;
use framerace::source::{OpenOptions, SharedSource, open};
use framerace::strategy::find;

#[test]
fn one_run_after_the_other_reads_on() {
    framerace::host::libraries::prepare(1, false).unwrap();
    let source = open(&"synthetic:16x16@0x10".parse().unwrap(), &OpenOptions::default()).unwrap();
    let kept = SharedSource::new(source);
    let settings = Settings { limits: Limits { frames: Some(4), duration: None }, ..Settings::default() };
    let strategy = find("sequential").unwrap();
    let mut delivered = Vec::new();
    for _ in 0..4 {
        let chain = "grayscale".parse().unwrap();
        let watch = Watch::default();
        let run = run_source(strategy, kept.reader(), &chain, &mut Null::default(), &settings, &watch).unwrap();
        delivered.push(run.ledger.delivered);
    }
    assert_eq!(delivered, [4, 4, 2, 0]);
}

#[test]
fn paused_it_has_no_frames_and_still_ends_when_told_to() {
    framerace::host::libraries::prepare(1, false).unwrap();
    let kept = SharedSource::new(open(&"synthetic:16x16@0x10".parse().unwrap(), &OpenOptions::default()).unwrap());
    kept.pause(true);
    let limits = Limits { frames: None, duration: Some(Duration::from_millis(60)) };
    let settings = Settings { limits, ..Settings::default() };
    let strategy = find("threads").unwrap();
    let run = || {
        let chain = "grayscale".parse().unwrap();
        run_source(strategy, kept.reader(), &chain, &mut Null::default(), &settings, &Watch::default()).unwrap()
    };
    assert_eq!(run().ledger.captured, 0);
    kept.pause(false);
    assert!(run().ledger.captured > 0);
}
