//! The bars on the terminal while a race, a run or a batch is on. They only read the meters; the only door to indicatif.

mod batch;

use std::sync::Mutex;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{Builder, scope};
use std::time::{Duration, Instant};

use framerace::compare::Step;
use framerace::strategy::Watch;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::stderr::Stderr;
pub use batch::Bars;

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

fn bar(stderr: &Stderr, wanted: bool) -> ProgressBar {
    ProgressBar::with_draw_target(None, target(stderr, wanted))
        .with_style(style("{bar:24} {percent:>3} % · {wide_msg}"))
}

/// The terminal, if there is one and it is wanted.
fn target(stderr: &Stderr, wanted: bool) -> ProgressDrawTarget {
    let terminal = stderr.handle().and_then(|write| Ok(console::Term::read_write_pair(stderr.handle()?, write)));
    match terminal {
        Ok(terminal) if wanted && terminal.is_term() => ProgressDrawTarget::term(terminal, 10),
        _ => ProgressDrawTarget::hidden(),
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
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

/// How long the way is, as far as the source says.
#[derive(Clone, Copy)]
pub struct Length {
    /// Frames.
    pub frames: Option<u64>,
    /// Frames a second when it is played.
    pub rate: Option<f64>,
}

/// Does `work`, one run over so many frames, with a bar on the terminal, if there is one and it is wanted.
pub fn with_frames_bar<T>(stderr: &Stderr, wanted: bool, watch: &Watch, length: Length, work: impl FnOnce() -> T) -> T {
    let bar = bar(stderr, wanted);
    let (done, wait) = mpsc::channel::<()>();
    let result = scope(|s| {
        let (bar, begin) = (&bar, Instant::now());
        if !bar.is_hidden() {
            let draw_now_and_then = move || {
                while wait.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                    draw_frames(bar, length, watch.delivered(), begin.elapsed());
                }
            };
            // A bar is not worth failing for.
            let _ = Builder::new().name("progress".into()).spawn_scoped(s, draw_now_and_then);
        }
        let result = work();
        drop(done);
        result
    });
    bar.finish_and_clear();
    result
}

fn draw_frames(bar: &ProgressBar, length: Length, frames: u64, since: Duration) {
    let fps = frames as f64 / since.as_secs_f64();
    let all = length.frames.map_or(String::new(), |all| format!(" of {all}"));
    let left = length.frames.map(|all| all.saturating_sub(frames) as f64 / fps).filter(|left| left.is_finite());
    let left = left.map_or(String::new(), |left| format!(" · {} left", clock(left)));
    let speed = length.rate.map_or(String::new(), |rate| format!(" · {:.1}×", fps / rate));
    bar.set_length(LENGTH);
    bar.set_position(length.frames.map_or(0, |all| (LENGTH * frames / all.max(1)).min(LENGTH)));
    bar.set_message(format!("{frames}{all} frames · {fps:.0} FPS{speed}{left}"));
}

/// `1:02:03` or `2:03`.
fn clock(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, m, s) => format!("{m}:{s:02}"),
        (h, m, s) => format!("{h}:{m:02}:{s:02}"),
    }
}
