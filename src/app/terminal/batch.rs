//! The bars of a batch: one for each file in work, and one for the whole below them. They only read the meters.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{Builder, sleep};

use framerace::batch::Progress;
use parking_lot::Mutex;

use super::PERIOD;
use super::line::Line;
use super::pace::Pace;
use super::screen::Screen;
use crate::app::terminal::stderr::Stderr;

/// The bars of a batch: one for each file in work, and one for the whole below them.
#[derive(Clone)]
pub struct Bars(Arc<Shared>);

struct Shared {
    stderr: Stderr,
    /// Where bars are drawn, if they are.
    screen: Option<Mutex<Screen>>,
    batch: Mutex<Work>,
}

/// How far a batch is.
#[derive(Default)]
struct Work {
    files: usize,
    ended: usize,
    frames: Option<u64>,
    /// Of the files that have ended: frames, and seconds that these play.
    delivered: u64,
    played: f64,
    /// Of the whole, once there is a plan.
    pace: Option<Pace>,
    at_work: Vec<InWork>,
}

struct InWork {
    input: PathBuf,
    frames: Option<u64>,
    /// How long it plays, in seconds; 0 where it does not say.
    plays: f64,
    progress: Arc<Progress>,
    pace: Pace,
}

impl Bars {
    /// Bars on the terminal, if there is one and they are wanted; lines else.
    pub fn new(stderr: &Stderr, wanted: bool) -> Self {
        let screen = Screen::of(stderr).filter(|_| wanted).map(Mutex::new);
        let shared = Arc::new(Shared { stderr: stderr.clone(), screen, batch: Mutex::default() });
        let draws = Arc::downgrade(&shared);
        let draw_now_and_then = move || {
            while let Some(shared) = draws.upgrade() {
                shared.draw();
                drop(shared);
                sleep(PERIOD);
            }
        };
        if shared.screen.is_some() {
            // A bar is not worth failing for.
            let _ = Builder::new().name("progress".into()).spawn(draw_now_and_then);
        }
        Self(shared)
    }

    /// Whether there are bars.
    pub fn visible(&self) -> bool {
        self.0.screen.is_some()
    }

    /// Columns of the terminal, if there is one.
    pub fn columns(&self) -> Option<usize> {
        super::columns(&self.0.stderr)
    }

    /// Says a line, above the bars.
    pub fn say(&self, text: &str) {
        let say = || self.0.stderr.line(text);
        match &self.0.screen {
            Some(screen) => screen.lock().above(say),
            None => say(),
        }
    }

    /// So much is to be done.
    pub fn plan(&self, files: usize, frames: Option<u64>) {
        *self.0.batch.lock() = Work { files, frames, pace: Some(Pace::new()), ..Work::default() };
    }

    /// A file is begun, which plays so many seconds.
    pub fn begin(&self, input: &Path, frames: Option<u64>, plays: f64, progress: &Arc<Progress>) {
        let (input, progress) = (input.to_owned(), Arc::clone(progress));
        self.0.batch.lock().at_work.push(InWork { input, frames, plays, progress, pace: Pace::new() });
    }

    /// A file has ended, with so many frames written, which play so many seconds.
    pub fn end(&self, input: &Path, frames: u64, plays: f64) {
        let mut batch = self.0.batch.lock();
        if let Some(at) = batch.at_work.iter().position(|file| file.input == input) {
            let file = batch.at_work.remove(at);
            batch.ended += 1;
            batch.delivered += frames;
            batch.played += plays;
            // Frames that failed, or were never there, are not waited for.
            let there = batch.frames.zip(file.frames).map(|(all, announced)| all.saturating_sub(announced) + frames);
            batch.frames = there.or(batch.frames);
        }
    }

    /// A file is put off: it will be begun again.
    pub fn later(&self, input: &Path) {
        self.0.batch.lock().at_work.retain(|file| file.input != input);
    }

    /// Takes the bars away, for good.
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
    /// A line for each file in work, and one for the whole once there is a plan.
    fn lines(&self, columns: usize) -> Vec<String> {
        let Some(pace) = &self.pace else { return Vec::new() };
        let (mut frames, mut played) = (self.delivered, self.played);
        let mut lines = Vec::new();
        for file in &self.at_work {
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

impl InWork {
    /// How far it is; who it is goes in front.
    fn line(&self) -> Line<'static> {
        let frames = self.progress.delivered();
        let frame_plays = self.frames.filter(|all| *all > 0).map_or(0.0, |all| self.plays / all as f64);
        Line { name: "", frames, all: self.frames, pace: self.pace.at(frames, self.frames), frame_plays }
    }
}
