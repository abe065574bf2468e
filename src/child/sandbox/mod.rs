//! The sandbox of a worker process: what it can no longer do once it works.
//!
//! A worker runs native code of filters on pixels of unknown origin. Once its filters exist it needs only its memory, the
//! channel to its parent, and what its [`Policy`] says. Every restriction that the kernel offers is applied. What a worker is
//! kept from is then tried out, and said only where it was refused.

mod calls;
mod policy;
mod privileges;
mod seccomp;

use std::fs::File;
use std::io::ErrorKind::PermissionDenied;
use std::net::TcpListener;
use std::process::Command;

use ::landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, RestrictSelfAttr, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetError, RulesetStatus, Scope, path_beneath_rules,
};
use rustix::process::{Pid, getppid, test_kill_process};

pub use policy::{Closes, Level, Policy};

/// Closes the sandbox for the rest of this process. Returns in words what the process is kept from, by what, and what this
/// system does not offer.
pub(crate) fn close(policy: &Policy) -> String {
    let parent = getppid();
    // In this order: namespaces bring capabilities of their own, and what comes last takes away the calls that the others
    // need.
    let namespaces = privileges::enter_namespaces(policy.network).map_err(|error| error.to_string());
    let powerless = privileges::drop_capabilities();
    // Landlock and seccomp require this; it also has an effect where neither is available.
    let _ = rustix::thread::set_no_new_privs(true);
    let landlock = restrict_by_landlock(policy);
    let seccomp = seccomp::restrict(policy).map_err(|error| error.to_string());
    let kept_from = tried(policy, parent, powerless);
    let means = [("Landlock", landlock), ("seccomp", seccomp), ("namespaces", namespaces)];
    let by: Vec<_> = means.iter().filter(|(_, result)| result.is_ok()).map(|(name, _)| *name).collect();
    let not: Vec<_> = means.iter().filter(|(_, result)| result.is_err()).map(|(name, _)| *name).collect();
    let kept_from = if kept_from.is_empty() { "nothing".into() } else { kept_from.join(", ") };
    let when = if policy.closes == Closes::AfterFirstFrame { " after its first frame" } else { "" };
    let by = if by.is_empty() { String::new() } else { format!(" (by {})", by.join(", ")) };
    let not = if not.is_empty() { String::new() } else { format!("; not to be had here: {}", not.join(", ")) };
    format!("kept from {kept_from}{when}{by}{not}")
}

/// What was tried and refused. None of it would do any harm if it were not.
fn tried(policy: &Policy, parent: Option<Pid>, powerless: bool) -> Vec<String> {
    let denied = |error: Option<std::io::Error>| error.is_some_and(|error| error.kind() == PermissionDenied);
    let parent = parent.map_or(Ok(()), test_kill_process).err().map(Into::into);
    [
        (files(policy), denied(File::open("/").err())),
        ("network".into(), denied(TcpListener::bind("127.0.0.1:0").err())),
        ("other processes".into(), denied(parent)),
        ("other programs".into(), denied(Command::new("true").status().err())),
        ("privileges".into(), powerless && rustix::thread::no_new_privs().unwrap_or(false)),
    ]
    .into_iter()
    .filter_map(|(what, kept)| kept.then_some(what))
    .collect()
}

/// The files it is kept from.
fn files(policy: &Policy) -> String {
    let readable: Vec<_> = policy.readable.iter().map(|path| path.display().to_string()).collect();
    if readable.is_empty() { "files".into() } else { format!("files outside {}", readable.join(" and ")) }
}

/// Files, network and signals: applies as much of the policy as Landlock of this kernel knows, to all threads where it can.
fn restrict_by_landlock(policy: &Policy) -> Result<(), String> {
    let newest = ABI::V9;
    let restricted = || -> Result<RulesetStatus, RulesetError> {
        let mut rules = Ruleset::default().handle_access(AccessFs::from_all(newest))?;
        if !policy.network {
            rules = rules.handle_access(AccessNet::from_all(newest))?;
        }
        let rules = rules.scope(Scope::from_all(newest))?.create()?.all_threads(true)?;
        let reading: BitFlags<AccessFs> = AccessFs::ReadFile | AccessFs::ReadDir;
        Ok(rules.add_rules(path_beneath_rules(&policy.readable, reading))?.restrict_self()?.ruleset)
    };
    match restricted() {
        Ok(RulesetStatus::NotEnforced) => Err("not there".into()),
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}
