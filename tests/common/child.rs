//! The program as a child that goes on while a test does something to it, and the result it prints at its end. Nothing
//! here waits for ever.

use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::stderr;

/// Longer than any of this takes on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(60);

pub fn start(arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_framerace"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts")
}

/// Waits for the end of it, but not for ever.
pub fn end_of(mut child: Child) -> Output {
    let begun = Instant::now();
    while child.try_wait().expect("a child").is_none() {
        assert!(begun.elapsed() < PATIENCE, "it hangs");
        sleep(Duration::from_millis(10));
    }
    child.wait_with_output().expect("its output")
}

pub fn interrupt(child: &Child) {
    kill_process(Pid::from_child(child), Signal::INT).expect("it listens");
}

pub fn until(what: &str, mut test: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !test() {
        assert!(begun.elapsed() < PATIENCE, "never {what}");
        sleep(Duration::from_millis(5));
    }
}

/// The only strategy of a result.
pub fn strategy(output: &Output) -> Value {
    let result: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(output)));
    result["strategies"][0].clone()
}

pub fn balances(ledger: &Value) -> bool {
    let count = |name: &str| ledger[name].as_u64().expect("a number");
    count("captured") == count("delivered") + count("dropped") + count("failed")
}
