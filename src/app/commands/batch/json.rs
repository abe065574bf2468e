//! `--json`: what happens during a batch, written as lines of JSON at once. Progress comes by tenths of a file.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{Builder, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use framerace::batch::{Event, EventLine, Happened, Name, Progress};
use framerace::text::plain_json;
use parking_lot::Mutex;

use crate::app::results::target::Target;
use crate::app::terminal::stdout;

/// How often it is looked whether a file has got on.
const PERIOD: Duration = Duration::from_millis(100);

/// Frames between two lines about a file of unknown length.
const UNKNOWN: u64 = 500;

/// Where the lines go.
#[derive(Clone)]
pub struct JsonLines(Arc<Mutex<Lines>>);

struct Lines {
    /// None for standard output.
    file: Option<File>,
    since: Instant,
    /// Files in work.
    open: Vec<OpenFile>,
    /// Whether the summary was written, which is the last line.
    ended: bool,
    /// The first error of writing; after it nothing is written any more.
    broken: Option<std::io::Error>,
}

struct OpenFile {
    input: PathBuf,
    frames: Option<u64>,
    progress: Arc<Progress>,
    /// Tenths, or frames of unknown length by the hundred, that have been told.
    told: u64,
}

impl JsonLines {
    /// Lines to a file, or to standard output for `-`.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn open(path: &Path) -> Result<Self> {
        let file = match Target::open(path)? {
            Target::Stdout => None,
            Target::Special(path) | Target::File(path) => {
                Some(File::create(&path).with_context(|| format!("cannot write {}", path.display()))?)
            }
        };
        let lines = Lines { file, since: Instant::now(), open: Vec::new(), ended: false, broken: None };
        let shared = Arc::new(Mutex::new(lines));
        let watched = Arc::downgrade(&shared);
        let tell_regularly = move || {
            while let Some(shared) = watched.upgrade() {
                shared.lock().tell_progress();
                drop(shared);
                sleep(PERIOD);
            }
        };
        // Without it there is no progress, but everything else.
        let _ = Builder::new().name("events".into()).spawn(tell_regularly);
        Ok(Self(shared))
    }

    /// Whether they go to standard output.
    pub fn to_stdout(&self) -> bool {
        self.0.lock().file.is_none()
    }

    /// Writes what happened.
    pub fn write(&self, event: Happened) {
        self.0.lock().write(event);
    }

    /// Writes an event of a batch.
    pub fn event(&self, event: &Event<'_>) {
        let mut lines = self.0.lock();
        match event {
            Event::Began { task, frames, progress, .. } => {
                let (input, progress) = (task.input.clone(), Arc::clone(progress));
                lines.open.push(OpenFile { input, frames: *frames, progress, told: 0 });
            }
            Event::Ended(ended) => lines.open.retain(|file| file.input != ended.input),
            _ => {}
        }
        lines.write(Happened::of(event));
    }

    /// Ends the lines.
    ///
    /// # Errors
    /// When not all could be written.
    pub fn finish(&self) -> Result<()> {
        let broken = self.0.lock().broken.take();
        broken.map_or(Ok(()), |error| Err(anyhow!("cannot write the events (--json): {error}")))
    }
}

impl Lines {
    fn write(&mut self, event: Happened) {
        if self.ended {
            return;
        }
        self.ended = matches!(event, Happened::Summary { .. } | Happened::Error { .. });
        let line = EventLine { at_s: (self.since.elapsed().as_secs_f64() * 1e3).round() / 1e3, event };
        let written = serde_json::to_string(&line).map_err(std::io::Error::from).and_then(|line| {
            let line = plain_json(&line) + "\n";
            match &mut self.file {
                _ if self.broken.is_some() => Ok(()),
                Some(file) => file.write_all(line.as_bytes()),
                None => stdout::write(&line),
            }
        });
        if let Err(error) = written {
            self.broken = Some(error);
        }
    }

    fn tell_progress(&mut self) {
        let mut lines = Vec::new();
        for file in &mut self.open {
            let frames = file.progress.delivered();
            let step = file.frames.map_or(frames / UNKNOWN, |all| 10 * frames / all.max(1));
            if step > file.told {
                file.told = step;
                lines.push(Happened::Progress { input: Name::of(&file.input), frames, of: file.frames });
            }
        }
        lines.into_iter().for_each(|line| self.write(line));
    }
}
