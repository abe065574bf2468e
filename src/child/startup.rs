//! What a child process does first, before it reads anything from its parent.
#![expect(unsafe_code, reason = "closing descriptors that nobody owns")]

use std::ffi::CStr;

use rustix::process::{Signal, set_parent_process_death_signal};
use rustix::thread::set_name;

/// Closes every descriptor but standard input, output and error: a child process has no use for what its parent
/// inherited itself. A kernel without this call (before 5.9) leaves them open.
///
/// # Safety
/// No part of this process may own a descriptor from 3 on. So this comes first in `main`.
pub unsafe fn close_inherited_descriptors() {
    // SAFETY: as the caller has promised.
    unsafe { libc::close_range(3, libc::c_uint::MAX, 0) };
}

/// The name that a process takes when it can work: that it has locked itself in begins before its program does.
pub(crate) const AT_WORK: &CStr = c"worker";

/// Lets this process be known as one that can work.
pub(crate) fn is_at_work() {
    let _ = set_name(AT_WORK);
}

/// Lets the kernel kill this process when the thread that started it ends, even in the middle of a frame.
pub(crate) fn die_with_parent() {
    // A kernel that cannot is no reason not to work.
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
}
