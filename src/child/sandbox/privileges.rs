//! Privileges that a worker process gives up: capabilities, also where it was started by root, and its place among the
//! processes of the machine as far as namespaces can hide them.
#![expect(unsafe_code, reason = "namespaces")]

use rustix::io::Result;
use rustix::thread::{
    CapabilitySet, CapabilitySets, UnshareFlags, capabilities, clear_ambient_capability_set,
    remove_capability_from_bounding_set, set_capabilities, unshare_unsafe,
};

/// Moves this process into namespaces of its own, in which there is no shared memory of others, and without `network` no
/// network either. A process of several threads cannot, nor one whose container or kernel does not let it.
///
/// A namespace of processes would need one process more for each worker, which starts the other and outlives it; what it
/// hides is out of reach by seccomp.
pub(super) fn enter_namespaces(network: bool) -> Result<()> {
    let mut own = UnshareFlags::NEWUSER | UnshareFlags::NEWIPC;
    if !network {
        own |= UnshareFlags::NEWNET;
    }
    // SAFETY: the descriptors of threads stay shared.
    unsafe { unshare_unsafe(own) }
}

/// Drops all capabilities, for good. Returns whether there are none.
pub(super) fn drop_capabilities() -> bool {
    // What is not there, or may not be dropped because others are not there, needs no dropping.
    let _ = clear_ambient_capability_set();
    for capability in (0..u64::BITS).map(|at| CapabilitySet::from_bits_retain(1 << at)) {
        let _ = remove_capability_from_bounding_set(capability);
    }
    let none = CapabilitySet::empty();
    let none = CapabilitySets { effective: none, permitted: none, inheritable: none };
    set_capabilities(None, none).is_ok() && capabilities(None).is_ok_and(|left| left == none)
}
