//! Frames by shared memory as the parent sees it: messages say which input is to be done, and finished outputs are copied
//! out of the worker's memory.
#![expect(unsafe_code, reason = "images over shared memory")]

use std::os::fd::AsFd;

use anyhow::{Context, Result};
use opencv::core::{Mat, MatTraitConst};

use super::deadline::Deadline;
use super::protocol::{Hello, Transport};
use super::shared_memory::{SharedImages, Writer};
use super::socket::Socket;
use crate::child::handshake::greeting;
use crate::frame::Shape;

/// The parent's side of one worker.
pub(super) struct SharedFrames {
    socket: Socket,
    /// Where the worker writes its outputs, one after the other.
    outputs: SharedImages,
    /// The shapes they can have.
    shapes: Vec<Shape>,
    /// Which of them comes next.
    next: usize,
}

impl SharedFrames {
    /// Greets the worker at the other end and gives it `inputs`, and memory for as many outputs as `hello` says.
    pub(super) fn new(mut socket: Socket, hello: &Hello, inputs: impl AsFd) -> Result<Self> {
        let (outputs, theirs) = SharedImages::create(hello.outputs, hello.largest()?.1, Writer::Receiver)?;
        // If this fails, the worker has exited; why is found when its answer is awaited.
        let _ = socket.send_with(&greeting(hello)?, &[inputs.as_fd(), theirs.as_fd()]);
        let shapes = hello.inputs.iter().map(|stream| stream.output).collect();
        Ok(Self { socket, outputs, shapes, next: 0 })
    }
}

impl Transport for SharedFrames {
    fn send(&mut self, message: &[u8], deadline: &mut Deadline) -> Result<()> {
        self.socket.send(message, deadline)
    }

    fn receive(&mut self, message: &mut Vec<u8>, deadline: &mut Deadline) -> Result<bool> {
        self.socket.receive(message, deadline)
    }

    fn receive_image(&mut self, image: &mut Mat, _: &mut Deadline) -> Result<()> {
        let shape = self.shapes.iter().find(|shape| shape.fits(image)).context("an output of another shape")?;
        // SAFETY: it is dropped here, before the memory, and only read. The worker has said that it is done; if it writes
        // all the same, pixels are wrong that it could have made wrong before.
        unsafe { self.outputs.image_of(self.next, *shape) }?.copy_to(image)?;
        self.next = (self.next + 1) % self.outputs.count;
        Ok(())
    }

    fn close(&mut self) {
        self.socket.close();
    }
}
