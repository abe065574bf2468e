//! System calls that a worker process may no longer make, refused by seccomp.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch, apply_filter, apply_filter_all_threads,
};

use super::policy::Policy;

/// System calls that no filter needs: opening and changing files, starting programs, reaching into other processes.
/// Threads may be started: OpenCV's own pool may need them.
#[rustfmt::skip]
const FORBIDDEN: &[libc::c_long] = &[
    libc::SYS_openat2, libc::SYS_open_by_handle_at, libc::SYS_unlinkat, libc::SYS_renameat2,
    libc::SYS_mkdirat, libc::SYS_mknodat, libc::SYS_linkat, libc::SYS_symlinkat, libc::SYS_truncate,
    libc::SYS_fchmodat, libc::SYS_fchownat, libc::SYS_utimensat, libc::SYS_setxattr, libc::SYS_lsetxattr,
    libc::SYS_removexattr, libc::SYS_lremovexattr, libc::SYS_chdir, libc::SYS_chroot, libc::SYS_pivot_root,
    libc::SYS_mount, libc::SYS_umount2, libc::SYS_execve, libc::SYS_execveat, libc::SYS_ptrace, libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev, libc::SYS_pidfd_open, libc::SYS_pidfd_getfd, libc::SYS_pidfd_send_signal,
    libc::SYS_bpf, libc::SYS_userfaultfd, libc::SYS_perf_event_open, libc::SYS_io_uring_setup, libc::SYS_unshare,
    libc::SYS_setns, libc::SYS_add_key, libc::SYS_request_key, libc::SYS_keyctl,
    libc::SYS_tkill, libc::SYS_rt_sigqueueinfo, libc::SYS_rt_tgsigqueueinfo, libc::SYS_shmget, libc::SYS_msgget,
    libc::SYS_semget, libc::SYS_mq_open,
];

/// Older system calls that do the same, where the architecture still has them.
#[cfg(target_arch = "x86_64")]
#[rustfmt::skip]
const FORBIDDEN_OLD: &[libc::c_long] = &[
    libc::SYS_creat, libc::SYS_fork, libc::SYS_vfork, libc::SYS_unlink, libc::SYS_rename,
    libc::SYS_renameat, libc::SYS_mkdir, libc::SYS_rmdir, libc::SYS_mknod, libc::SYS_link, libc::SYS_symlink,
    libc::SYS_chmod, libc::SYS_chown, libc::SYS_lchown, libc::SYS_utime, libc::SYS_utimes, libc::SYS_futimesat,
];
#[cfg(not(target_arch = "x86_64"))]
const FORBIDDEN_OLD: &[libc::c_long] = &[];

/// System calls without which there is no network.
const NETWORK: &[libc::c_long] =
    &[libc::SYS_socket, libc::SYS_socketpair, libc::SYS_connect, libc::SYS_bind, libc::SYS_listen];

/// System calls that open files, and which of their arguments says whether to read or to write.
#[cfg(target_arch = "x86_64")]
const OPEN: &[(libc::c_long, u8)] = &[(libc::SYS_openat, 2), (libc::SYS_open, 1)];
#[cfg(not(target_arch = "x86_64"))]
const OPEN: &[(libc::c_long, u8)] = &[(libc::SYS_openat, 2)];

/// Which calls are refused; where there are rules, only calls that match one of them.
type Refused = BTreeMap<libc::c_long, Vec<SeccompRule>>;

/// Applies the policy. Returns whether it is in force.
pub(super) fn restrict(policy: &Policy) -> bool {
    let everything = || -> Result<(), seccompiler::Error> {
        refuse(refused(policy)?, libc::EPERM)?;
        // The arguments of clone3 cannot be examined. Without it the C library falls back to clone.
        refuse(BTreeMap::from([(libc::SYS_clone3, Vec::new())]), libc::ENOSYS)
    };
    everything().is_ok()
}

fn refuse(calls: Refused, errno: i32) -> Result<(), seccompiler::Error> {
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    let refusal = SeccompAction::Errno(errno.unsigned_abs());
    let program: BpfProgram = SeccompFilter::new(calls, SeccompAction::Allow, refusal, arch)?.try_into()?;
    // Libraries may have started threads of their own before.
    apply_filter_all_threads(&program).or_else(|_| apply_filter(&program))
}

fn refused(policy: &Policy) -> Result<Refused, seccompiler::Error> {
    let always = |call: &libc::c_long| (*call, Vec::new());
    let mut calls: Refused = FORBIDDEN.iter().chain(FORBIDDEN_OLD).map(always).collect();
    if !policy.network {
        calls.extend(NETWORK.iter().map(always));
    }
    for (call, flags) in OPEN {
        // Landlock decides which files; seccomp only knows reading from writing.
        let writes = [libc::O_WRONLY, libc::O_RDWR, libc::O_CREAT, libc::O_TRUNC].map(|flag| {
            let flag = u64::from(flag.unsigned_abs());
            rule(*flags, SeccompCmpOp::MaskedEq(flag), flag)
        });
        let refused_if =
            if policy.readable.is_empty() { Vec::new() } else { writes.into_iter().collect::<Result<_, _>>()? };
        calls.insert(*call, refused_if);
    }
    // Threads may be started, processes not.
    let thread = SeccompCmpOp::MaskedEq(libc::CLONE_THREAD.unsigned_abs().into());
    calls.insert(libc::SYS_clone, vec![rule(0, thread, 0)?]);
    // A process aborts by a signal to itself.
    let own = std::process::id().into();
    for signal in [libc::SYS_kill, libc::SYS_tgkill] {
        calls.insert(signal, vec![rule(0, SeccompCmpOp::Ne, own)?]);
    }
    // A process may read its own limits.
    calls.insert(libc::SYS_prlimit64, vec![rule(0, SeccompCmpOp::Ne, 0)?]);
    // The same calls by the numbers of the x32 convention, where a kernel still has it.
    #[cfg(target_arch = "x86_64")]
    calls.extend(calls.clone().into_iter().map(|(call, rules)| (call | 0x4000_0000, rules)));
    Ok(calls)
}

/// Matches calls by one argument.
fn rule(argument: u8, operator: SeccompCmpOp, value: u64) -> Result<SeccompRule, seccompiler::BackendError> {
    let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Qword, operator, value)?;
    SeccompRule::new(vec![condition])
}
