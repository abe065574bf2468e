//! Messages over a socket pair that keeps them apart (`SOCK_SEQPACKET`), the first with the descriptor of the shared
//! memory. Images are not sent: they lie in the shared memory.

use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};

use anyhow::{Context, Result, bail, ensure};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, Shutdown, SocketFlags, SocketType, recv, recvmsg, send, sendmsg, shutdown, socketpair,
};

use super::deadline::Deadline;
use super::protocol::{LONGEST, Transport};

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

    /// Both ends. Child processes inherit neither, except where one is passed on. Ours never waits in a send or a receive
    /// itself.
    pub(super) fn pair() -> Result<(Self, OwnedFd)> {
        let (ours, theirs) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
        fcntl_setfl(&ours, OFlags::RDWR | OFlags::NONBLOCK)?;
        Ok((Self::over(ours), theirs))
    }

    /// The end this process was given as its standard input.
    pub(super) fn from_stdin() -> Result<Self> {
        Ok(Self::over(rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3)?))
    }

    /// Whether the other side sends no more: an empty message looks as its end does.
    fn has_ended(&self) -> Result<bool> {
        let mut end = [PollFd::new(&self.end, PollFlags::RDHUP)];
        poll(&mut end, Some(&Timespec::default()))?;
        Ok(end[0].revents().intersects(PollFlags::RDHUP | PollFlags::HUP))
    }

    /// Sends a message with two descriptors.
    pub(super) fn send_with(&mut self, message: &[u8], descriptors: &[BorrowedFd<'_>; 2]) -> Result<()> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        ensure!(control.push(SendAncillaryMessage::ScmRights(descriptors)), "no space for descriptors");
        sendmsg(&self.end, &[IoSlice::new(message)], &mut control, SendFlags::NOSIGNAL)?;
        Ok(())
    }

    /// Receives a message with two descriptors.
    pub(super) fn receive_with(&mut self, message: &mut Vec<u8>) -> Result<[OwnedFd; 2]> {
        message.resize(LONGEST, 0);
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(2))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let received = recvmsg(&self.end, &mut [IoSliceMut::new(message)], &mut control, RecvFlags::CMSG_CLOEXEC)?;
        message.truncate(received.bytes);
        let sent = control.drain().filter_map(|sent| match sent {
            RecvAncillaryMessage::ScmRights(descriptors) => Some(descriptors),
            _ => None,
        });
        let descriptors: Vec<OwnedFd> = sent.flatten().collect();
        descriptors.try_into().ok().context("the parent sent no shared memory")
    }
}

impl Transport for Socket {
    fn send(&mut self, message: &[u8], deadline: &mut Deadline) -> Result<()> {
        loop {
            match send(&self.end, message, SendFlags::NOSIGNAL) {
                Err(Errno::AGAIN) => deadline.wait(&self.end, PollFlags::OUT)?,
                Err(Errno::INTR) => {}
                other => return Ok(other.map(drop)?),
            }
        }
    }

    fn receive(&mut self, message: &mut Vec<u8>, deadline: &mut Deadline) -> Result<bool> {
        let length = loop {
            deadline.wait(&self.end, PollFlags::IN)?;
            match recv(&self.end, self.space.as_mut_slice(), RecvFlags::TRUNC) {
                // If the peer died with unread messages, this error comes first; then what it sent before.
                Err(Errno::AGAIN | Errno::INTR | Errno::CONNRESET) => {}
                other => break other?.1,
            }
        };
        ensure!(length <= LONGEST, "a message of {length} bytes");
        message.clear();
        message.extend_from_slice(&self.space[..length]);
        if length == 0 && !self.has_ended()? {
            bail!("an empty message");
        }
        Ok(length > 0)
    }

    fn close(&mut self) {
        // Fails only where the other side has closed before.
        let _ = shutdown(&self.end, Shutdown::Write);
    }
}
