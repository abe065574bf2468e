//! `process-per-input`: every input is read, filtered and delivered by a process of its own, this same program started anew.
//!
//! ```text
//! process 0: capture ─▶ queue ─▶ workers ─▶ queue ─▶ reorder → sink
//! process 1: capture ─▶ queue ─▶ workers ─▶ queue ─▶ reorder → sink
//! ```
//!
//! The workers that were asked for are divided among the processes, which share nothing but the machine. All begin at the
//! same time, when each has opened its input. Frames stay where they are: only what was measured, and the hash, comes back.

mod protocol;

use std::process::{ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Barrier, mpsc};
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, bail, ensure};
use parking_lot::Mutex;

pub(crate) use self::protocol::{Hello, Message, Order, ROLE, Ready, write_line};
use super::{About, Sharing, Strategy};
use crate::child::handshake::{greeting, read_child};
use crate::child::{ChildProcess, Stderr, WorkerCommand, ends_with_parent, lines};
use crate::filter::Chain;
use crate::frame::FramePool;
use crate::metrics::Topology;
use crate::pipeline::threads::run_threads_of_all;
use crate::pipeline::{InputJob, Job, Settings};
use crate::sink::Sink;
use crate::source::Opener;

/// A process an input.
pub struct ProcessPerInput;

/// How often it is looked whether the run is to end.
const SLICE: Duration = Duration::from_millis(20);
/// How long a process may take to exit.
const CLOSING: Duration = Duration::from_secs(2);
/// How long a process may take beyond its input's own limits: to open it, to answer, to exit.
const GRACE: Duration = Duration::from_secs(20);

impl Strategy for ProcessPerInput {
    fn about(&self) -> About {
        About {
            name: "process-per-input",
            topology: Topology::Workers,
            joined: "each of several inputs has a whole process: it reads, filters on its part of the N workers, and delivers",
            several: "N workers are divided among the processes; they share nothing but the machine",
            wins: "several cameras that must not wait for each other, or libraries with one lock a process",
            loses: "when inputs need different shares of the workers: idle ones cannot help; and a process each is started",
        }
    }

    fn sharing(&self) -> Sharing {
        Sharing::Divided
    }

    fn needs_several(&self) -> bool {
        true
    }

    fn unfit(&self, chain: &Chain, settings: &Settings) -> Option<String> {
        if chain.by_name().is_none() {
            return Some("the chain has filters of your own, which another process cannot know".into());
        }
        settings.worker_command.is_none().then(|| "it needs the framerace program; set Settings::worker_command".into())
    }

    fn run(&self, job: &Job<'_>, _: &Opener, _: &mut dyn Sink) -> Result<()> {
        bail!("{} is for several inputs, and there is {} only; try threads", self.name(), job.which.1)
    }

    fn run_inputs(&self, inputs: Vec<InputJob<'_>>) -> Result<()> {
        let first = &inputs.first().context("a run without an input")?.job;
        let command = first.settings.worker_command.as_ref().context("it needs the framerace program")?;
        let over = FramePool::new(Vec::new());
        first.watch.close_on_stop(&over);
        let (all_ready, all_done) = (&Barrier::new(inputs.len()), &Barrier::new(inputs.len()));
        let fault: &Mutex<Option<Error>> = &Mutex::default();
        let (running, all_ended) = mpsc::channel::<()>();
        run_threads_of_all(vec![over.clone()], |threads| {
            for input in inputs {
                let (over, running) = (over.clone(), running.clone());
                threads.spawn("input process", move || {
                    let _running = running;
                    let failed = |error| {
                        fault.lock().get_or_insert(error);
                        over.close();
                    };
                    let process = InputProcess::start(command, &input, &over).map_err(failed);
                    // Whoever failed lets the others go on, too: they see that the run is over.
                    all_ready.wait();
                    let process = process.and_then(|process| process.run(&input, &over).map_err(failed));
                    // Until all are done each is still there, so that its CPU time and memory count.
                    all_done.wait();
                    let _ = process.map(|process| process.close(&input));
                    Ok(())
                })?;
            }
            drop(running);
            // Nothing is sent: this ends with the last of them.
            let _: Result<(), _> = all_ended.recv();
            fault.lock().take().map_or(Ok(()), Err)
        })
    }
}

