//! The terminal is ours: OpenCV, FFmpeg, GStreamer and the codecs behind them each log in a way of their own, and not
//! all of them can be told not to. So the process's standard error leads nowhere, unless `-v` asks for the noise, and
//! what we have to say goes to the real one, kept here.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::panic;
use std::sync::Arc;

/// The real standard error.
#[derive(Clone)]
pub struct Stderr(Arc<File>);

impl Stderr {
    /// Keeps the real standard error, and lets the process's lead nowhere unless `loud`.
    ///
    /// # Errors
    /// When the process may not open one file more.
    pub fn take(loud: bool) -> io::Result<Self> {
        let real = Self(Arc::new(rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stderr(), 3)?.into()));
        if !loud {
            rustix::stdio::dup2_stderr(OpenOptions::new().write(true).open("/dev/null")?)?;
            real.clone().report_own_panics();
        }
        Ok(real)
    }

    /// Says one line.
    pub fn line(&self, text: &str) {
        let parts: Vec<_> = text.split(['\n', '\r']).map(str::trim).filter(|part| !part.is_empty()).collect();
        // In one write, so that the lines of two threads do not mix. There is nobody to tell that it is closed.
        let _ = (&*self.0).write_all((plain(&parts.join(" ")) + "\n").as_bytes());
    }

    /// Another handle on the same place.
    ///
    /// # Errors
    /// When the process may not open one file more.
    pub fn handle(&self) -> io::Result<File> {
        self.0.try_clone()
    }

    /// A panic of the main thread is a bug of ours, and must be seen although standard error leads nowhere. Those of
    /// other threads are caught and reported as errors.
    fn report_own_panics(self) {
        panic::set_hook(Box::new(move |info| {
            if std::thread::current().name() == Some("main") {
                self.line(&format!("error: framerace has a bug, please report it: {info}"));
            }
        }));
    }
}

/// Text that may hold the name of a file, without what would move a terminal's cursor, color it, or turn its text
/// around.
pub fn plain(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.replace(|c: char| c.is_control() || turns(c), "?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_command_the_terminal() {
        assert_eq!(plain("a\u{1b}[2J\rb\u{202e}4pm.\u{9b}1m"), "a?[2J?b?4pm.?1m");
        assert_eq!(plain("夏 é.mp4"), "夏 é.mp4");
    }
}
