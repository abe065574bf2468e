//! The faults that are injected, and how.

use std::time::Duration;

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

/// How a fault is injected.
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
    Fault {
        name: "kill",
        summary: "a worker is killed, or the program without one",
        needs_isolation: false,
        is_lasting: false,
        injection: Injection::Kill,
    },
    once("hang", "a filter never comes back, once"),
    once("slow", "a filter takes half the frame timeout, once"),
    Fault { needs_isolation: true, ..once("wrong-reply", "a worker process answers for another frame, once") },
    Fault {
        name: "poison",
        summary: "one frame crashes whoever works on it, every time",
        needs_isolation: false,
        is_lasting: true,
        injection: Injection::Filter("segfault"),
    },
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
