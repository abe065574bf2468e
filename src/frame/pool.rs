//! Buffers for frames, made once and used again: the memory bound of a run.
//!
//! A run has a fixed number of buffers. Capture must take one before it reads, so there are never more frames in queues,
//! workers, reorder and sink together. Because capture takes buffers in the order of the frames, the oldest frame always
//! has one: it can be delivered and its buffer comes back, so a wait for a buffer always ends. The buffer that came back
//! last is handed out first, because it is still in the processor's cache.

use std::any::Any;
use std::sync::Arc;

use anyhow::Result;
use opencv::core::Mat;
use parking_lot::{Condvar, Mutex};

use super::images::Images;
use super::shape::Shape;
use crate::cancel::CancelToken;

/// Where all images of one frame live.
pub struct Buffer {
    /// Its number in the pool.
    pub slot: u32,
    /// The image as captured.
    pub input: Mat,
    /// The images between filters, when the frame carries them along.
    pub between: Vec<Mat>,
    /// The image as filtered.
    pub output: Mat,
    // The owner of the memory, where the images do not own it. Declared last, so that it is dropped after them.
    memory: Option<Arc<dyn Any + Send + Sync>>,
}

impl Buffer {
    /// A buffer whose images live in memory that belongs to `memory`.
    pub fn over(slot: u32, input: Mat, output: Mat, memory: Arc<dyn Any + Send + Sync>) -> Self {
        Self { slot, input, between: Vec::new(), output, memory: Some(memory) }
    }

    /// Whether its images must stay where they are, because worker processes map the same memory.
    pub fn is_fixed(&self) -> bool {
        self.memory.is_some()
    }

    /// All its images.
    pub fn images(&mut self) -> Images<'_> {
        Images { input: &self.input, between: &mut self.between, output: &mut self.output }
    }
}

impl std::fmt::Debug for Buffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Buffer").field("slot", &self.slot).finish_non_exhaustive()
    }
}

/// A fixed number of buffers, handed out and taken back. Clones share them.
#[derive(Clone, Debug)]
pub struct FramePool(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    free: Mutex<Vec<Buffer>>,
    changed: Condvar,
    closed: CancelToken,
}

impl FramePool {
    /// A pool of these buffers.
    pub fn new(buffers: Vec<Buffer>) -> Self {
        Self(Arc::new(Shared { free: Mutex::new(buffers), changed: Condvar::new(), closed: CancelToken::default() }))
    }

    /// A pool of `count` buffers on the heap, with images of these shapes.
    ///
    /// # Errors
    /// When there is no memory for them.
    pub fn heap(count: usize, input: Shape, between: &[Shape], output: Shape) -> Result<Self> {
        let buffer = |slot| -> Result<Buffer> {
            let between = between.iter().map(Shape::image).collect::<Result<_>>()?;
            Ok(Buffer { slot, input: input.image()?, between, output: output.image()?, memory: None })
        };
        Ok(Self::new((0..u32::try_from(count)?).map(buffer).collect::<Result<_>>()?))
    }

    /// A pool of `count` buffers on the heap for frames that keep only what came of them.
    ///
    /// # Errors
    /// When there is no memory for them.
    pub fn outputs(count: usize, output: Shape) -> Result<Self> {
        let buffer = |slot| -> Result<Buffer> {
            Ok(Buffer { slot, input: Mat::default(), between: Vec::new(), output: output.image()?, memory: None })
        };
        Ok(Self::new((0..u32::try_from(count)?).map(buffer).collect::<Result<_>>()?))
    }

    /// Waits until `may` is true of how many buffers are free, and takes one of them; None once the pool is closed, or `may`
    /// gives none. It is asked again when a buffer comes back, and when somebody [calls](Self::wake).
    pub fn take_if(&self, may: impl Fn(usize) -> Option<bool>) -> Option<Buffer> {
        let mut free = self.0.free.lock();
        while !self.0.closed.is_cancelled() {
            if may(free.len())?
                && let Some(buffer) = free.pop()
            {
                return Some(buffer);
            }
            self.0.changed.wait(&mut free);
        }
        None
    }

    /// Whoever waits for a buffer looks again whether it may take one.
    pub fn wake(&self) {
        drop(self.0.free.lock());
        self.0.changed.notify_all();
    }

    /// Waits for a free buffer; None once the pool is closed.
    pub fn take(&self) -> Option<Buffer> {
        let mut free = self.0.free.lock();
        loop {
            if self.0.closed.is_cancelled() {
                return None;
            }
            if let Some(buffer) = free.pop() {
                return Some(buffer);
            }
            self.0.changed.wait(&mut free);
        }
    }

    /// A free buffer, if there is one now.
    pub fn try_take(&self) -> Option<Buffer> {
        if self.0.closed.is_cancelled() { None } else { self.0.free.lock().pop() }
    }

    /// How many buffers are free now: before a run, all of them.
    pub fn free(&self) -> usize {
        self.0.free.lock().len()
    }

    /// Takes a buffer back.
    pub fn put(&self, buffer: Buffer) {
        self.0.free.lock().push(buffer);
        // Not everybody who waits may take it.
        self.0.changed.notify_all();
    }

    /// No buffer is handed out any more; whoever waits for one is woken. This is how a run is stopped.
    pub fn close(&self) {
        let free = self.0.free.lock();
        self.0.closed.cancel();
        drop(free);
        self.0.changed.notify_all();
    }

    /// Whether the pool is closed now.
    pub fn is_closed(&self) -> bool {
        self.0.closed.is_cancelled()
    }

    /// Whether the pool is closed, now and later.
    pub fn closed(&self) -> CancelToken {
        self.0.closed.clone()
    }
}
