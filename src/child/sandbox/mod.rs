//! The sandbox of a worker process: what it can no longer do once it works.
//!
//! A worker runs native code of filters on pixels of unknown origin. Once its filters exist it needs only its memory, the
//! channel to its parent, and what its [`Policy`] says. Every restriction that the kernel offers is applied; the report
//! names those that were tried and found in force.

mod policy;
mod seccomp;

use std::fs::File;
use std::io::ErrorKind::PermissionDenied;
use std::net::TcpListener;

use ::landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus,
    Scope, path_beneath_rules,
};

pub use policy::{Closes, Policy};

/// Closes the sandbox for the rest of this process. Returns in words what the process is kept from.
pub(crate) fn close(policy: &Policy) -> String {
    // Landlock and seccomp require this; it also has an effect where neither is available.
    let _ = rustix::thread::set_no_new_privs(true);
    let landlock = restrict_by_landlock(policy);
    let seccomp = seccomp::restrict(policy);
    let denied = |error: Option<std::io::Error>| error.is_some_and(|error| error.kind() == PermissionDenied);
    let kept_from: Vec<_> = [
        (files(policy), denied(File::open("/").err())),
        ("network".into(), denied(TcpListener::bind("127.0.0.1:0").err())),
        ("other programs".into(), seccomp),
        ("new privileges".into(), rustix::thread::no_new_privs().unwrap_or(false)),
    ]
    .into_iter()
    .filter_map(|(what, kept)| kept.then_some(what))
    .collect();
    let by: Vec<_> = [("Landlock", landlock), ("seccomp", seccomp)]
        .into_iter()
        .filter_map(|(what, on)| on.then_some(what))
        .collect();
    let when = if policy.closes == Closes::AfterFirstFrame { " after its first frame" } else { "" };
    match (kept_from.as_slice(), by.as_slice()) {
        ([], _) => "not sandboxed: this kernel or container offers neither Landlock nor seccomp".into(),
        (_, []) => format!("kept from {}{when}", kept_from.join(", ")),
        _ => format!("kept from {}{when} (by {})", kept_from.join(", "), by.join(" and ")),
    }
}

/// The files it is kept from.
fn files(policy: &Policy) -> String {
    let readable: Vec<_> = policy.readable.iter().map(|path| path.display().to_string()).collect();
    if readable.is_empty() { "files".into() } else { format!("files outside {}", readable.join(" and ")) }
}

/// Files, network and signals: applies as much of the policy as Landlock of this kernel knows. Returns whether any of it is
/// in force.
fn restrict_by_landlock(policy: &Policy) -> bool {
    let newest = ABI::V6;
    let restricted = || -> Result<RulesetStatus, RulesetError> {
        let mut rules = Ruleset::default().handle_access(AccessFs::from_all(newest))?;
        if !policy.network {
            rules = rules.handle_access(AccessNet::from_all(newest))?;
        }
        let scopes = if policy.network { Scope::Signal.into() } else { Scope::from_all(newest) };
        let reading: BitFlags<AccessFs> = AccessFs::ReadFile | AccessFs::ReadDir;
        let rules = rules.scope(scopes)?.create()?.add_rules(path_beneath_rules(&policy.readable, reading))?;
        Ok(rules.restrict_self()?.ruleset)
    };
    restricted().is_ok_and(|status| status != RulesetStatus::NotEnforced)
}
