//! The lines that a child process writes to its standard output, read by a thread of its own. A child that writes without end,
//! or a line without end, is not read on: it waits until its parent has taken what is there.

use std::io::{BufRead, BufReader, Read};
use std::process::ChildStdout;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::Builder;
use std::time::Instant;

use anyhow::{Result, anyhow};

/// Lines that wait for the parent.
const WAITING: usize = 256;
/// The longest line in bytes; one that is longer is cut, and the last one.
const LONGEST: u64 = 1 << 20;

/// The lines, and when each came.
pub(crate) fn lines(stdout: ChildStdout) -> Result<Receiver<(Instant, String)>> {
    let (to_parent, lines) = sync_channel(WAITING);
    let read = move || {
        let mut from = BufReader::new(stdout);
        loop {
            let mut line = Vec::new();
            let ended = !matches!(from.by_ref().take(LONGEST).read_until(b'\n', &mut line), Ok(1..));
            let text = String::from_utf8_lossy(&line).trim_end_matches('\n').to_owned();
            if ended || to_parent.send((Instant::now(), text)).is_err() || line.last() != Some(&b'\n') {
                break;
            }
        }
    };
    Builder::new().name("lines".into()).spawn(read).map_err(|error| anyhow!("no thread to be had: {error}"))?;
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};
    use std::time::Duration;

    #[test]
    fn a_line_without_end_is_cut_and_all_others_are_whole() {
        let script = "echo one; echo; echo three; exec cat /dev/zero";
        let mut child = Command::new("sh").args(["-c", script]).stdout(Stdio::piped()).spawn().unwrap();
        let lines = lines(child.stdout.take().unwrap()).unwrap();
        let all: Vec<_> =
            std::iter::from_fn(|| lines.recv_timeout(Duration::from_secs(60)).ok()).map(|line| line.1).collect();
        child.kill().and_then(|()| child.wait()).unwrap();
        assert_eq!(all[..3], ["one", "", "three"]);
        assert_eq!((all.len(), all[3].len()), (4, 1 << 20));
    }
}
