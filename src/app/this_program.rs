//! How child processes are started from this program, and how it becomes the one that has all of OpenCV.

use std::env::{args_os, current_exe};
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};
use framerace::child::WorkerCommand;
use framerace::source::OPENCV_READER;
use linkme::distributed_slice;

use super::terminal::stdout::keep_closed;

/// What another program says that has framerace within, such as the module of an interpreter.
pub struct Embedding {
    /// The command that its worker processes are started with.
    pub worker_command: fn() -> WorkerCommand,
    /// The command line that it was given, as results keep it.
    pub arguments: fn() -> Vec<OsString>,
}

/// Filled by such a program, which links one.
#[distributed_slice]
pub static EMBEDDING: [Embedding];

/// The command line, as results keep it.
pub fn arguments() -> Vec<OsString> {
    EMBEDDING.first().map_or_else(|| args_os().collect(), |program| (program.arguments)())
}

/// The command that child processes are started with: this program, even if its file is replaced while it runs, and for
/// worker processes the smaller one that stands beside it.
pub fn this_program() -> WorkerCommand {
    let own = || WorkerCommand { smaller: worker_program(), ..WorkerCommand::new("/proc/self/exe") };
    EMBEDDING.first().map_or_else(own, |program| (program.worker_command)())
}

/// `framerace-worker`, if this program was not replaced: the one that stands there now may be of another build.
fn worker_program() -> Option<PathBuf> {
    let own = current_exe().ok().filter(|own| own.is_file())?;
    Some(own.with_file_name("framerace-worker")).filter(|worker| worker.is_file())
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
    if !EMBEDDING.is_empty() {
        bail!(no_opencv_here());
    }
    keep_closed();
    let program = current_exe()?.with_file_name("framerace-opencv");
    let error = Command::new(&program).args(args_os().skip(1)).exec();
    Err(error).with_context(|| format!("cameras, images, windows and --decoder opencv need {}", program.display()))
}

/// Why a program with framerace within has not all of OpenCV, and what to do.
pub fn no_opencv_here() -> &'static str {
    "cameras, images, windows and --decoder opencv are not in the Python module, whose own OpenCV may be another one; take the \
     framerace program (cargo install), or record the camera with it and give the module the file"
}
