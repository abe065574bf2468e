//! One trial: starts a subject, lets something go wrong, and writes down what came out.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use fastrand::Rng;
use procfs::process::{Process, all_processes};
use rustix::process::{Pid, Signal, kill_process};

use super::fault::{Fault, Injection};
use super::report::Trial;
use super::subject::Assignment;
use super::witness::Seen;
use crate::metrics::LossReport;
use crate::strategy::Strategy;

/// What all trials have in common.
pub(super) struct Setup {
    /// What subjects do, but for the strategy and the fault.
    pub assignment: Assignment,
    pub kills: usize,
}

/// What is known of a subject after its end.
struct Outcome {
    /// Every delivered frame, and when it was heard of.
    seen: Vec<(Instant, Seen)>,
    losses: Option<LossReport>,
    /// None: it hung and was killed.
    status: Option<ExitStatus>,
    said: String,
    left_behind: u64,
    /// Own memory in bytes and open descriptors, at the first fault and towards the end.
    sizes: [Option<(u64, u64)>; 2],
    killed: u64,
}

/// A subject that is never left running.
struct Subject(Child);

impl Drop for Subject {
    fn drop(&mut self) {
        // Both fail only where it has ended and been waited for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A subject may take this long to deliver its first frame.
const START: Duration = Duration::from_secs(60);

/// The variable by which all processes of a subject are known.
const MARK: &str = "FRAMERACE_CRASH_LAB";

/// The frames of a run in which nothing goes wrong.
pub(super) fn frames_without_fault(setup: &Setup, strategy: &dyn Strategy) -> Result<Vec<Seen>> {
    let outcome = watch(setup, &setup.assignment.chain, strategy, Vec::new(), Rng::with_seed(0), [u64::MAX; 2])?;
    let well = outcome.status.is_some_and(|status| status.success());
    ensure!(well, "{}", outcome.said.trim_start_matches("error: "));
    Ok(outcome.seen.into_iter().map(|(_, seen)| seen).collect())
}

/// Lets a fault happen to a strategy. The frames of it, and whom it hits, are drawn from `rng`.
pub(super) fn conduct(
    setup: &Setup,
    fault: &Fault,
    strategy: &dyn Strategy,
    mut rng: Rng,
    right: &[Seen],
) -> Result<Trial> {
    let frames = right.len() as u64;
    // Not among the first, so that there is something to survive; not among the last, so that there is something after.
    let at = rng.u64(frames / 4..frames * 3 / 4);
    let kills = match fault.injection {
        Injection::Kill => kill_frames(setup.kills, at, frames, &mut rng),
        Injection::Filter(_) => Vec::new(),
    };
    let chain = fault.chain(&setup.assignment.chain, at, setup.assignment.frame_timeout);
    let first = kills.first().copied().unwrap_or(at);
    let outcome = watch(setup, &chain, strategy, kills, rng, [first, frames * 49 / 50])?;
    Ok(judge(fault, strategy, first, right, outcome))
}

/// At which frames somebody is killed, in order.
fn kill_frames(kills: usize, at: u64, frames: u64, rng: &mut Rng) -> Vec<u64> {
    if kills <= 1 {
        return vec![at];
    }
    let mut all: Vec<u64> = (frames / 50..frames * 49 / 50).collect();
    rng.shuffle(&mut all);
    all.truncate(kills);
    all.sort_unstable();
    all
}

/// Runs a subject to its end, and kills somebody whenever one of the frames `kills` has been delivered.
fn watch(
    setup: &Setup,
    chain: &str,
    strategy: &dyn Strategy,
    kills: Vec<u64>,
    mut rng: Rng,
    measured_at: [u64; 2],
) -> Result<Outcome> {
    let mark = format!("{}-{}-{chain}", std::process::id(), strategy.name());
    let assignment = Assignment { strategy: strategy.name().into(), chain: chain.into(), ..setup.assignment.clone() };
    let mut subject = Subject(start(&assignment, &mark)?);
    let (lines, said) = listen(&mut subject.0)?;
    // Three workers may have to time out over one frame; whoever is silent for longer than that is.
    let patience = setup.assignment.frame_timeout * 4 + Duration::from_secs(2);
    let mut outcome = Outcome {
        seen: Vec::new(),
        losses: None,
        status: None,
        said: String::new(),
        left_behind: 0,
        sizes: [None; 2],
        killed: 0,
    };
    let mut kills = kills.into_iter().peekable();
    let hangs = loop {
        match lines.recv_timeout(if outcome.seen.is_empty() { START } else { patience }) {
            Ok((at, line)) if line.starts_with('{') => {
                outcome.losses = Some(serde_json::from_str(&line).with_context(|| format!("{at:?}"))?);
            }
            Ok((at, line)) => outcome.seen.push((at, line.parse()?)),
            Err(RecvTimeoutError::Disconnected) => break false,
            Err(RecvTimeoutError::Timeout) => break true,
        }
        let delivered = outcome.seen.len() as u64;
        for (place, when) in measured_at.into_iter().enumerate() {
            if delivered >= when && outcome.sizes[place].is_none() {
                outcome.sizes[place] = sizes(subject.0.id());
            }
        }
        // Where nobody is at work just then, it is somebody's turn after the next frame.
        while kills.peek().is_some_and(|at| *at < delivered) && kill_somebody(&subject.0, strategy, &mut rng) {
            kills.next();
            outcome.killed += 1;
        }
    };
    if hangs {
        subject.0.kill()?;
    }
    let status = subject.0.wait()?;
    outcome.status = (!hangs).then_some(status);
    outcome.said = said.join().unwrap_or_default();
    outcome.left_behind = left_behind(&mark);
    Ok(outcome)
}

fn start(assignment: &Assignment, mark: &str) -> Result<Child> {
    let program = &assignment.worker_command;
    let mut command = program.command(&["subject"]);
    command.env(MARK, mark).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut subject = command.spawn().with_context(|| format!("cannot start a subject from {program}"))?;
    let mut stdin = subject.stdin.take().context("no pipe")?;
    // Should this fail, the subject has ended already, and says why.
    let _ = stdin.write_all(&serde_json::to_vec(assignment)?);
    Ok(subject)
}

type Lines = mpsc::Receiver<(Instant, String)>;

/// Hears what a subject says: lines of standard output as they come, and standard error at its end.
fn listen(subject: &mut Child) -> Result<(Lines, thread::JoinHandle<String>)> {
    let (stdout, mut stderr) = (subject.stdout.take().context("no pipe")?, subject.stderr.take().context("no pipe")?);
    let (heard, lines) = mpsc::channel();
    thread::Builder::new().name("lines".into()).spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if heard.send((Instant::now(), line)).is_err() {
                break;
            }
        }
    })?;
    let said = thread::Builder::new().name("last words".into()).spawn(move || {
        let mut bytes = Vec::new();
        let _ = stderr.read_to_end(&mut bytes);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        text.lines().last().unwrap_or_default().to_owned()
    })?;
    Ok((lines, said))
}

