//! How child processes are started from this program.

use framerace::child::WorkerCommand;

/// The command that worker processes are started with: this program, even if its file is replaced while it runs.
pub fn this_program() -> WorkerCommand {
    WorkerCommand::new("/proc/self/exe")
}
