//! `run --tui` in a real terminal: that of tmux, with keys that are pressed and a screen that is read. Nothing here is about
//! speed; what should be on the screen is waited for.

mod common;

use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::{CLIP, framerace, stderr};

/// A shell in a terminal of its own.
struct Terminal {
    socket: String,
    folder: tempfile::TempDir,
}

static TERMINALS: AtomicUsize = AtomicUsize::new(0);

impl Terminal {
    /// None where there is no tmux.
    fn new(columns: u16, rows: u16) -> Option<Self> {
        let socket = format!("framerace-{}-{}", std::process::id(), TERMINALS.fetch_add(1, Relaxed));
        let terminal = Self { socket, folder: tempfile::tempdir().expect("a folder") };
        if Command::new("tmux").arg("-V").stdout(Stdio::null()).status().is_err() {
            eprintln!("SKIPPED: there is no terminal to try: install tmux (scripts/setup)");
            return None;
        }
        let (columns, rows) = (columns.to_string(), rows.to_string());
        let mut new = terminal.command(&["-f", "/dev/null", "new-session", "-d", "-x", &columns, "-y", &rows]);
        let program = format!("FRAMERACE={}", env!("CARGO_BIN_EXE_framerace"));
        let folder = terminal.folder.path().to_str().expect("text");
        assert!(new.args(["-c", folder, "-e", &program, "-e", "PS1=$ ", "sh"]).status().expect("tmux").success());
        terminal.keys(&["stty -a > before", "Enter"]);
        Some(terminal)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut tmux = Command::new("tmux");
        tmux.args(["-L", &self.socket]).args(arguments).env_remove("TMUX");
        tmux
    }

    fn ask(&self, arguments: &[&str]) -> String {
        let output: Output = self.command(arguments).output().expect("tmux");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn keys(&self, keys: &[&str]) {
        assert!(self.command(&["send-keys"]).args(keys).status().expect("tmux").success());
    }

    /// Runs framerace, and says its exit code.
    fn run(&self, arguments: &str) {
        self.keys(&[&format!("clear; $FRAMERACE run {arguments} --tui; echo code $?"), "Enter"]);
    }

    fn screen(&self) -> String {
        self.ask(&["capture-pane", "-p"])
    }

    /// Waits until the screen shows all of this.
    fn shows(&self, words: &[&str]) -> String {
        let begin = Instant::now();
        loop {
            let screen = self.screen();
            if words.iter().all(|word| screen.contains(word)) {
                return screen;
            }
            assert!(begin.elapsed() < Duration::from_secs(90), "never {words:?}:\n{screen}");
            sleep(Duration::from_millis(50));
        }
    }

    /// The program has ended, and the terminal is as it was: the usual screen, a cursor, and lines that are echoed.
    fn is_given_back(&self, code: i32) {
        self.shows(&[&format!("code {code}\n")]);
        assert_eq!(self.ask(&["display", "-p", "#{alternate_on} #{cursor_flag}"]).trim(), "0 1");
        self.keys(&["clear; stty -a | cmp before - && echo as it was | tr a-z A-Z", "Enter"]);
        self.shows(&["AS IT WAS"]);
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.command(&["kill-server"]).status();
    }
}

const SLOW: &str = "synthetic:64x48@50x1000000 -f grayscale,delay=30 -s threads -w 1 --overflow block";

#[test]
fn keys_change_the_pipeline_as_it_runs() {
    let Some(terminal) = Terminal::new(80, 24) else { return };
    terminal.run(SLOW);
    terminal.shows(&[
        "running",
        "strategy threads   workers 1   depth 4   overflow block",
        "verdict delay: waiting for I/O",
    ]);
    for (keys, words) in [
        (&["w"][..], &["workers 2"][..]),
        (&["D", "D"], &["depth 2"]),
        (&["s"], &["strategy stages", "] "]),
        (&["o", "o"], &["overflow drop-oldest"]),
        (&["Right", "Up"], &["+50 %"]),
        (&["Space"], &["paused"]),
    ] {
        terminal.keys(keys);
        terminal.shows(words);
    }
    terminal.keys(&["Space", "q"]);
    terminal.shows(&["delay", "deliver", "\ncode 0"]);
    terminal.is_given_back(0);
}

#[test]
fn what_is_delivered_can_be_recorded() {
    let Some(terminal) = Terminal::new(80, 24) else { return };
    terminal.run(SLOW);
    terminal.shows(&["running", "verdict delay"]);
    terminal.keys(&["r"]);
    terminal.shows(&["recording", "framerace-1.mkv", "verdict delay"]);
    terminal.keys(&["r"]);
    terminal.shows(&["running", "recorded ", " frames: framerace-1.mkv"]);
    terminal.keys(&["q"]);
    terminal.is_given_back(0);
    let video = terminal.folder.path().join("framerace-1.mkv");
    let again = framerace(&["run", video.to_str().unwrap(), "-f", "grayscale"]);
    assert!(again.status.success(), "{}", stderr(&again));
}

#[test]
fn the_terminal_is_given_back_after_ctrl_c_and_signals() {
    let Some(terminal) = Terminal::new(80, 24) else { return };
    terminal.run(SLOW);
    terminal.shows(&["running"]);
    terminal.keys(&["C-c"]);
    terminal.is_given_back(130);
    // By a signal, from outside.
    terminal.keys(&[&format!("clear; sh -c 'echo $$ > pid; exec $FRAMERACE run {SLOW} --tui'; echo code $?"), "Enter"]);
    terminal.shows(&["running"]);
    let pid = std::fs::read_to_string(terminal.folder.path().join("pid")).unwrap();
    assert!(Command::new("kill").args(["-TERM", pid.trim()]).status().unwrap().success());
    terminal.is_given_back(130);
}

#[test]
fn the_terminal_is_given_back_after_errors_and_panics_of_filters() {
    let Some(terminal) = Terminal::new(80, 24) else { return };
    for kind in ["error", "panic"] {
        terminal.run(&format!("synthetic:64x48@50x1000 -f grayscale,fault=kind={kind}:at=20 -s threads -w 1"));
        terminal.shows(&["error: synthetic:64x48@50x1000: ", "fault"]);
        terminal.is_given_back(1);
    }
    terminal.run("none.mp4");
    terminal.shows(&["error: ", "none.mp4"]);
    terminal.is_given_back(1);
}

#[test]
fn a_file_is_played_again_and_what_ends_says_so() {
    let Some(terminal) = Terminal::new(80, 24) else { return };
    terminal.run(&format!("{CLIP} -f grayscale --loop 1"));
    terminal.shows(&["is over; any change begins it anew"]);
    terminal.keys(&["q"]);
    terminal.is_given_back(0);
}

#[test]
fn a_small_terminal_is_told_what_is_needed() {
    let Some(terminal) = Terminal::new(60, 10) else { return };
    terminal.run(SLOW);
    terminal.shows(&["too small: 80x24 is needed, this is 60x10"]);
    terminal.keys(&["q"]);
    terminal.is_given_back(0);
}

#[test]
fn what_is_no_terminal_is_refused_in_a_line() {
    let output = framerace(&["run", "synthetic:64x48@0x10", "--tui"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stderr(&output).lines().count(), 1);
    assert!(stderr(&output).starts_with("error: --tui needs a terminal"), "{}", stderr(&output));
}
