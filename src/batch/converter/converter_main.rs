//! What a converter process does: one request after the other, and reports its progress. It never sees the journal, nor
//! another converter.

use std::ffi::OsString;
use std::io::{BufRead, stdin, stdout};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{Builder, scope, sleep};
use std::time::Duration;

use anyhow::{Context, Error, Result, bail, ensure};
use rustix::process::{Signal, getpid, kill_process};

use super::protocol::{Choice, Hello, ROLE, Ready, Reply, Request, write_line};
use crate::batch::disk_full::is_disk_full;
use crate::batch::figures::Figures;
use crate::batch::made::Made;
use crate::batch::probe::probe;
use crate::child::handshake::{greeting, read_parent};
use crate::filter::{Chain, ChainError};
use crate::host::libraries;
use crate::pipeline::Watch;
use crate::source::{Input, cuts, open};
use crate::strategy::find;
use crate::transcode::folder::Folder;
use crate::transcode::joined::join_unnamed;
use crate::transcode::{Conversion, convert_unnamed};
use crate::tune::{Calibration, Candidate};

/// How often it reports its progress.
const PERIOD: Duration = Duration::from_millis(100);
/// How long it may take to give up a file when the batch has ended.
const GRACE: Duration = Duration::from_millis(500);

/// Runs this process as a converter until its batch has no more requests: the hidden command `converter` of the program.
///
/// # Errors
/// When there is no batch at the other end, or it cannot be understood.
pub fn converter_main() -> Result<()> {
    let mut first = String::new();
    stdin().lock().read_line(&mut first)?;
    ensure!(!first.is_empty(), "this command is framerace's own; it needs a batch that calls it");
    let hello: Hello = read_parent(first.as_bytes(), ROLE.name)?;
    libraries::prepare(hello.opencv_threads, hello.loud)?;
    let chain: Chain = hello.chain.parse().map_err(|error: ChainError| Error::msg(error.to_string()))?;
    write_line(&mut stdout().lock(), greeting(&Ready {})?)?;
    let watch = Arc::new(Watch::default());
    let session = Session { hello, chain, watch: Arc::clone(&watch) };
    for request in requests(watch)? {
        let done = session.answer(request);
        // An idle converter keeps no memory of its last file.
        libraries::release_free_memory();
        send(&done.unwrap_or_else(|error| Reply::Failed { why: format!("{error:#}"), full: is_disk_full(&error) }))?;
    }
    Ok(())
}

/// The requests as they come. A thread of its own reads them, so that a stop is noticed in the middle of a file.
fn requests(watch: Arc<Watch>) -> Result<Receiver<Request>> {
    let (to_session, requests) = channel();
    let read = move || {
        for line in stdin().lock().lines() {
            match line.map(|line| serde_json::from_str(&line)) {
                Ok(Ok(Request::Stop)) => watch.stop(),
                Ok(Ok(request)) => drop(to_session.send(request)),
                // No batch sends this.
                _ => break,
            }
        }
        drop(to_session);
        // The batch is over or was killed. If it is over, nothing is in work and this process exits during the wait.
        watch.stop();
        sleep(GRACE);
        // Native code that does not return must not outlive the batch.
        let _ = kill_process(getpid(), Signal::KILL);
    };
    Builder::new().name("requests".into()).spawn(read)?;
    Ok(requests)
}

fn send(reply: &Reply) -> Result<()> {
    write_line(&mut stdout().lock(), serde_json::to_vec(reply)?)
}

/// What all requests to this process share.
struct Session {
    hello: Hello,
    chain: Chain,
    watch: Arc<Watch>,
}

