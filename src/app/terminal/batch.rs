//! The progress bars of a batch: one for each file being converted, and one for the whole batch below them. They only read
//! meters.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{Builder, sleep};

use framerace::batch::Progress;
use parking_lot::Mutex;

use super::PERIOD;
use super::line::Line;
use super::pace::Pace;
use super::screen::DrawnLines;
use crate::app::terminal::stderr::Stderr;

/// The progress bars of a batch. Without a terminal, lines only.
#[derive(Clone)]
pub struct Bars(Arc<Shared>);

struct Shared {
    stderr: Stderr,
    /// Where bars are drawn; none without a terminal.
    screen: Option<Mutex<DrawnLines>>,
    batch: Mutex<Work>,
}

/// The progress of a batch.
#[derive(Default)]
struct Work {
    files: usize,
    ended: usize,
    frames: Option<u64>,
    /// Frames of the files that have ended, and their duration in seconds.
    delivered: u64,
    played: f64,
    /// The pace of the whole batch, once there is a plan.
    pace: Option<Pace>,
    open: Vec<OpenFile>,
}

struct OpenFile {
    input: PathBuf,
    frames: Option<u64>,
    /// Its duration in seconds; 0 if it is unknown.
    plays: f64,
    progress: Arc<Progress>,
    pace: Pace,
}

impl Bars {
    /// Bars on the terminal, if there is one and they are wanted; otherwise lines.
    pub fn new(stderr: &Stderr, wanted: bool) -> Self {
        let screen = DrawnLines::of(stderr).filter(|_| wanted).map(Mutex::new);
        let shared = Arc::new(Shared { stderr: stderr.clone(), screen, batch: Mutex::default() });
        let draws = Arc::downgrade(&shared);
        let draw_regularly = move || {
            while let Some(shared) = draws.upgrade() {
                shared.draw();
                drop(shared);
                sleep(PERIOD);
            }
        };
        if shared.screen.is_some() {
            // A missing bar is no reason to fail.
            let _ = Builder::new().name("progress".into()).spawn(draw_regularly);
        }
        Self(shared)
    }

    pub fn visible(&self) -> bool {
        self.0.screen.is_some()
    }

    pub fn columns(&self) -> Option<usize> {
        super::columns(&self.0.stderr)
    }

    /// Prints a line above the bars.
    pub fn print_line(&self, text: &str) {
        let print = || self.0.stderr.line(text);
        match &self.0.screen {
            Some(screen) => screen.lock().above(print),
            None => print(),
        }
    }

    /// The number of files and frames to do.
    pub fn plan(&self, files: usize, frames: Option<u64>) {
        *self.0.batch.lock() = Work { files, frames, pace: Some(Pace::new()), ..Work::default() };
    }

    /// A file is started; `plays` is its duration in seconds.
    pub fn begin(&self, input: &Path, frames: Option<u64>, plays: f64, progress: &Arc<Progress>) {
        let (input, progress) = (input.to_owned(), Arc::clone(progress));
        self.0.batch.lock().open.push(OpenFile { input, frames, plays, progress, pace: Pace::new() });
    }

    /// A file has ended; `frames` were written, and `plays` is their duration in seconds.
    pub fn end(&self, input: &Path, frames: u64, plays: f64) {
        let mut batch = self.0.batch.lock();
        if let Some(at) = batch.open.iter().position(|file| file.input == input) {
            let file = batch.open.remove(at);
            batch.ended += 1;
            batch.delivered += frames;
            batch.played += plays;
            // The number of frames becomes exact: some may have failed, or been announced wrongly.
            let there = batch.frames.zip(file.frames).map(|(all, announced)| all.saturating_sub(announced) + frames);
            batch.frames = there.or(batch.frames);
        }
    }

    /// A file is postponed: it will be started again.
    pub fn postpone(&self, input: &Path) {
        self.0.batch.lock().open.retain(|file| file.input != input);
    }

    /// Removes the bars for good.
    pub fn clear(&self) {
        self.0.batch.lock().pace = None;
        self.0.draw();
    }
}

impl Shared {
    fn draw(&self) {
        if let Some(screen) = &self.screen {
            let mut screen = screen.lock();
            let lines = self.batch.lock().lines(screen.columns());
            screen.draw(lines);
        }
    }
}

impl Work {
    /// A line for each open file, and one for the whole batch once there is a plan.
    fn lines(&self, columns: usize) -> Vec<String> {
        let Some(pace) = &self.pace else { return Vec::new() };
        let (mut frames, mut played) = (self.delivered, self.played);
        let mut lines = Vec::new();
        for file in &self.open {
            let line = file.line();
            frames += line.frames;
            played += line.frame_plays * line.frames as f64;
            let name = file.input.file_name().unwrap_or_default().to_string_lossy();
            lines.push(Line { name: &name, ..line }.text(columns));
        }
        let name = format!("{}/{} files", self.ended, self.files);
        let (all, frame_plays) = (self.frames, played / frames.max(1) as f64);
        lines.push(Line { name: &name, frames, all, pace: pace.at(frames, all), frame_plays }.text(columns));
        lines
    }
}

impl OpenFile {
    /// Its progress, without its name.
    fn line(&self) -> Line<'static> {
        let frames = self.progress.delivered();
        let frame_plays = self.frames.filter(|all| *all > 0).map_or(0.0, |all| self.plays / all as f64);
        Line { name: "", frames, all: self.frames, pace: self.pace.at(frames, self.frames), frame_plays }
    }
}
