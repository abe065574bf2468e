//! `--verify-workers`: a second worker process does some of the frames again, and both must make the same pixels.
//!
//! Which frames is not known before: a worker cannot behave well for them only. Where two workers differ, nobody knows who is
//! right: both are replaced, and the frame is done again. (Two that are wrong in the same way are not found.)

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use anyhow::{Error, Result};
use fastrand::Rng;
use opencv::core::{Mat, MatTraitConstManual};
use parking_lot::Mutex;

use super::failure::WorkerFailure;
use super::handle::{Reply, Worker};
use crate::frame::{Frame, Shape};

/// The second worker, and which frames it does.
pub(super) struct Verifier {
    /// The share of the frames, 0 to 1.
    share: f64,
    /// What is made of a frame, by input.
    outputs: Vec<Shape>,
    second: Mutex<Second>,
    frames: AtomicU64,
}

struct Second {
    rng: Rng,
    /// Started for the first frame, with what it makes.
    worker: Option<(Worker, Vec<Mat>)>,
}

impl Verifier {
    /// For this share of the frames.
    pub(super) fn new(share: f64, outputs: Vec<Shape>) -> Self {
        let second = Second { rng: Rng::new(), worker: None };
        Self { share, outputs, second: Mutex::new(second), frames: AtomicU64::new(0) }
    }

    /// How many frames it has done, if any, in words.
    pub(super) fn note(&self) -> Option<String> {
        let frames = self.frames.load(Relaxed);
        (frames > 0).then(|| format!("{frames} frames were done by a second worker, too, and were the same"))
    }

    /// Does a frame that the worker `pid` has done again, if it is one of the sample. The inner error says that they differ,
    /// or how the second worker failed; it is started by `start`, which has none if the run is over.
    pub(super) fn check(
        &self,
        frame: &Frame,
        pid: u32,
        start: impl FnOnce() -> Result<Option<Worker>>,
    ) -> Result<Result<(), WorkerFailure>> {
        if self.share <= 0.0 {
            return Ok(Ok(()));
        }
        let mut second = self.second.lock();
        let Second { rng, worker } = &mut *second;
        if rng.f64() >= self.share {
            return Ok(Ok(()));
        }
        if worker.is_none() {
            *worker = start()?.zip(Some(self.outputs.iter().map(Shape::image).collect::<Result<_>>()?));
        }
        let Some((other, outputs)) = worker else { return Ok(Ok(())) };
        let Some(output) = outputs.get_mut(frame.stamp.input as usize) else { return Ok(Ok(())) };
        let failure = match done_again(other, frame, output) {
            Ok(Ok(())) if is_same(frame.output(), output)? => {
                self.frames.fetch_add(1, Relaxed);
                return Ok(Ok(()));
            }
            Ok(Ok(())) => other.differs(pid, None),
            Ok(Err(why)) => other.differs(pid, Some(&why)),
            Err(failure) => failure,
        };
        *worker = None;
        Ok(Err(failure))
    }
}

/// Has a worker do the frame into `output`. The inner error is that of a filter.
fn done_again(worker: &mut Worker, frame: &Frame, output: &mut Mat) -> Result<Result<(), Error>, WorkerFailure> {
    worker.send(frame, false)?;
    match worker.receive(frame.buffer().slot, frame.stamp.index, output)? {
        Reply::Done(..) => Ok(Ok(())),
        Reply::Failed(why) => Ok(Err(why)),
    }
}

fn is_same(one: &Mat, other: &Mat) -> Result<bool> {
    Ok(one.data_bytes()? == other.data_bytes()?)
}
