//! Finished frames one by one: a run whose sink hands each frame to a loop in Python.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use anyhow::{Result, anyhow};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use framerace::filter::Chain;
use framerace::frame::{Frame, Pixels, Shape};
use framerace::metrics::{LedgerReport, StageTimer};
use framerace::pipeline::{Limits, Policies, Settings, Watch};
use framerace::sink::Sink;
use framerace::source::Input;
use framerace::{host::libraries, run, strategy, this_program};
use opencv::core::{Mat, MatTraitConstManual};
use pyo3::exceptions::PyStopIteration;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::error::to_python;

/// How often Python's signals are looked for while a frame is waited for.
const POLL: Duration = Duration::from_millis(50);

/// A frame on its way to Python.
struct Sent {
    pixels: Vec<u8>,
    shape: Shape,
    index: u64,
    time: f64,
    latency: f64,
}

/// A sink that hands frames over, and waits where the loop is slow.
struct ToLoop(Sender<Sent>);

impl Sink for ToLoop {
    fn write(&mut self, frame: &Frame, _: &StageTimer<'_>) -> Result<ControlFlow<()>> {
        let image: &Mat = frame.output();
        let sent = Sent {
            pixels: image.data_bytes()?.to_vec(),
            shape: Shape::of(image)?,
            index: frame.stamp.index,
            time: frame.stamp.pts.as_secs_f64(),
            latency: frame.captured.elapsed().as_secs_f64(),
        };
        // Nobody takes frames any more where the loop was left.
        Ok(if self.0.send(sent).is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    }
}

/// The frames of a run. Each is a tuple: bytes, height, width, channels, index, seconds in the input, seconds of latency.
#[pyclass]
pub struct Frames {
    frames: Option<Receiver<Sent>>,
    run: Option<JoinHandle<Result<()>>>,
    watch: Arc<Watch>,
}

#[pymethods]
impl Frames {
    #[new]
    fn new(
        py: Python<'_>,
        input: &str,
        chain: &str,
        strategy: &str,
        workers: Option<usize>,
        queue: usize,
        frames: Option<u64>,
    ) -> PyResult<Self> {
        let begin = || py.detach(|| begin(input, chain, strategy, workers, queue, frames));
        begin().map_err(|error| to_python(&error))
    }

    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        loop {
            let Some(frames) = &self.frames else { return Err(PyStopIteration::new_err(())) };
            match py.detach(|| frames.recv_timeout(POLL)) {
                Ok(Sent { pixels, shape, index, time, latency }) => {
                    let channels = if shape.pixels == Pixels::Gray8 { 1 } else { 3 };
                    let pixels = PyBytes::new(py, &pixels);
                    let frame = (pixels, shape.height, shape.width, channels, index, time, latency);
                    return Ok(frame.into_pyobject(py)?.into_any());
                }
                Err(RecvTimeoutError::Timeout) => py.check_signals().inspect_err(|_| self.watch.stop())?,
                Err(RecvTimeoutError::Disconnected) => self.close(py)?,
            }
        }
    }

    /// Ends the run; what was captured and not handed over is dropped.
    fn close(&mut self, py: Python<'_>) -> PyResult<()> {
        // Without a receiver the sink ends the run.
        let left = self.frames.take().is_some_and(|frames| !frames.is_empty());
        if left {
            self.watch.stop();
        }
        let Some(run) = self.run.take() else { return Ok(()) };
        let watch = Arc::clone(&self.watch);
        let ended = py.detach(move || {
            if !run.is_finished() {
                watch.end();
            }
            run.join()
        });
        let ended = ended.unwrap_or_else(|_| Err(anyhow!("framerace has a bug: it panicked")));
        match ended {
            Err(error) if !self.watch.is_stopped() => Err(to_python(&error)),
            _ => Ok(()),
        }
    }

    /// Frames that were captured, delivered, dropped and not read in time so far.
    fn counts(&self) -> (u64, u64, u64, u64) {
        let ledger: LedgerReport = self.watch.ledger(0);
        (ledger.captured, ledger.delivered, ledger.dropped, ledger.unread)
    }
}

fn begin(
    input: &str,
    chain: &str,
    strategy: &str,
    workers: Option<usize>,
    queue: usize,
    frames: Option<u64>,
) -> Result<Frames> {
    libraries::prepare(1, false)?;
    let (input, chain): (Input, Chain) = (input.parse()?, chain.parse()?);
    let strategy =
        strategy::find(strategy).ok_or_else(|| anyhow!("no strategy '{strategy}'; see framerace strategies"))?;
    let defaults = Settings::default();
    let settings = Settings {
        workers: workers.unwrap_or(defaults.workers),
        queue,
        overflow: if input.is_live() { Policies::live() } else { Policies::default() },
        limits: Limits { frames, duration: None },
        worker_command: Some(this_program()),
        ..defaults
    };
    let watch = Arc::new(Watch::default());
    let (to_loop, from_run) = bounded(1);
    let watched = Arc::clone(&watch);
    let work = move || run::run(strategy, &input, &chain, &mut ToLoop(to_loop), &settings, &watched).map(drop);
    let run = Builder::new().name("framerace".into()).spawn(work)?;
    Ok(Frames { frames: Some(from_run), run: Some(run), watch })
}
