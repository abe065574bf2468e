//! Child processes, most of them the program itself, and waiting for what they do. Tests wait for an event and not for a
//! time to pass, and never without a bound.

use std::fmt::Debug;
use std::fs;
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::mpsc::channel;
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::stderr;

/// The program under test.
pub const BINARY: &str = env!("CARGO_BIN_EXE_framerace");

/// Ends a test that hangs, and measures nothing: longer than anything takes on a busy or an emulated machine.
pub const PATIENCE: Duration = Duration::from_secs(150);

/// A child process that is killed if its test ends first.
pub struct Running(Option<Child>);

impl Running {
    pub fn start(command: &mut Command) -> Self {
        Self(Some(command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"))))
    }

    fn child(&mut self) -> &mut Child {
        self.0.as_mut().expect("it is taken at its end only")
    }

    pub fn pid(&self) -> u32 {
        self.0.as_ref().expect("it is taken at its end only").id()
    }

    pub fn signal(&self, signal: Signal) {
        self::signal(self.pid(), signal);
    }

    pub fn has_ended(&mut self) -> bool {
        self.child().try_wait().expect("a child").is_some()
    }

    /// Our end of its standard input, if that is a pipe.
    pub fn stdin(&mut self) -> ChildStdin {
        self.child().stdin.take().expect("a pipe")
    }

    /// Closes our end of its standard output, as a reader does that has seen enough.
    pub fn close_stdout(&mut self) {
        self.child().stdout.take();
    }

    /// Waits for its end: its exit status and what it wrote to its pipes.
    pub fn output(mut self) -> Output {
        let (pid, child) = (self.pid(), self.0.take().expect("it is taken once"));
        let (sender, ended) = channel();
        // The pipes are read meanwhile: a child that fills one would never end.
        spawn(move || sender.send(child.wait_with_output()));
        let output = ended.recv_timeout(PATIENCE).unwrap_or_else(|_| {
            signal(pid, Signal::KILL);
            panic!("process {pid} does not end");
        });
        output.expect("its output")
    }

    /// Kills it and waits for its end.
    pub fn kill(self) {
        drop(self);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Starts the program, with pipes for what it prints.
pub fn start(arguments: &[&str]) -> Running {
    Running::start(piped(Command::new(BINARY).args(arguments)))
}

/// Gives a command pipes for its standard output and standard error.
pub fn piped(command: &mut Command) -> &mut Command {
    command.stdout(Stdio::piped()).stderr(Stdio::piped())
}

/// Sends a signal to a process, which may have ended already.
pub fn signal(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a process id");
    let _ = kill_process(pid, signal);
}

/// The threads of a process: their numbers and names.
pub fn threads_of(pid: u32) -> Vec<(String, String)> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let thread = |task: fs::DirEntry| {
        let name = fs::read_to_string(task.path().join("comm")).ok()?;
        Some((task.file_name().to_string_lossy().into_owned(), name.trim_end().to_owned()))
    };
    tasks.filter_map(thread).collect()
}

/// The numbers of its threads that have this name.
pub fn threads_called(pid: u32, name: &str) -> impl Iterator<Item = String> {
    threads_of(pid).into_iter().filter(move |thread| thread.1 == name).map(|thread| thread.0)
}

/// Waits until something can be had; the error says what is missing.
pub fn wait_for<T, E: Debug>(mut look: impl FnMut() -> Result<T, E>) -> T {
    let begun = Instant::now();
    loop {
        match look() {
            Ok(found) => return found,
            Err(missing) => assert!(begun.elapsed() < PATIENCE, "waited in vain: {missing:?}"),
        }
        sleep(Duration::from_millis(5));
    }
}

/// Waits until something is so.
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    wait_for(|| if is_so() { Ok(()) } else { Err(what) });
}

/// The only strategy of a result that the program printed.
pub fn strategy(output: &Output) -> Value {
    let result: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(output)));
    result["strategies"][0].clone()
}

/// Whether every captured frame is accounted for.
pub fn balances(ledger: &Value) -> bool {
    let count = |name: &str| ledger[name].as_u64().expect("a number");
    count("captured") == count("delivered") + count("dropped") + count("failed")
}