impl Session {
    fn answer(&self, request: Request) -> Result<Reply> {
        match request {
            Request::Probe { input, settings } => {
                probe(&Input::File(input.path()), &self.chain, &settings, &self.hello.video).map(Reply::Probed)
            }
            Request::Choose { input, output, settings, workers, decode_threads } => {
                let (input, output) = (Input::File(input.path()), output.path());
                let calibration = Calibration {
                    workers,
                    // They are given only where other files are in work at the same time.
                    shared: workers.is_some(),
                    decode_threads,
                    output: Some((&output, &self.hello.video)),
                    ..Calibration::new(&input, &self.chain, &settings)
                };
                let choice = calibration.choose(&self.watch)?;
                let Candidate { strategy, workers, decode_threads, .. } = choice.candidate;
                Ok(Reply::Chosen(Choice { strategy: strategy.name().to_owned(), workers, decode_threads }, choice.why))
            }
            Request::Convert { input, folder: (path, id), temporary, output, strategy, settings } => {
                let path = path.path();
                let folder = Folder::open(&path).with_context(|| format!("cannot open {}", path.display()))?;
                ensure!(folder.id()? == id, "{} is not the folder it was", path.display());
                let (temporary, output) = (temporary.path().into_os_string(), output.path());
                let strategy = find(&strategy).with_context(|| format!("there is no strategy {strategy}"))?;
                let (input, chain, video) = (&Input::File(input.path()), &self.chain, &self.hello.video);
                let conversion = Conversion { input, output: &output, chain, strategy, settings: &settings, video };
                let figures = reporting(&self.watch, || convert(&conversion, &folder, temporary, &self.watch));
                Ok(Reply::Converted(Box::new(figures?)))
            }
            Request::Cut { input, every_s, settings } => {
                let path = input.path();
                let source = open(&Input::File(path.clone()), &settings.open)?;
                let facts = source.info().video.clone().context("it has no video")?;
                Ok(Reply::Cuts(cuts(&path, &facts, Duration::try_from_secs_f64(every_s)?)?))
            }
            Request::Join { parts, input, folder: (path, id), temporary, output, settings } => {
                let path = path.path();
                let folder = Folder::open(&path).with_context(|| format!("cannot open {}", path.display()))?;
                ensure!(folder.id()? == id, "{} is not the folder it was", path.display());
                let parts: Vec<_> = parts.into_iter().map(|(path, frames)| (path.path(), frames)).collect();
                let to = (&*output.path(), self.hello.video.audio);
                let place = (&folder, temporary.path().into_os_string());
                let (expected, notes, file) = join_unnamed(&input.path(), &parts, to, &settings.open, place)?;
                file.file().sync_all()?;
                let frames = expected.times.len() as u64;
                let output_identity = Some(Made::of(file.file())?);
                let plays = expected.end.as_secs_f64();
                file.leave();
                let (frames_in, frames_out, duration_out_s) = (frames, frames, plays);
                let figures =
                    Figures { output_identity, frames_in, frames_out, duration_out_s, notes, ..Figures::default() };
                Ok(Reply::Converted(Box::new(figures)))
            }
            Request::Stop => bail!("stopped"),
        }
    }
}

/// Converts to a file of this temporary name, and leaves it to the batch to give it its own.
fn convert(conversion: &Conversion<'_>, folder: &Folder, temporary: OsString, watch: &Watch) -> Result<Figures> {
    let (run, file) = convert_unnamed(conversion, folder, temporary, watch)?;
    file.file().sync_all().with_context(|| format!("cannot write {}", conversion.output.display()))?;
    let written = open(&Input::File(file.path()), &conversion.settings.open)?;
    let plays = written.info().video.as_ref().and_then(|facts| facts.duration);
    let duration_out_s = plays.unwrap_or_default().as_secs_f64();
    let figures = Figures { output_identity: Some(Made::of(file.file())?), duration_out_s, ..Figures::of(&run) };
    file.leave();
    Ok(figures)
}

/// Reports the progress again and again while `work` goes on.
fn reporting<T>(watch: &Watch, work: impl FnOnce() -> T) -> T {
    let (done, wait) = channel::<()>();
    scope(|s| {
        let report = move || {
            while wait.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                // Fails only where the batch has ended, which the reader of requests notices.
                let _ = send(&Reply::Delivered(watch.delivered()));
            }
        };
        // Without this thread, only the progress bar stands still.
        let _ = Builder::new().name("progress".into()).spawn_scoped(s, report);
        let result = work();
        drop(done);
        result
    })
}