/// Kills one of the subject's workers that is at work where it has some, else the subject.
fn kill_somebody(subject: &Child, strategy: &dyn Strategy, rng: &mut Rng) -> bool {
    let subject = i32::try_from(subject.id()).unwrap_or(0);
    // A worker that has locked itself in has all it needs to work; before that it would only be a start gone wrong.
    let is_worker = |process: &Process| {
        let at_work = |status: procfs::process::Status| status.nonewprivs == Some(1) && !status.state.starts_with('Z');
        process.stat().is_ok_and(|stat| stat.ppid == subject) && process.status().is_ok_and(at_work)
    };
    let victim = if strategy.topology().isolates() {
        let mut workers: Vec<_> =
            all_processes().into_iter().flatten().flatten().filter(is_worker).map(|process| process.pid).collect();
        workers.sort_unstable();
        rng.choice(workers)
    } else {
        Some(subject)
    };
    victim.and_then(Pid::from_raw).is_some_and(|pid| kill_process(pid, Signal::KILL).is_ok())
}

/// A process's own memory in bytes, and how many descriptors it has open.
fn sizes(pid: u32) -> Option<(u64, u64)> {
    let process = Process::new(i32::try_from(pid).ok()?).ok()?;
    Some((process.status().ok()?.rssanon? * 1024, process.fd_count().ok()? as u64))
}

