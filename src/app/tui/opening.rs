//! Opening the input on a thread of its own, while the screen goes on: who does not answer must not keep keys from being
//! read.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread::{Builder, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};

use framerace::pipeline::Watch;
use framerace::source::{SharedSource, open_unless};

use super::guide::Guide;
use super::keys::{Wanted, Wish, wish};
use super::model::Model;
use super::pipeline::Pipeline;
use super::screen::draw;
use super::terminal::Screen;
use super::{Desk, OPENING};

/// How often it is drawn, and looked whether it is open.
const STEP: Duration = Duration::from_millis(100);

/// Opens the plan's input. Meanwhile `show` draws, and whoever wants to leave may: then there is none.
///
/// # Errors
/// When it cannot be opened.
fn open_meanwhile(
    pipeline: &Pipeline,
    watch: &Watch,
    screen: &mut Screen,
    mut show: impl FnMut(&mut Screen) -> Result<()>,
) -> Result<Option<SharedSource>> {
    let stopped = Arc::<AtomicBool>::default();
    let (input, opening, halt) = (pipeline.input.clone(), pipeline.settings.open, Arc::clone(&stopped));
    let open = move || open_unless(&halt, &input, &opening).map(SharedSource::new);
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
        thread.join().unwrap_or_else(|_| Err(anyhow!("opening {} broke down; please report this", pipeline.input)));
    opened.map(Some)
}

/// Opens the input, with nothing else on the screen yet but what a lesson says.
///
/// # Errors
/// When it cannot be opened, or somebody left.
pub fn open_first(
    pipeline: &Pipeline,
    guide: Option<&Guide>,
    watch: &Watch,
    screen: &mut Screen,
    color: bool,
) -> Result<SharedSource> {
    let first = pipeline.strategy.name();
    let wanted = Wanted::new(first, &pipeline.settings, &pipeline.chain);
    let title = guide.map_or_else(|| pipeline.input.to_string(), |guide| guide.title(&pipeline.input));
    let (input, lesson) = (crate::app::terminal::stderr::plain(&title), guide.map(Guide::lesson));
    let model = Model { input, lesson, state: OPENING.into(), ..Model::default() };
    let show = |screen: &mut Screen| screen.draw(|frame| draw(frame, &model, &wanted, color));
    open_meanwhile(pipeline, watch, screen, show)?
        .with_context(|| format!("stopped before {} was open", pipeline.input))
}

impl Desk<'_> {
    /// Opens the input that has ended once more; false if it is gone, which whoever looks on is told.
    pub(super) fn open_again(&mut self, screen: &mut Screen, color: bool) -> Result<bool> {
        self.model.state = OPENING.into();
        let (model, wanted) = (&self.model, &self.wanted);
        let opened = open_meanwhile(self.pipeline, self.watch, screen, |screen| {
            screen.draw(|frame| draw(frame, model, wanted, color))
        });
        match (opened, &self.last) {
            (Ok(Some(kept)), _) => {
                self.kept = kept;
                self.kept.pause(self.paused);
                self.over = false;
                Ok(true)
            }
            (Ok(None), _) => {
                self.leaving = true;
                Ok(false)
            }
            (Err(error), Some((_, last))) => {
                self.wanted = last.clone();
                self.model.message = format!("{error:#}");
                Ok(false)
            }
            (Err(error), None) => Err(error),
        }
    }
}
