//! Opens the input on a thread of its own and draws meanwhile, so that keys work even if the input does not answer.

use std::thread::{Builder, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use framerace::cancel::CancelToken;
use framerace::pipeline::Watch;
use framerace::source::{SharedSource, open_unless, resolve};

use super::desired::Pipeline;
use super::keys::{Action, action};
use super::terminal::Screen;

/// The state that the screen shows while the input is being opened.
pub const OPENING: &str = "opening";

/// The time between two drawings.
const PERIOD: Duration = Duration::from_millis(100);

/// Opens the input, and calls `show` to draw meanwhile. None if the user left before it was open. Fails when it cannot be
/// opened, or the terminal is gone.
pub fn open_while_drawing(
    pipeline: &Pipeline,
    watch: &Watch,
    screen: &mut Screen,
    mut show: impl FnMut(&mut Screen) -> Result<()>,
) -> Result<Option<SharedSource>> {
    let stopped = CancelToken::default();
    let (input, opening, stop) = (pipeline.input.clone(), pipeline.settings.open, stopped.clone());
    let open = move || open_unless(&stop, &resolve(input, &opening, &stop), &opening).map(SharedSource::new);
    let thread = Builder::new().name("opening".into()).spawn(open).context("cannot start thread opening")?;
    // Most inputs are open within this time; drawing before would only flicker.
    let soon = Instant::now() + PERIOD;
    while !thread.is_finished() && Instant::now() < soon {
        sleep(PERIOD / 20);
    }
    while !thread.is_finished() {
        show(screen)?;
        let action = screen.key(PERIOD)?.and_then(action);
        if action == Some(Action::Interrupt) {
            watch.end();
        }
        if watch.is_ended() || action == Some(Action::Quit) {
            stopped.cancel();
            // The thread is not waited for: opening a pipe that nobody writes to cannot be stopped. It ends with the program.
            return Ok(None);
        }
    }
    let opened =
        thread.join().unwrap_or_else(|_| Err(anyhow!("opening {} broke down; please report this", pipeline.input)));
    opened.map(Some)
}
