//! The converter process: does what it is asked for, one file at a time, and says how far it is. It never sees the
//! ledger, nor another file's converter.

use std::io::{BufRead, Write, stdin, stdout};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{Builder, scope, sleep};
use std::time::Duration;

use anyhow::{Context, Error, Result, bail, ensure};
use rustix::process::{Signal, getpid, kill_process};

use super::protocol::{Hello, Reply, Request, VERSION, line};
use crate::batch::disk_full::is_disk_full;
use crate::batch::figures::Figures;
use crate::batch::identity::Identity;
use crate::batch::probe::probe;
use crate::filter::{Chain, ChainError};
use crate::host::libraries;
use crate::pipeline::{Settings, Watch};
use crate::source::{Input, open};
use crate::strategy::find;
use crate::transcode::{Conversion, convert};
use crate::tune::Calibration;

/// How often it says how far it is.
const PERIOD: Duration = Duration::from_millis(100);
/// How long it may take to give up a file when the batch has died.
const GRACE: Duration = Duration::from_millis(500);

/// What a converter process does from its start to its end: the hidden command `converter` of the program.
///
/// # Errors
/// When there is no batch at the other end, or it cannot be understood.
pub fn converter_main() -> Result<()> {
    let mut first = String::new();
    stdin().lock().read_line(&mut first)?;
    let hello: Hello =
        serde_json::from_str(&first).context("this command is framerace's own; it needs a batch that calls it")?;
    ensure!(hello.version == VERSION, "this is framerace {VERSION}, but the batch is {}", hello.version);
    libraries::prepare(hello.opencv_threads, hello.loud)?;
    let chain: Chain = hello.chain.parse().map_err(|error: ChainError| Error::msg(error.to_string()))?;
    say(&Reply::Ready { version: VERSION.to_owned() })?;
    let watch = Arc::new(Watch::default());
    let bench = Bench { hello, chain, watch: Arc::clone(&watch) };
    for request in requests(watch)? {
        let done = bench.does(request);
        // What one file took is not the next one's.
        libraries::release_free_memory();
        let failed = |error: Error| Reply::Failed { why: format!("{error:#}"), full: is_disk_full(&error) };
        let reply = done.unwrap_or_else(failed);
        say(&reply)?;
    }
    Ok(())
}

/// What is asked for, as it comes. A thread listens all the time, so that a stop is heard in the middle of a file.
fn requests(watch: Arc<Watch>) -> Result<Receiver<Request>> {
    let (to_bench, requests) = channel();
    let listen = move || {
        for line in stdin().lock().lines() {
            match line.map(|line| serde_json::from_str(&line)) {
                Ok(Ok(Request::Stop)) => watch.stop(),
                Ok(Ok(request)) => drop(to_bench.send(request)),
                // What cannot be read is not from a batch.
                _ => break,
            }
        }
        drop(to_bench);
        // The batch is over, or it has died. In the first case nothing is at work and this process ends before that.
        watch.stop();
        sleep(GRACE);
        // What native code is at must not outlive the batch.
        let _ = kill_process(getpid(), Signal::KILL);
    };
    Builder::new().name("listen".into()).spawn(listen)?;
    Ok(requests)
}

fn say(reply: &Reply) -> Result<()> {
    let mut stdout = stdout().lock();
    stdout.write_all(&line(reply)?)?;
    Ok(stdout.flush()?)
}

/// All there is to do a file with.
struct Bench {
    hello: Hello,
    chain: Chain,
    watch: Arc<Watch>,
}

impl Bench {
    fn does(&self, request: Request) -> Result<Reply> {
        match request {
            Request::Probe { input, settings } => {
                probe(&Input::File(input.path()), &self.chain, &settings, &self.hello.video).map(Reply::Probed)
            }
            Request::Choose { input, output, settings, workers, decode_threads } => {
                let (input, output) = (Input::File(input.path()), output.path());
                let calibration = Calibration {
                    workers,
                    // Only where others are at work beside it are they told.
                    shared: workers.is_some(),
                    decode_threads,
                    output: Some((&output, &self.hello.video)),
                    ..Calibration::new(&input, &self.chain, &settings)
                };
                let choice = calibration.choose(&self.watch)?;
                let (strategy, workers) = (choice.strategy.name().to_owned(), choice.workers);
                Ok(Reply::Chosen { strategy, workers, decode_threads: choice.decode_threads, why: choice.why })
            }
            Request::Convert { input, output, strategy, settings } => {
                let figures = telling(&self.watch, || self.convert(input.path(), &output.path(), &strategy, &settings));
                Ok(Reply::Converted(Box::new(figures?)))
            }
            Request::Stop => bail!("stopped"),
        }
    }

    fn convert(&self, input: PathBuf, output: &Path, strategy: &str, settings: &Settings) -> Result<Figures> {
        let strategy = find(strategy).with_context(|| format!("there is no strategy {strategy}"))?;
        let (input, chain, video) = (&Input::File(input), &self.chain, &self.hello.video);
        let run = convert(&Conversion { input, output, chain, strategy, settings, video }, &self.watch)?;
        let plays = open(&Input::File(output.to_owned()), &settings.open)?
            .info()
            .video
            .as_ref()
            .and_then(|facts| facts.duration);
        let duration_out_s = plays.unwrap_or_default().as_secs_f64();
        Ok(Figures { output_identity: Some(Identity::of(output)?), duration_out_s, ..Figures::of(&run) })
    }
}

/// Says now and then how far it is, while `work` goes on.
fn telling<T>(watch: &Watch, work: impl FnOnce() -> T) -> T {
    let (done, wait) = channel::<()>();
    scope(|s| {
        let tell = move || {
            while wait.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                // Who does not hear it has died, which is noticed elsewhere.
                let _ = say(&Reply::Delivered(watch.delivered()));
            }
        };
        // Without a thread for it, bars stand still.
        let _ = Builder::new().name("tell".into()).spawn_scoped(s, tell);
        let result = work();
        drop(done);
        result
    })
}
