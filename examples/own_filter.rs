//! Filters of your own that chains can name, run by threads and by worker processes: `flip=horizontal` and `flip=vertical`.
//!
//! Worker processes know a chain by its text only. So this program is its own worker: it answers the words `worker ...`
//! with the same registry.
//!
//! `cargo run --release --example own_filter -- clip.mp4`

use std::env::args;
use std::sync::Arc;

use anyhow::{Result, bail};
use framerace::child::WorkerCommand;
use framerace::filter::{Chain, Filter, FilterProvider, FrameContext, MakeFilter, Registry};
use framerace::host::libraries;
use framerace::pipeline::Settings;
use framerace::run::run;
use framerace::sink::Null;
use framerace::strategy::{find, worker_main};
use opencv::core::{Mat, flip};

/// Makes `flip` from the text behind its name.
struct Flips;

impl FilterProvider for Flips {
    fn name(&self) -> &str {
        "flip"
    }

    fn parse(&self, options: &str) -> Result<MakeFilter> {
        let code = match options {
            "horizontal" => 1,
            "vertical" => 0,
            other => bail!("'{other}' is no direction; there is horizontal and vertical"),
        };
        Ok(Arc::new(move || Ok(Box::new(Flip { code }))))
    }
}

/// One worker's filter. One that waits for a lock or a device would do so by `FrameContext::locked` or `waiting`.
struct Flip {
    code: i32,
}

impl Filter for Flip {
    fn apply(&mut self, _: &FrameContext<'_>, input: &Mat, output: &mut Mat) -> Result<()> {
        Ok(flip(input, output, self.code)?)
    }
}

fn main() -> Result<()> {
    let registry = Registry::default().with(Flips);
    let words: Vec<String> = args().skip(1).collect();
    if let [word, transport] = &words[..]
        && word == "worker"
    {
        return worker_main(transport, &registry);
    }
    libraries::prepare(1, false)?;
    let input = words.first().map_or("synthetic:1280x720@0x200", String::as_str).parse()?;
    let chain = Chain::parse("flip=horizontal,blur=ksize=5", &registry)?;
    let worker_command = Some(WorkerCommand::new("/proc/self/exe"));
    let settings = Settings { workers: 4, worker_command, ..Settings::default() };
    for name in ["threads", "processes"] {
        let strategy = find(name).expect("a strategy of that name");
        let run = run(strategy, &input, &chain, &mut Null::default(), &settings, &Default::default())?;
        println!("{name}: {} frames, {:.0} FPS", run.ledger.delivered, run.fps());
    }
    Ok(())
}
