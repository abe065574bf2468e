//! Messages over a socket pair that keeps them apart (`SOCK_SEQPACKET`), the first with the descriptor of the shared
//! memory. Images are not sent: they lie in the shared memory.

use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, Shutdown, SocketFlags, SocketType, recv, recvmsg, send, sendmsg, shutdown, socketpair,
};

use super::protocol::{LONGEST, Transport};

/// Waits until a descriptor is ready or has ended; false when neither happened in time.
pub(super) fn wait_for(fd: impl AsFd, ready: PollFlags, at_most: Duration) -> Result<bool> {
    let begin = Instant::now();
    loop {
        let left = Timespec::try_from(at_most.saturating_sub(begin.elapsed()))?;
        match poll(&mut [PollFd::new(&fd, ready)], Some(&left)) {
            Err(Errno::INTR) => {}
            other => return Ok(other? > 0),
        }
    }
}

/// One end of the pair.
pub(super) struct Socket {
    end: OwnedFd,
    /// Space for any message, allocated once: clearing it for each message would cost more than the message.
    space: Box<[u8; LONGEST]>,
}

impl Socket {
    fn over(end: OwnedFd) -> Self {
        Self { end, space: Box::new([0; LONGEST]) }
    }

    /// Both ends. Child processes inherit neither, except where one is passed on.
    pub(super) fn pair() -> Result<(Self, OwnedFd)> {
        let (ours, theirs) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
        Ok((Self::over(ours), theirs))
    }

    /// The end this process was given as its standard input.
    pub(super) fn from_stdin() -> Result<Self> {
        Ok(Self::over(rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3)?))
    }

    /// Sends a message with a descriptor.
    pub(super) fn send_with(&mut self, message: &[u8], descriptor: impl AsFd) -> Result<()> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        let descriptors = [descriptor.as_fd()];
        ensure!(control.push(SendAncillaryMessage::ScmRights(&descriptors)), "no space for a descriptor");
        sendmsg(&self.end, &[IoSlice::new(message)], &mut control, SendFlags::NOSIGNAL)?;
        Ok(())
    }

    /// Receives a message with a descriptor.
    pub(super) fn receive_with(&mut self, message: &mut Vec<u8>) -> Result<OwnedFd> {
        message.resize(LONGEST, 0);
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let received = recvmsg(&self.end, &mut [IoSliceMut::new(message)], &mut control, RecvFlags::CMSG_CLOEXEC)?;
        message.truncate(received.bytes);
        let descriptors = control.drain().find_map(|sent| match sent {
            RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
            _ => None,
        });
        descriptors.context("the parent sent no shared memory")
    }
}

impl Transport for Socket {
    fn send(&mut self, message: &[u8]) -> Result<()> {
        send(&self.end, &message[..message.len().min(LONGEST)], SendFlags::NOSIGNAL)?;
        Ok(())
    }

    fn wait(&self, at_most: Duration) -> Result<bool> {
        wait_for(&self.end, PollFlags::IN, at_most)
    }

    fn receive(&mut self, message: &mut Vec<u8>) -> Result<bool> {
        let length = loop {
            match recv(&self.end, self.space.as_mut_slice(), RecvFlags::empty()) {
                // If the peer died with unread messages, this error comes first; then what it sent before.
                Err(Errno::INTR | Errno::CONNRESET) => {}
                other => break other?.0,
            }
        };
        message.clear();
        message.extend_from_slice(&self.space[..length]);
        Ok(length > 0)
    }

    fn close(&mut self) {
        // Fails only where the other side has closed before.
        let _ = shutdown(&self.end, Shutdown::Write);
    }
}