/// The process of one input. Dropped, it is killed.
struct InputProcess {
    process: ChildProcess,
    orders: ChildStdin,
    lines: Receiver<(Instant, String)>,
}

impl InputProcess {
    /// Starts a process and waits until it has opened its input.
    fn start(command: &WorkerCommand, InputJob { job, opener, sink }: &InputJob<'_>, over: &FramePool) -> Result<Self> {
        ensure!(sink.only_hashes(), "its frames stay in its processes: they can be counted and hashed, not written");
        let (input, open) = opener.address().context("another process cannot open this source")?;
        // Some cameras can be open only once.
        opener.release();
        let hello = Hello {
            input: input.to_string(),
            chain: job.chain.by_name().context("another process needs filters by name")?,
            settings: Settings { workers: job.workers, open, trace_frames: 0, ..job.settings.clone() },
            opencv_threads: opencv::core::get_num_threads()?,
        };
        let mut process = ChildProcess::start(command, &ROLE, Stderr::Tail, |child| {
            ends_with_parent(child.stdin(Stdio::piped()).stdout(Stdio::piped()))
        })?;
        let (orders, stdout) = process.take_pipes()?;
        let mut process = Self { process, orders, lines: lines(stdout)? };
        // If this fails, it has exited, which is found next.
        let _ = write_line(&mut process.orders, greeting(&hello)?);
        let limit = Instant::now() + open.timeout + GRACE;
        loop {
            ensure!(!over.is_closed(), "the run was ended before its inputs were open");
            ensure!(Instant::now() < limit, "its process did not open it in time");
            let Some(line) = process.line()? else { continue };
            if let Ok(Message::Failed(why)) = serde_json::from_str(&line) {
                bail!("{why}");
            }
            let Ready {} = read_child(line.as_bytes(), ROLE.name)?;
            job.meters.watch_process(process.process.pid());
            return Ok(process);
        }
    }

    /// Lets it run its input to the end.
    fn run(mut self, InputJob { job, .. }: &InputJob<'_>, over: &FramePool) -> Result<Self> {
        job.meters.begin();
        self.order(Order::Go);
        let (mut told, mut delivered) = (false, 0);
        let done = loop {
            if over.is_closed() {
                // Another input has failed, or the run was stopped: dropping kills it.
                return Ok(self);
            }
            if job.watch.is_ended() && !std::mem::replace(&mut told, true) {
                self.order(Order::End);
            }
            let Some(line) = self.line()? else { continue };
            match serde_json::from_str(&line)
                .with_context(|| format!("its process said what makes no sense: {line}"))?
            {
                Message::Delivered(frames) => {
                    // All that is known if the run is stopped.
                    (delivered..frames).for_each(|_| {
                        job.meters.ledger.capture();
                        job.meters.ledger.deliver();
                    });
                    delivered = delivered.max(frames);
                }
                Message::Done(run) => break run,
                Message::Failed(why) => bail!("{why}"),
            }
        };
        job.meters.absorb_elsewhere(*done);
        job.meters.end(Instant::now());
        Ok(self)
    }

    /// Lets it exit; one whose run was ended before it was done is killed.
    fn close(self, InputJob { job, .. }: &InputJob<'_>) {
        job.meters.forget_process(self.process.pid());
        let Self { mut process, orders, .. } = self;
        drop(orders);
        process.wait(CLOSING);
    }

    fn order(&mut self, order: Order) {
        // If this fails, it has exited, which is found next.
        let _ = serde_json::to_vec(&order).map(|order| write_line(&mut self.orders, order));
    }

    /// The next line it writes, if one comes soon.
    fn line(&mut self) -> Result<Option<String>> {
        match self.lines.recv_timeout(SLICE) {
            Ok((_, line)) if !line.is_empty() => Ok(Some(line)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Ok(_) | Err(RecvTimeoutError::Disconnected) => bail!("its process {}", self.process.wait(GRACE)),
        }
    }
}