/// Processes of a subject that are still there a while after its end.
fn left_behind(mark: &str) -> u64 {
    let marked = |process: &Process| {
        process
            .environ()
            .is_ok_and(|variables| variables.get(MARK.as_ref() as &std::ffi::OsStr).is_some_and(|m| m == mark))
    };
    let count = || all_processes().into_iter().flatten().flatten().filter(marked).count() as u64;
    // The kernel takes a moment to clear away who has just been killed.
    for _ in 0..100 {
        if count() == 0 {
            return 0;
        }
        sleep(Duration::from_millis(20));
    }
    count()
}

fn judge(fault: &Fault, strategy: &dyn Strategy, at: u64, right: &[Seen], outcome: Outcome) -> Trial {
    let Outcome { seen, losses, status, said, left_behind, sizes, killed } = outcome;
    let numbers: Vec<u64> = seen.iter().map(|(_, seen)| seen.index).collect();
    let after_gap =
        |number: &u64| numbers.last().is_some_and(|last| number < last) && numbers.binary_search(number).is_err();
    let missing: Vec<u64> = (0..right.len() as u64).filter(after_gap).collect();
    let lost = (right.len() as u64).saturating_sub(numbers.len() as u64);
    let done = status.is_some_and(|status| status.success());
    let survived = done && lost == missing.len() as u64 && if fault.is_lasting { missing == [at] } else { lost == 0 };
    let in_order = numbers.is_sorted_by(|a, b| a < b);
    let same_pixels = seen.iter().all(|(_, seen)| right.get(seen.index as usize) == Some(seen));
    let whole = in_order && same_pixels && left_behind == 0 && (done || missing.is_empty());
    let both = |place: fn(&(u64, u64)) -> u64| Some([place(sizes[0].as_ref()?), place(sizes[1].as_ref()?)]);
    Trial {
        fault: fault.name.into(),
        strategy: strategy.name().into(),
        at,
        faults: if matches!(fault.injection, Injection::Kill) { killed } else { 1 },
        delivered: numbers.len() as u64,
        lost,
        missing: missing.into_iter().take(5).collect(),
        in_order,
        same_pixels,
        recovery_ms: done.then(|| longest_pause(&seen, at)),
        workers_replaced: losses.map_or(0, |losses| losses.workers),
        exit: status.map_or("hangs".into(), exit),
        left_behind,
        own_memory_mb: both(|(memory, _)| *memory).map(|bytes| bytes.map(|bytes| bytes as f64 / 1e6)),
        descriptors: both(|(_, descriptors)| *descriptors),
        said,
        wall_s: seen.first().zip(seen.last()).map_or(0.0, |(first, last)| (last.0 - first.0).as_secs_f64()),
        survived,
        kept_promise: whole && (survived || !strategy.topology().isolates()),
    }
}

fn exit(status: ExitStatus) -> String {
    let signal = status.signal().map(|_| status.to_string());
    // `signal: 11 (SIGSEGV) (core dumped)`: the name will do.
    let name = signal.as_deref().and_then(|text| text.split(['(', ')']).nth(1)).map(str::to_owned);
    name.or(signal).or_else(|| status.code().map(|code| code.to_string())).unwrap_or_default()
}

/// The longest pause between two deliveries from frame `at` on, beyond the usual one, in milliseconds.
fn longest_pause(seen: &[(Instant, Seen)], at: u64) -> f64 {
    let pauses = seen.windows(2).map(|pair| (pair[1].1.index, (pair[1].0 - pair[0].0).as_secs_f64() * 1e3));
    let mut usual: Vec<f64> = pauses.clone().map(|(_, pause)| pause).collect();
    usual.sort_by(f64::total_cmp);
    let longest = pauses.filter(|(index, _)| *index >= at).map(|(_, pause)| pause).fold(0.0, f64::max);
    (longest - usual.get(usual.len() / 2).copied().unwrap_or(0.0)).max(0.0)
}
