//! Progress on the terminal: bars of a comparison, a run or a batch, standard error and output. Bars only read meters.
//! Nothing else imports console.

mod batch;
mod line;
mod pace;
mod screen;
pub mod stderr;
pub mod stdout;
mod step;

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{Builder, scope};
use std::time::{Duration, Instant};

use framerace::pipeline::{Step, Watch};
use parking_lot::Mutex;

use self::line::Line;
use self::pace::Pace;
pub use self::screen::DrawnLines;
use self::step::step_line;
use crate::app::terminal::stderr::Stderr;
pub use batch::Bars;

const PERIOD: Duration = Duration::from_millis(100);

/// The columns of the terminal, if there is one.
pub fn columns(stderr: &Stderr) -> Option<usize> {
    DrawnLines::of(stderr).map(|screen| screen.columns())
}

/// The reason for a choice of `-s auto`: one line, or a line for each clause where the terminal has fewer columns.
pub fn choice_lines(why: &str, columns: Option<usize>) -> Vec<String> {
    let fits = columns.is_none_or(|columns| "auto: ".len() + why.chars().count() < columns);
    let clauses = if fits { vec![why] } else { why.split("; ").collect() };
    clauses.into_iter().map(|clause| format!("auto: {clause}")).collect()
}

/// Does `work` with a progress bar, if that is wanted and there is a terminal. `work` calls the closure it is given at each
/// step.
pub fn with_bar<T>(stderr: &Stderr, wanted: bool, watch: &Watch, work: impl FnOnce(&mut dyn FnMut(Step)) -> T) -> T {
    let step: Mutex<Option<(Step, Instant)>> = Mutex::default();
    let line = |columns| {
        let step = step.lock();
        step.as_ref().map(|(step, since)| step_line(step, since.elapsed(), watch.delivered(), columns))
    };
    while_drawing(stderr, wanted, line, || work(&mut |next| *step.lock() = Some((next, Instant::now()))))
}

/// Does `work`, one run over an input of so many frames, as far as that is known, with a progress bar, if that is wanted and
/// there is a terminal. `rate` is the frames per second at which the input is played.
pub fn with_frames_bar<T>(
    stderr: &Stderr,
    wanted: bool,
    watch: &Watch,
    (all, rate): (Option<u64>, Option<f64>),
    work: impl FnOnce() -> T,
) -> T {
    let pace = Pace::new();
    let line = |columns| {
        let frames = watch.delivered();
        let frame_plays = rate.map_or(0.0, |rate| 1.0 / rate);
        Some(Line { name: "", frames, all, pace: pace.at(frames, all), frame_plays }.text(columns))
    };
    while_drawing(stderr, wanted, line, work)
}

/// Does `work`, and draws a line regularly, if that is wanted and there is a terminal.
fn while_drawing<T>(
    stderr: &Stderr,
    wanted: bool,
    line: impl Fn(usize) -> Option<String> + Sync,
    work: impl FnOnce() -> T,
) -> T {
    let Some(mut screen) = DrawnLines::of(stderr).filter(|_| wanted) else { return work() };
    let (done, wait) = mpsc::channel::<()>();
    scope(|s| {
        let line = &line;
        let draw_regularly = move || {
            while wait.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                screen.draw(line(screen.columns()).into_iter().collect());
            }
        };
        // A missing bar is no reason to fail.
        let _ = Builder::new().name("progress".into()).spawn_scoped(s, draw_regularly);
        let result = work();
        drop(done);
        result
    })
}
