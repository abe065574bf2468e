//! Runs a child under test to its end, kills processes where a trial asks for it, and records what can be seen from
//! outside. Whether that is right is not known here.

use std::io::Write;
use std::process::Stdio;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use fastrand::Rng;
use procfs::process::{Process, all_processes};
use rustix::process::{Pid, Signal, kill_process};

use super::child_main::{Assignment, ROLE, Record};
use super::plan::FaultPlan;
use crate::child::handshake::greeting;
use crate::child::{AT_WORK, ChildProcess, Exit, Stderr, lines};
use crate::metrics::LossReport;
use crate::strategy::Strategy;

pub(super) struct Observation {
    /// Every delivered frame, and when its record arrived.
    pub records: Vec<(Instant, Record)>,
    /// What it counts as lost; none if it did not get to its end.
    pub losses: Option<LossReport>,
    /// None: it hung and was killed.
    pub exit: Option<Exit>,
    /// The last line of its standard error.
    pub said: String,
    /// Processes of it that were still there after its end.
    pub left_behind: u64,
    /// Own memory in bytes and open descriptors, at the first fault and towards the end.
    pub sizes: [Option<(u64, u64)>; 2],
    /// Processes that were killed.
    pub killed: u64,
}

/// How long a child may take to deliver its first frame.
const START: Duration = Duration::from_secs(60);
/// How long one may take to exit when it has closed its output.
const GRACE: Duration = Duration::from_secs(60);

/// The environment variable by which all processes of a child are found.
const MARK: &str = "FRAMERACE_CRASH_LAB";

/// Runs a child to its end, and kills a process of it whenever one of the frames `kills` has been delivered.
pub(super) fn observe(
    plan: &FaultPlan,
    chain: &str,
    strategy: &dyn Strategy,
    kills: Vec<u64>,
    mut rng: Rng,
    measured_at: [u64; 2],
) -> Result<Observation> {
    let mark = format!("{}-{}-{chain}", std::process::id(), strategy.name());
    let assignment = Assignment {
        input: plan.input.to_string(),
        chain: chain.into(),
        strategy: strategy.name().into(),
        workers: plan.workers,
        queue: plan.queue,
        frames: plan.frames,
        frame_timeout: plan.frame_timeout,
        worker_command: plan.worker_command.clone(),
    };
    let (mut child, lines) = start(&assignment, &mark)?;
    // Three workers may have to time out over one frame. A child that is silent for longer hangs.
    let timeout = plan.frame_timeout * 4 + Duration::from_secs(2);
    let (mut records, mut losses, mut sizes, mut killed) = (Vec::new(), None, [None; 2], 0);
    let mut kills = kills.into_iter().peekable();
    let hangs = loop {
        match lines.recv_timeout(if records.is_empty() { START } else { timeout }) {
            Ok((at, line)) if line.starts_with('{') => {
                losses = Some(serde_json::from_str(&line).with_context(|| format!("{at:?}"))?);
            }
            Ok((at, line)) => {
                ensure!((records.len() as u64) < plan.frames, "a child delivered more frames than there are");
                records.push((at, line.parse()?));
            }
            Err(RecvTimeoutError::Disconnected) => break false,
            Err(RecvTimeoutError::Timeout) => break true,
        }
        child.read_stderr();
        let delivered = records.len() as u64;
        for (place, when) in measured_at.into_iter().enumerate() {
            if delivered >= when && sizes[place].is_none() {
                sizes[place] = size(child.pid());
            }
        }
        // Where no worker is at work at the moment, one is killed after the next frame.
        while kills.peek().is_some_and(|at| *at < delivered) && kill_one(child.pid(), strategy, &mut rng) {
            kills.next();
            killed += 1;
        }
    };
    let exit = if hangs { child.kill() } else { child.wait(GRACE) };
    let (said, exit, left_behind) = (child.last_line(), (!hangs).then_some(exit), left_behind(&mark));
    Ok(Observation { records, losses, exit, said, left_behind, sizes, killed })
}

/// Lines of standard output, and when each arrived.
type Lines = Receiver<(Instant, String)>;

fn start(assignment: &Assignment, mark: &str) -> Result<(ChildProcess, Lines)> {
    let mut child = ChildProcess::start(&assignment.worker_command, &ROLE, Stderr::Tail, |child| {
        child.env(MARK, mark).stdin(Stdio::piped()).stdout(Stdio::piped())
    })?;
    let (mut stdin, stdout) = child.take_pipes()?;
    // If this fails, the child has exited; its standard error tells why.
    let _ = stdin.write_all(&greeting(assignment)?);
    let lines = lines(stdout)?;
    Ok((child, lines))
}

/// Kills one of the child's workers that is at work; where the strategy has no worker processes, the child.
fn kill_one(child: u32, strategy: &dyn Strategy, rng: &mut Rng) -> bool {
    let child = i32::try_from(child).unwrap_or(0);
    // Killed before it is at work, it would only be a start that failed.
    let at_work = |comm: &str| comm.as_bytes() == AT_WORK.to_bytes();
    let is_worker = |process: &Process| {
        process.stat().is_ok_and(|stat| stat.ppid == child && stat.state != 'Z' && at_work(&stat.comm))
    };
    let victim = if strategy.topology().isolates() {
        let mut workers: Vec<_> =
            all_processes().into_iter().flatten().flatten().filter(is_worker).map(|process| process.pid).collect();
        workers.sort_unstable();
        rng.choice(workers)
    } else {
        Some(child)
    };
    victim.and_then(Pid::from_raw).is_some_and(|pid| kill_process(pid, Signal::KILL).is_ok())
}

/// A process's own memory in bytes, and how many descriptors it has open.
fn size(pid: u32) -> Option<(u64, u64)> {
    let process = Process::new(i32::try_from(pid).ok()?).ok()?;
    Some((process.status().ok()?.rssanon? * 1024, process.fd_count().ok()? as u64))
}

/// Processes of a child that are still there a while after its end.
fn left_behind(mark: &str) -> u64 {
    let marked = |process: &Process| {
        process
            .environ()
            .is_ok_and(|variables| variables.get(MARK.as_ref() as &std::ffi::OsStr).is_some_and(|m| m == mark))
    };
    let count = || all_processes().into_iter().flatten().flatten().filter(marked).count() as u64;
    // The kernel needs a moment to remove processes that were killed.
    for _ in 0..100 {
        if count() == 0 {
            return 0;
        }
        sleep(Duration::from_millis(20));
    }
    count()
}
