//! Opening the input on a thread of its own, while the screen goes on: who does not answer must not keep keys from being
//! read. Knows nothing of what is drawn.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread::{Builder, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use framerace::compare::Plan;
use framerace::source::{Kept, open_unless};
use framerace::strategy::Watch;

use super::keys::{Wish, wish};
use super::terminal::Screen;

/// How often it is drawn, and looked whether it is open.
const STEP: Duration = Duration::from_millis(100);

/// Opens the plan's input. Meanwhile `show` draws, and whoever wants to leave may: then there is none.
///
/// # Errors
/// When it cannot be opened.
pub fn open_meanwhile(
    plan: &Plan,
    watch: &Watch,
    screen: &mut Screen,
    mut show: impl FnMut(&mut Screen) -> Result<()>,
) -> Result<Option<Kept>> {
    let stopped = Arc::<AtomicBool>::default();
    let (input, opening, halt) = (plan.input.clone(), plan.settings.opening, Arc::clone(&stopped));
    let open = move || open_unless(&halt, &input, &opening).map(Kept::new);
    let thread = Builder::new().name("opening".into()).spawn(open).context("cannot start thread opening")?;
    // Most inputs are open before anybody could read that they are being opened.
    let soon = Instant::now() + STEP;
    while !thread.is_finished() && Instant::now() < soon {
        sleep(STEP / 20);
    }
    while !thread.is_finished() {
        show(screen)?;
        let wished = screen.key(STEP)?.and_then(wish);
        if wished == Some(Wish::Interrupt) {
            watch.end();
        }
        if watch.is_ended() || wished == Some(Wish::Quit) {
            stopped.store(true, SeqCst);
            // A file may not listen (a pipe that nobody writes to); its thread ends with the program.
            return Ok(None);
        }
    }
    let opened =
        thread.join().unwrap_or_else(|_| Err(anyhow!("opening {} broke down; please report this", plan.input)));
    opened.map(Some)
}
