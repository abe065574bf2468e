//! Real V4L2 cameras. `scripts/test-camera` runs these in a guest that has some (see scripts/with-virtual-camera); anywhere
//! else they are left out. They run one after the other, because there is one camera for all. Code runs up to a hundred
//! times slower there: nothing here is about speed.

#[path = "../common/mod.rs"]
mod common;
mod fed;
mod pair;

/// The kernel's test camera at /dev/video0.
mod vivid {
    mod frames;
    mod losses;
    mod offers;
    mod screen;
}

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

use common::child::wait_until;
use common::settings;
use framerace::frame::Timing;
use framerace::metrics::{Meters, Run};
use framerace::pipeline::{Settings, Watch};
use framerace::run::run;
use framerace::sink::Null;
use framerace::source::{OpenOptions, Source, cameras, open};
use framerace::strategy::find;
use opencv::core::{Mat, MatTraitConstManual};

/// Opened, and not again once it is lost.
fn camera(text: &str) -> anyhow::Result<Box<dyn Source>> {
    framerace::host::libraries::prepare(1, false)?;
    open(&text.parse()?, &OpenOptions { reconnect: None, ..OpenOptions::default() })
}

/// Why it cannot be opened.
fn refusal(text: &str) -> String {
    format!("{:#}", camera(text).err().expect(text))
}

fn read(source: &mut dyn Source, image: &mut Mat) -> anyhow::Result<Option<Timing>> {
    Meters::new(false, 1).stage("capture", 1, source.parts()).clock().busy(|timer| source.read(image, timer))
}

/// So many frames: their bytes and times.
fn frames(source: &mut dyn Source, count: usize) -> Vec<(Vec<u8>, Timing)> {
    let mut image = source.info().shape.image().expect("memory");
    let mut next = || {
        let timing = read(source, &mut image).expect("no loss").expect("a frame");
        (image.data_bytes().expect("bytes").to_vec(), timing)
    };
    (0..count).map(|_| next()).collect()
}

/// A run on the camera in a thread of its own, and who may look at it.
fn start(input: &str, chain: &str, settings: Settings) -> (Arc<Watch>, JoinHandle<anyhow::Result<Run>>) {
    let watch = Arc::<Watch>::default();
    let (input, chain, looks_on) = (input.parse().expect("an input"), chain.parse().expect("a chain"), watch.clone());
    let work = move || {
        let threads = find("threads").expect("a strategy");
        run(threads, &input, &chain, &mut Null::default(), &settings, &looks_on)
    };
    (watch, spawn(work))
}

/// Lets something happen to the camera.
fn vcam(what: &str) {
    assert!(Command::new("vcam").arg(what).stdout(Stdio::null()).status().expect("vcam").success(), "vcam {what}");
}

/// Whether somebody reads the camera. Opening it to find out would keep others from it.
fn busy() -> bool {
    cameras().first().and_then(|camera| camera.trouble.as_ref()).is_some_and(|trouble| trouble.contains("busy"))
}
