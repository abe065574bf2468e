//! What the crash lab is to try: the faults that are injected, and how; and a plan of trials. Running them is not its
//! business.

use std::time::Duration;

use crate::child::WorkerCommand;
use crate::source::Input;
use crate::strategy::Strategy;

/// What to try.
#[derive(Clone)]
pub struct FaultPlan {
    /// The input; it must give the same frames every time.
    pub input: Input,
    /// What is done to each frame, as text; the fault comes last.
    pub chain: String,
    /// The strategies that are tried.
    pub strategies: Vec<&'static dyn Strategy>,
    /// The faults that are injected.
    pub faults: Vec<&'static Fault>,
    /// Frames of each trial, at most.
    pub frames: u64,
    /// Kills in a trial of the fault `kill`.
    pub kills: usize,
    /// Decides which frames are hit, and which worker is killed.
    pub seed: u64,
    /// Workers of the filter stage.
    pub workers: usize,
    /// Frames a queue can hold.
    pub queue: usize,
    /// The longest a worker process may take for a frame.
    pub frame_timeout: Duration,
    /// What children under test and their workers are started from.
    pub worker_command: WorkerCommand,
}

/// A fault.
pub struct Fault {
    /// Its name on the command line and in reports.
    pub name: &'static str,
    /// What happens, in one line.
    pub summary: &'static str,
    /// Whether only a worker process can do this.
    pub needs_isolation: bool,
    /// Whether its frame fails every time it is tried.
    pub is_lasting: bool,
    pub(super) injection: Injection,
}

pub(super) enum Injection {
    /// By the hidden filter `fault` with this kind.
    Filter(&'static str),
    /// By a signal from another process.
    Kill,
}

/// Every fault, in the order they are tried.
pub const FAULTS: &[Fault] = &[
    once("panic", "a filter panics once"),
    once("abort", "a filter aborts once, as failed assertions do"),
    once("segfault", "a filter follows a bad pointer once"),
    Fault { injection: Injection::Kill, ..once("kill", "a worker is killed, or the program without one") },
    once("hang", "a filter never comes back, once"),
    once("slow", "a filter takes half the frame timeout, once"),
    Fault { needs_isolation: true, ..once("wrong-reply", "a worker process answers for another frame, once") },
    Fault { name: "poison", is_lasting: true, ..once("segfault", "one frame crashes whoever works on it, every time") },
];

const fn once(kind: &'static str, summary: &'static str) -> Fault {
    Fault { name: kind, summary, needs_isolation: false, is_lasting: false, injection: Injection::Filter(kind) }
}

impl Fault {
    /// The chain with this fault at a frame.
    pub(super) fn chain(&self, chain: &str, at: u64, frame_timeout: Duration) -> String {
        let Injection::Filter(kind) = self.injection else { return chain.to_owned() };
        let times = if self.is_lasting { 1000 } else { 1 };
        // Slow enough to be noticed, but within the timeout.
        let ms = (frame_timeout.as_secs_f64() * 500.0).min(10_000.0);
        format!("{chain},fault=kind={kind}:at={at}:times={times}:ms={ms}")
    }
}

/// The fault with this name.
pub fn find(name: &str) -> Option<&'static Fault> {
    FAULTS.iter().find(|fault| fault.name == name)
}
