//! The bars of a batch: one for each file in work, and one for the whole below them. They only read the meters.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::Instant;

use framerace::batch::Progress;
use indicatif::{MultiProgress, ProgressBar};

use super::{LENGTH, PERIOD, clock, style, target};
use crate::stderr::Stderr;

/// The bars of a batch: one for each file in work, and one for the whole below them.
pub struct Bars {
    shared: Arc<Shared>,
    drawer: Option<(mpsc::Sender<()>, JoinHandle<()>)>,
}

struct Shared {
    stderr: Stderr,
    all: MultiProgress,
    whole: ProgressBar,
    batch: Mutex<Work>,
    visible: bool,
}

/// How far a batch is.
#[derive(Default)]
struct Work {
    files: usize,
    ended: usize,
    frames: Option<u64>,
    /// Of the files that have ended.
    delivered: u64,
    since: Option<Instant>,
    at_work: Vec<InWork>,
}

struct InWork {
    input: PathBuf,
    frames: Option<u64>,
    progress: Arc<Progress>,
    since: Instant,
    bar: ProgressBar,
}

impl Bars {
    /// Bars on the terminal, if there is one and they are wanted; lines else.
    pub fn new(stderr: &Stderr, wanted: bool) -> Self {
        let target = target(stderr, wanted);
        let visible = !target.is_hidden();
        let all = MultiProgress::with_draw_target(target);
        let whole = all.add(ProgressBar::new(LENGTH).with_style(style("{bar:16} {percent:>3} % {wide_msg}")));
        let shared = Shared { stderr: stderr.clone(), all, whole, batch: Mutex::default(), visible };
        let shared = Arc::new(shared);
        let (done, wait) = mpsc::channel::<()>();
        let draws = Arc::clone(&shared);
        let draw_now_and_then = move || {
            while wait.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                draws.draw();
            }
        };
        let thread = || Builder::new().name("progress".into()).spawn(draw_now_and_then).ok();
        let drawer = if visible { thread().map(|thread| (done, thread)) } else { None };
        Self { shared, drawer }
    }

    /// Whether there are bars.
    pub fn visible(&self) -> bool {
        self.shared.visible
    }

    /// Says a line, above the bars.
    pub fn say(&self, text: &str) {
        self.shared.all.suspend(|| self.shared.stderr.line(text));
    }

    /// So much is to be done.
    pub fn plan(&self, files: usize, frames: Option<u64>) {
        *self.shared.batch() = Work { files, frames, since: Some(Instant::now()), ..Work::default() };
    }

    /// A file is begun.
    pub fn begin(&self, input: &Path, frames: Option<u64>, progress: &Arc<Progress>) {
        let new = ProgressBar::new(LENGTH).with_style(style("{bar:16} {percent:>3} % {wide_msg}"));
        let bar = self.shared.all.insert_before(&self.shared.whole, new);
        let (input, progress) = (input.to_owned(), Arc::clone(progress));
        self.shared.batch().at_work.push(InWork { input, frames, progress, since: Instant::now(), bar });
    }

    /// A file has ended, with so many frames written.
    pub fn end(&self, input: &Path, frames: u64) {
        let mut batch = self.shared.batch();
        if let Some(at) = batch.at_work.iter().position(|file| file.input == input) {
            let file = batch.at_work.swap_remove(at);
            file.bar.finish_and_clear();
            self.shared.all.remove(&file.bar);
            batch.ended += 1;
            batch.delivered += frames;
        }
    }

    /// Takes the bars away.
    pub fn finish(self) {
        if let Some((done, thread)) = self.drawer {
            drop(done);
            // Bars are not worth failing for.
            let _ = thread.join();
        }
        self.shared.whole.finish_and_clear();
    }
}

impl Shared {
    fn batch(&self) -> MutexGuard<'_, Work> {
        self.batch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn draw(&self) {
        let batch = self.batch();
        let mut delivered = batch.delivered;
        for file in &batch.at_work {
            let frames = file.progress.delivered();
            delivered += frames;
            let name = file.input.file_name().unwrap_or_default().to_string_lossy();
            file.bar.set_position(part(frames, file.frames));
            // A name may hold what moves the cursor.
            let name = name.replace(char::is_control, "?");
            // The name comes last, where a narrow terminal cuts.
            file.bar.set_message(format!("{} · {name}", pace(frames, file.frames, file.since)));
        }
        let Some(since) = batch.since else { return };
        self.whole.set_position(part(delivered, batch.frames));
        let (ended, files) = (batch.ended, batch.files);
        self.whole.set_message(format!("{} · {ended} of {files} files", pace(delivered, batch.frames, since)));
    }
}

/// How much of a bar is full.
fn part(frames: u64, all: Option<u64>) -> u64 {
    // A file may be wrong about its frames.
    all.map_or(0, |all| (frames * LENGTH).checked_div(all).unwrap_or(0).min(LENGTH))
}

/// Frames done and in all, FPS, and what is left of the time.
fn pace(frames: u64, all: Option<u64>, since: Instant) -> String {
    let seconds = since.elapsed().as_secs_f64();
    let fps = frames as f64 / seconds.max(1e-9);
    let left = all.map_or(0, |all| all.saturating_sub(frames)) as f64 / fps;
    let of = all.map_or(String::new(), |all| format!(" of {all}"));
    // At first nobody knows; and the last frames are still in the encoder.
    let eta =
        if left > 0.0 && left < 1e7 && seconds > 1.0 { format!(" · {} left", clock(left)) } else { String::new() };
    format!("{frames}{of} frames · {fps:.0} FPS{eta}")
}
