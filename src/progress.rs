//! The bars on the terminal while a race or a batch is on. They only read the meters; the only door to indicatif.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle, scope};
use std::time::{Duration, Instant};

use framerace::compare::Step;
use framerace::strategy::Watch;
use indicatif::{HumanDuration, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::stderr::Stderr;

/// Steps of a bar.
const LENGTH: u64 = 1000;
const PERIOD: Duration = Duration::from_millis(100);

/// Does `work` with a bar on the terminal, if there is one and it is wanted. `work` is given what to call at each
/// step.
pub fn with_bar<T>(stderr: &Stderr, wanted: bool, watch: &Watch, work: impl FnOnce(&mut dyn FnMut(Step)) -> T) -> T {
    let bar = bar(stderr, wanted);
    let step: Mutex<Option<(Step, Instant)>> = Mutex::default();
    let (done, wait) = mpsc::channel::<()>();
    let result = scope(|s| {
        let (bar, step) = (&bar, &step);
        if !bar.is_hidden() {
            let draw_now_and_then = move || {
                while wait.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                    if let Ok(Some((step, since))) = step.lock().as_deref() {
                        draw(bar, step, since.elapsed(), watch.delivered());
                    }
                }
            };
            // A bar is not worth failing for.
            let _ = Builder::new().name("progress".into()).spawn_scoped(s, draw_now_and_then);
        }
        let result = work(&mut |next| {
            if let Ok(mut step) = step.lock() {
                *step = Some((next, Instant::now()));
            }
        });
        drop(done);
        result
    });
    bar.finish_and_clear();
    result
}

fn target(stderr: &Stderr, wanted: bool) -> ProgressDrawTarget {
    let terminal = stderr.handle().and_then(|write| Ok(console::Term::read_write_pair(stderr.handle()?, write)));
    match terminal {
        Ok(terminal) if wanted && terminal.is_term() => ProgressDrawTarget::term(terminal, 10),
        _ => ProgressDrawTarget::hidden(),
    }
}

fn bar(stderr: &Stderr, wanted: bool) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:24} {percent:>3} % · {wide_msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(None, target(stderr, wanted)).with_style(style)
}

fn draw(bar: &ProgressBar, step: &Step, since: Duration, delivered: u64) {
    let round = match (step.round, step.rounds) {
        (0, _) => "warm-up".to_owned(),
        (n, 0) => format!("round {n}"),
        (n, all) => format!("round {n} of {all}"),
    };
    // Includes the start of the run, so it is a little low at first.
    let fps = delivered as f64 / since.as_secs_f64();
    bar.set_length(LENGTH);
    bar.set_position((step.done * LENGTH as f64) as u64);
    // The frames of other processes are not seen from here.
    let frames = if delivered > 0 { format!(" · {delivered} frames · {fps:.0} FPS") } else { String::new() };
    bar.set_message(format!("{round} · {}{frames}", step.strategy));
}

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
    watch: Arc<Watch>,
    since: Instant,
    bar: ProgressBar,
}

impl Bars {
    /// Bars on the terminal, if there is one and they are wanted; lines else.
    pub fn new(stderr: &Stderr, wanted: bool) -> Self {
        let target = target(stderr, wanted);
        let visible = !target.is_hidden();
        let all = MultiProgress::with_draw_target(target);
        let whole = all.add(ProgressBar::new(LENGTH).with_style(style("{bar:24} {percent:>3} % · {wide_msg}")));
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
    pub fn begin(&self, input: &Path, frames: Option<u64>, watch: &Arc<Watch>) {
        let new = ProgressBar::new(LENGTH).with_style(style("{bar:24} {percent:>3} %   {wide_msg}"));
        let bar = self.shared.all.insert_before(&self.shared.whole, new);
        let (input, watch) = (input.to_owned(), Arc::clone(watch));
        self.shared.batch().at_work.push(InWork { input, frames, watch, since: Instant::now(), bar });
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
            let frames = file.watch.delivered();
            delivered += frames;
            let name = file.input.file_name().unwrap_or_default().to_string_lossy();
            file.bar.set_position(part(frames, file.frames));
            // A name may hold what moves the cursor.
            let name = name.replace(char::is_control, "?");
            file.bar.set_message(format!("{name} · {}", pace(frames, file.frames, file.since)));
        }
        let Some(since) = batch.since else { return };
        self.whole.set_position(part(delivered, batch.frames));
        let (ended, files) = (batch.ended, batch.files);
        self.whole.set_message(format!("{ended} of {files} files · {}", pace(delivered, batch.frames, since)));
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
    let eta = if left > 0.0 && left < 1e7 && seconds > 1.0 {
        format!(" · {:#} left", HumanDuration(Duration::from_secs_f64(left)))
    } else {
        String::new()
    };
    format!("{frames}{of} frames · {fps:.0} FPS{eta}")
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
