//! How child processes are started from this program, and how it becomes the one that has all of OpenCV.

use std::env::{args_os, current_exe};
use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};
use framerace::child::WorkerCommand;
use framerace::source::OPENCV_READER;

use super::terminal::stdout::keep_closed;

/// The command that worker processes are started with: this program, even if its file is replaced while it runs.
pub fn this_program() -> WorkerCommand {
    WorkerCommand::new("/proc/self/exe")
}

/// Has this process execute `framerace-opencv` with the same arguments, unless it does so already. It stands beside this
/// program.
///
/// # Errors
/// When it cannot be executed.
pub fn become_with_opencv() -> Result<()> {
    if !OPENCV_READER.is_empty() {
        return Ok(());
    }
    keep_closed();
    let program = current_exe()?.with_file_name("framerace-opencv");
    let error = Command::new(&program).args(args_os().skip(1)).exec();
    Err(error).with_context(|| format!("cameras, images, windows and --decoder opencv need {}", program.display()))
}
