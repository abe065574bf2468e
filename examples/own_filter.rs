//! A filter of your own, run by four threads: it inverts the picture.
//!
//! `cargo run --release --example own_filter -- clip.mp4`

use anyhow::Result;
use framerace::filter::{Chain, Filter, FrameContext, Reach};
use framerace::host::libraries;
use framerace::pipeline::Settings;
use framerace::run::run;
use framerace::sink::Null;
use framerace::strategy::find;
use opencv::core::{Mat, bitwise_not, no_array};

/// White becomes black.
struct Negative;

impl Filter for Negative {
    fn apply(&mut self, _: &FrameContext<'_>, input: &Mat, output: &mut Mat) -> Result<()> {
        Ok(bitwise_not(input, output, &no_array())?)
    }

    // A pixel depends on itself alone, so `tiles` may cut the picture.
    fn reach(&self) -> Reach {
        Reach::Rows(0)
    }
}

fn main() -> Result<()> {
    libraries::prepare(1, false)?;
    let input = std::env::args().nth(1).unwrap_or_else(|| "synthetic:1280x720@0x200".into()).parse()?;
    let chain = Chain::new().then("negative", || Negative);
    let threads = find("threads").expect("a strategy of that name");
    let settings = Settings { workers: 4, ..Settings::default() };
    let run = run(threads, &input, &chain, &mut Null::default(), &settings, &Default::default())?;
    println!("{} frames, {:.0} FPS", run.ledger.delivered, run.fps());
    Ok(())
}
