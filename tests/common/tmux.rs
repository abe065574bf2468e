//! A real terminal, that of tmux: keys that are pressed, and a screen that is read. Nothing here is about speed; what should
//! be on the screen is waited for.

use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::child::wait_for;
use super::skipped;

/// A shell in a terminal of its own.
pub struct Terminal {
    socket: String,
    pub folder: tempfile::TempDir,
}

static TERMINALS: AtomicUsize = AtomicUsize::new(0);

impl Terminal {
    /// None where there is no tmux.
    pub fn new(columns: u16, rows: u16) -> Option<Self> {
        let socket = format!("framerace-{}-{}", std::process::id(), TERMINALS.fetch_add(1, Relaxed));
        let terminal = Self { socket, folder: tempfile::tempdir().expect("a folder") };
        if Command::new("tmux").arg("-V").stdout(Stdio::null()).status().is_err() {
            skipped("there is no tmux, so no terminal (scripts/setup installs it)");
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

    pub fn keys(&self, keys: &[&str]) {
        assert!(self.command(&["send-keys"]).args(keys).status().expect("tmux").success());
    }

    /// Runs framerace, and says its exit code.
    pub fn run(&self, arguments: &str) {
        self.does(&format!("run {arguments} --tui"));
    }

    /// The same of any command.
    pub fn does(&self, arguments: &str) {
        self.keys(&[&format!("clear; $FRAMERACE {arguments}; echo code $?"), "Enter"]);
    }

    /// Makes it larger or smaller.
    pub fn resize(&self, columns: u16, rows: u16) {
        self.ask(&["resize-window", "-x", &columns.to_string(), "-y", &rows.to_string()]);
    }

    pub fn screen(&self) -> String {
        self.ask(&["capture-pane", "-p"])
    }

    /// The screen, and what has scrolled off it.
    pub fn all(&self) -> String {
        self.ask(&["capture-pane", "-p", "-S", "-500"])
    }

    /// Waits until the screen shows all of this.
    pub fn shows(&self, words: &[&str]) -> String {
        wait_for(|| {
            let screen = self.screen();
            if words.iter().all(|word| screen.contains(word)) {
                Ok(screen)
            } else {
                Err(format!(
                    "{words:?} in:
{screen}"
                ))
            }
        })
    }

    /// The program has ended, and the terminal is as it was: the usual screen, a cursor, and lines that are echoed.
    pub fn is_given_back(&self, code: i32) {
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
