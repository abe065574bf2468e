//! A folder with videos and an output folder, and `framerace batch` between them.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use framerace::batch::JOURNAL_FILE;
use serde_json::Value;
use tempfile::TempDir;

use super::child::{BINARY, Running, piped, wait_until};
use super::kept::{copy_of, kept};
use super::{stderr, stdout};

/// A folder with an input and an output folder.
pub struct Place(pub TempDir);

impl Place {
    /// With videos of these names and so many frames.
    pub fn new(videos: &[(&str, u32)]) -> Self {
        let place = Self(tempfile::tempdir().expect("a folder"));
        fs::create_dir(place.input("")).expect("a folder");
        for (name, frames) in videos {
            fs::create_dir_all(place.input(name).parent().expect("a folder")).expect("a folder");
            video(&place.input(name), *frames);
        }
        place
    }

    pub fn input(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.0.path().join("in").join(Path::new(name.as_ref()))
    }

    pub fn output(&self, name: &str) -> PathBuf {
        self.0.path().join("out").join(name)
    }

    /// The folder that both are in.
    pub fn root(&self) -> &Path {
        self.0.path()
    }

    /// `framerace batch in -o out` and so on.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.current_dir(self.root()).args(["batch", "in", "-o", "out"]).args(arguments);
        command
    }

    /// The same within a program that changes what it may do: `setpriv ...`.
    pub fn within(&self, program: &[&str], arguments: &[&str]) -> Command {
        let mut command = Command::new(program[0]);
        command.current_dir(self.root()).args(&program[1..]).arg(BINARY);
        command.args(["batch", "in", "-o", "out"]).args(arguments);
        command
    }

    pub fn batch(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("it starts")
    }

    /// Runs to its end, which must be this exit code; gives what was printed and said.
    pub fn ends(&self, arguments: &[&str], code: i32) -> (String, String) {
        ended(&self.batch(arguments), code)
    }

    pub fn begin(&self, arguments: &[&str]) -> Running {
        Running::start(piped(&mut self.command(arguments)))
    }

    /// What is in the output folder, but for the ledger and leases.
    pub fn outputs(&self) -> BTreeSet<String> {
        self.entries().into_iter().filter(|name| name != JOURNAL_FILE && !name.ends_with(".lease")).collect()
    }

    /// The leases of batches that are at work, or were killed.
    pub fn leases(&self) -> Vec<String> {
        self.entries().into_iter().filter(|name| name.ends_with(".lease")).collect()
    }

    fn entries(&self) -> BTreeSet<String> {
        let entries = fs::read_dir(self.output("")).into_iter().flatten();
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    }

    pub fn ledger(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.output(JOURNAL_FILE)).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// Ends of this kind in the ledger.
    pub fn count(&self, state: &str) -> usize {
        self.ledger().iter().filter(|line| line["state"] == state).count()
    }

    /// Lines of this state, from a ledger that may be growing, or torn.
    pub fn count_of(&self, state: &str) -> usize {
        let text = fs::read(self.output(JOURNAL_FILE)).unwrap_or_default();
        String::from_utf8_lossy(&text).matches(&format!("\"state\":\"{state}\"")).count()
    }

    /// Waits until so many files are done.
    pub fn wait_until_done(&self, files: usize) {
        wait_until(&format!("{files} files done"), || self.count_of("done") >= files);
    }

    /// Waits until frames are being written.
    pub fn wait_until_writing(&self) {
        let writing =
            |name: &String| name.starts_with('.') && fs::metadata(self.output(name)).is_ok_and(|meta| meta.is_file());
        wait_until("a file in work", || self.outputs().iter().any(writing));
    }
}

/// It must have ended with this exit code; gives what was printed and said.
pub fn ended(output: &Output, code: i32) -> (String, String) {
    let (table, said) = (stdout(output), stderr(output));
    assert_eq!(output.status.code(), Some(code), "{table}{said}");
    (table, said)
}

/// Makes a small video of so many frames.
pub fn video(path: &Path, frames: u32) {
    let seconds = f64::from(frames) / 25.0;
    let source = format!("ffmpeg -v error -nostdin -f lavfi -i testsrc=s=64x48:r=25:d={seconds}");
    copy_of(path, &kept("video.mkv", &[], &format!("{source} -pix_fmt yuv420p $OUT")));
}

/// Frames that ffprobe decodes.
pub fn frames(path: &Path) -> u32 {
    let arguments =
        ["-v", "error", "-count_frames", "-select_streams", "v:0", "-show_entries", "stream=nb_read_frames"];
    let output = Command::new("ffprobe").args(arguments).args(["-of", "csv=p=0"]).arg(path).output().expect("ffprobe");
    stdout(&output).trim().parse().unwrap_or_else(|_| panic!("{}: {}", path.display(), stderr(&output)))
}

pub const GRAY: &[&str] = &["-f", "grayscale"];
/// Slow enough to be interrupted.
pub const SLOW: &[&str] = &["-f", "grayscale,delay=20"];

pub fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
