//! What is taken from a child process before its program begins, so that nothing in it, be it a library that is loaded
//! before `main`, can outlive its parent: the kernel kills it when the thread that started it ends, and it can neither take
//! that back nor leave its process group, which is killed with it.
//!
//! What it cannot do: a process that the child starts before its sandbox is closed ends with the child's group, which the
//! parent kills. If the parent itself is killed, nobody does that. Only a PID namespace could, in which a worker would
//! be the first process, and deaf to most signals.
#![expect(unsafe_code, reason = "code between fork and exec")]

use std::collections::BTreeMap;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

use rustix::process::{Signal, getpid, getppid, set_parent_process_death_signal};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch, apply_filter,
};

/// Calls with which a process would leave its group, or become another user, for whom the kernel forgets that it is to die.
const REFUSED: [libc::c_long; 10] = [
    libc::SYS_setsid,
    libc::SYS_setpgid,
    libc::SYS_setuid,
    libc::SYS_setgid,
    libc::SYS_setreuid,
    libc::SYS_setregid,
    libc::SYS_setresuid,
    libc::SYS_setresgid,
    libc::SYS_setfsuid,
    libc::SYS_setfsgid,
];

/// Lets the child that this command starts lead a process group and end with its parent, whatever it does.
pub(crate) fn ends_with_parent(command: &mut Command) -> &mut Command {
    let (parent, lock) = (getpid(), lock().ok());
    let before_exec = move || {
        // A kernel that cannot is no reason not to work.
        let _ = set_parent_process_death_signal(Some(Signal::KILL));
        if getppid() != Some(parent) {
            return Err(io::Error::from_raw_os_error(libc::ESRCH)); // It ended before it was said.
        }
        let _ = lock.as_ref().map(|lock| apply_filter(lock));
        Ok(())
    };
    // SAFETY: between fork and exec this makes system calls and nothing else; the filter was built before.
    unsafe { command.process_group(0).pre_exec(before_exec) }
}

fn lock() -> Result<BpfProgram, seccompiler::Error> {
    // The kernel reads 32 bits of it.
    let option = u64::from(libc::PR_SET_PDEATHSIG.unsigned_abs());
    let option = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, option)?;
    let mut calls: BTreeMap<_, _> = REFUSED.map(|call| (call, Vec::new())).into();
    calls.insert(libc::SYS_prctl, vec![SeccompRule::new(vec![option])?]);
    // The same calls by the numbers of the x32 convention, where a kernel still has it.
    #[cfg(target_arch = "x86_64")]
    calls.extend(calls.clone().into_iter().map(|(call, rules)| (call | 0x4000_0000, rules)));
    let refusal = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    Ok(SeccompFilter::new(calls, SeccompAction::Allow, refusal, arch)?.try_into()?)
}
