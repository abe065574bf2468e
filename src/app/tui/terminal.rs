//! The terminal as a whole screen. It is restored as it was before: at the end, after an error, a panic or a signal. Knows
//! nothing of what is drawn.

use std::io::{IsTerminal, Stdout, stdin, stdout};
use std::panic::{set_hook, take_hook};
use std::thread::current;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use framerace::host::usage::thread_cpu;
use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::event::{Event, KeyEvent, KeyEventKind, poll, read};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
    is_raw_mode_enabled,
};
use ratatui::prelude::CrosstermBackend;
use ratatui::{Frame, Terminal};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;

/// The whole screen. Dropping it restores the terminal.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    opened: Instant,
    cpu_before: Duration,
}

impl Screen {
    /// Takes the whole terminal, as `option` asks. Fails when there is none.
    pub fn open(option: &str) -> Result<Self> {
        let both = stdin().is_terminal() && stdout().is_terminal();
        ensure!(both, "{option} needs a terminal to draw on and to read keys from; leave it out, or run it in one");
        restore_before_panics();
        enable_raw_mode().context("cannot read keys from this terminal")?;
        // From here on the terminal has to be restored.
        let terminal = Terminal::new(CrosstermBackend::new(stdout())).context("cannot draw on this terminal");
        let screen = match terminal {
            Ok(terminal) => Self { terminal, opened: Instant::now(), cpu_before: thread_cpu() },
            Err(error) => {
                restore();
                return Err(error);
            }
        };
        // Not with ratatui's `clear`: it asks for the position of the cursor, and not every terminal answers.
        execute!(stdout(), EnterAlternateScreen, Clear(ClearType::All))?;
        Ok(screen)
    }

    /// Draws what has changed. Fails when the terminal is gone.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> Result<()> {
        self.terminal.draw(draw).map(drop).context("cannot draw on this terminal any more")
    }

    /// Waits for a key, for this time at most. Fails when the terminal is gone.
    pub fn key(&mut self, wait: Duration) -> Result<Option<KeyEvent>> {
        let gone = "cannot read keys from this terminal any more";
        // If the terminal was closed, crossterm would poll it for ever.
        ensure!(!input_events(Duration::ZERO)?.contains(PollFlags::HUP), gone);
        if !poll(Duration::ZERO).context(gone)? {
            ensure!(!input_events(wait)?.contains(PollFlags::HUP), gone);
            if !poll(Duration::ZERO).context(gone)? {
                return Ok(None);
            }
        }
        // After a change of size the next drawing fills the new size.
        Ok(match read().context(gone)? {
            Event::Key(key) if key.kind != KeyEventKind::Release => Some(key),
            _ => None,
        })
    }

    /// The fraction of a core that the thread which opened it has used since then, for snapshots and drawing.
    pub fn cost(&self) -> f64 {
        thread_cpu().saturating_sub(self.cpu_before).as_secs_f64() / self.opened.elapsed().as_secs_f64().max(1e-3)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// The events of standard input, after waiting for them for this time at most.
fn input_events(wait: Duration) -> Result<PollFlags> {
    let keys = stdin();
    let mut asked = [PollFd::new(&keys, PollFlags::IN)];
    let wait = Timespec { tv_sec: i64::try_from(wait.as_secs())?, tv_nsec: wait.subsec_nanos().into() };
    match rustix::event::poll(&mut asked, Some(&wait)) {
        // EINTR: a signal says that the terminal has another size.
        Ok(_) | Err(Errno::INTR) => Ok(asked[0].revents()),
        Err(error) => Err(error).context("cannot read keys from this terminal any more"),
    }
}

/// Restores the terminal. The second call does nothing, so that text printed since then is not written over.
pub fn restore() {
    if is_raw_mode_enabled().is_ok_and(|raw| !raw) {
        return;
    }
    // If the terminal is gone, there is nothing to restore.
    let _ = execute!(stdout(), LeaveAlternateScreen, Show);
    let _ = disable_raw_mode();
}

/// Restores the terminal before the message of a panic is printed, which would be cleared with the screen otherwise. Only
/// for panics of this thread: those of others are caught, and end a run as errors.
fn restore_before_panics() {
    let (earlier, ours) = (take_hook(), current().id());
    set_hook(Box::new(move |info| {
        if current().id() == ours {
            restore();
        }
        earlier(info);
    }));
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// Set for the child process that is to panic.
    const PANICS: &str = "FRAMERACE_TEST_PANICS_ON_A_SCREEN";

    #[test]
    fn a_panic_restores_the_terminal() {
        if std::env::var_os(PANICS).is_some() {
            let _screen = Screen::open("--tui").unwrap();
            // The hook restores it, because a program that aborts does not drop the screen.
            std::panic::panic_any("on a screen");
        }
        let (program, test) = (std::env::current_exe().unwrap(), "tui::terminal::tests::a_panic_restores");
        let run = format!("'{}' {test} --nocapture", program.display());
        let shell = format!("stty -a > before; {PANICS}=1 {run}; stty -a > after");
        let folder = tempfile::tempdir().unwrap();
        let mut terminal = Command::new("script");
        terminal.args(["--quiet", "--command", &shell, "/dev/null"]).current_dir(folder.path()).env("SHELL", "/bin/sh");
        let Ok(output) = terminal.output() else {
            eprintln!("SKIPPED: there is no terminal to try: install script");
            return;
        };
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        let [taken, given, said] = ["\u{1b}[?1049h", "\u{1b}[?1049l", "panicked at"].map(|words| shown.find(words));
        assert!(taken.is_some() && taken < given && given < said, "{shown:?}");
        assert!(shown.contains("on a screen"), "{shown:?}");
        let modes = ["before", "after"].map(|file| std::fs::read_to_string(folder.path().join(file)).unwrap());
        assert_eq!(modes[0], modes[1]);
    }
}
