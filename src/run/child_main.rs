//! What the process of one of several inputs does (`process-per-input`): it opens the input, waits for the others, runs it as
//! if it were alone, and sends what it has measured. It never sees another input.

use std::io::{BufRead, stdin, stdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{Builder, scope, sleep};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rustix::process::{Signal, getpid, kill_process};

use super::one::run_opener;
use crate::child::handshake::{greeting, read_parent};
use crate::filter::{Chain, Registry};
use crate::host::libraries;
use crate::metrics::RunElsewhere;
use crate::pipeline::Watch;
use crate::sink::Null;
use crate::source::{Input, OpenOptions, Opener};
use crate::strategy::find;
use crate::strategy::process_per_input::{Hello, Message, Order, ROLE, Ready, write_line};

/// How often it says how far it is.
const PERIOD: Duration = Duration::from_millis(200);
/// How long it may take to end once nobody listens any more.
const GRACE: Duration = Duration::from_millis(500);

/// Runs this process as that of one input: the hidden command `input-process` of the program.
///
/// # Errors
/// When there is no run at the other end, or it cannot be understood.
pub fn input_main(registry: &Registry) -> Result<()> {
    let mut first = String::new();
    stdin().lock().read_line(&mut first)?;
    ensure!(!first.is_empty(), "this command is framerace's own; it needs a run that calls it");
    let hello: Hello = read_parent(first.as_bytes(), ROLE.name)?;
    libraries::prepare(hello.opencv_threads, false)?;
    let watch = Arc::new(Watch::default());
    let orders = orders(Arc::clone(&watch))?;
    let done = match serve(&hello, registry, &orders, &watch) {
        Ok(done) => Message::Done(Box::new(done)),
        Err(error) => Message::Failed(format!("{error:#}")),
    };
    send(&done)?;
    // What it used is still counted until the other side has closed.
    while orders.recv().is_ok() {}
    Ok(())
}

fn serve(hello: &Hello, registry: &Registry, orders: &Receiver<Order>, watch: &Arc<Watch>) -> Result<RunElsewhere> {
    let input: Input = hello.input.parse()?;
    let chain = Chain::parse(&hello.chain, registry)?;
    let open = OpenOptions { pixels: chain.reads(), ..hello.settings.open };
    let opener = Opener::new(&input, &open, &watch.ended())?;
    write_line(&mut stdout().lock(), greeting(&Ready {})?)?;
    ensure!(orders.recv().is_ok(), "the run was ended");
    let strategy = find("threads").context("there is no strategy threads")?;
    let (mut sink, running) = (Null::default(), AtomicBool::new(true));
    let run = scope(|s| {
        s.spawn(|| {
            while running.load(Relaxed) {
                sleep(PERIOD);
                let _ = send(&Message::Delivered(watch.delivered()));
            }
        });
        let run = run_opener(strategy, &opener, &chain, &mut sink, &hello.settings, watch);
        running.store(false, Relaxed);
        run
    })?;
    let meters = watch.meters().context("nothing was measured")?;
    Ok(RunElsewhere::of(&meters, run))
}

/// The orders as they come. A thread of its own reads them, so that the end is noticed in the middle of a run.
fn orders(watch: Arc<Watch>) -> Result<Receiver<Order>> {
    let (to_main, orders) = channel();
    let read = move || {
        for line in stdin().lock().lines() {
            match line.map(|line| serde_json::from_str(&line)) {
                Ok(Ok(Order::End)) => watch.end(),
                Ok(Ok(Order::Go)) => drop(to_main.send(Order::Go)),
                // No run sends this.
                _ => break,
            }
        }
        drop(to_main);
        // The run is over or was killed. If it is over, this process exits during the wait.
        watch.stop();
        sleep(GRACE);
        // Native code that does not return must not outlive the run.
        let _ = kill_process(getpid(), Signal::KILL);
    };
    Builder::new().name("orders".into()).spawn(read)?;
    Ok(orders)
}

fn send(message: &Message) -> Result<()> {
    write_line(&mut stdout().lock(), serde_json::to_vec(message)?)
}
