//! What a worker process is kept from once it has all it needs: files, the network, other programs, privileges.
//!
//! A worker computes on pixels that came from anywhere, with decoders' and filters' native code. It needs nothing
//! then but its memory and its line to the parent. As much is in force as the kernel offers, and what is said to be in
//! force was tried.
#![expect(unsafe_code, reason = "closing descriptors that nobody owns")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::ErrorKind::PermissionDenied;
use std::net::TcpListener;

use landlock::{ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetStatus, Scope};
use rustix::process::{Signal, set_parent_process_death_signal};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch, apply_filter, apply_filter_all_threads,
};

/// Closes every descriptor but standard input, output and error: whatever the parent's parent left open is none of
/// a worker's business. A kernel without this call (before 5.9) leaves them open.
///
/// # Safety
/// Nobody may own a descriptor from 3 on.
pub(crate) unsafe fn close_inherited() {
    // SAFETY: as the caller has promised.
    unsafe { libc::close_range(3, libc::c_uint::MAX, 0) };
}

/// Ends with the parent, even in the middle of a frame. (It ends by itself, too, when the line to the parent does.)
pub(crate) fn die_with_parent() {
    // A kernel that cannot is no reason not to work.
    let _ = set_parent_process_death_signal(Some(Signal::KILL));
}

/// Locks the door, and tells in words what the process can no longer do.
pub(crate) fn enter() -> String {
    // Both ask for this first; it holds even where neither is to be had.
    let _ = rustix::thread::set_no_new_privs(true);
    let landlock = restrict_by_landlock();
    let seccomp = restrict_by_seccomp();
    let denied = |error: Option<std::io::Error>| error.is_some_and(|error| error.kind() == PermissionDenied);
    let kept_from: Vec<_> = [
        ("files", denied(File::open("/").err())),
        ("network", denied(TcpListener::bind("127.0.0.1:0").err())),
        ("other programs", seccomp),
        ("new privileges", rustix::thread::no_new_privs().unwrap_or(false)),
    ]
    .into_iter()
    .filter_map(|(what, kept)| kept.then_some(what))
    .collect();
    let by: Vec<_> = [("Landlock", landlock), ("seccomp", seccomp)]
        .into_iter()
        .filter_map(|(what, on)| on.then_some(what))
        .collect();
    match (kept_from.as_slice(), by.as_slice()) {
        ([], _) => "not sandboxed: this kernel or container offers neither Landlock nor seccomp".into(),
        (_, []) => format!("kept from {}", kept_from.join(", ")),
        _ => format!("kept from {} (by {})", kept_from.join(", "), by.join(" and ")),
    }
}

/// No files, no network, no signals to others: as much of it as the kernel knows.
fn restrict_by_landlock() -> bool {
    let newest = ABI::V6;
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(newest))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(newest)))
        .and_then(|rules| rules.scope(Scope::from_all(newest)))
        .and_then(|rules| rules.create())
        .and_then(|rules| rules.restrict_self());
    status.is_ok_and(|status| status.ruleset != RulesetStatus::NotEnforced)
}

/// What no filter has any business to do: open or change files, reach out, start programs, look into others. Threads
/// may be started: OpenCV's own pool may need them.
#[rustfmt::skip]
const FORBIDDEN: &[libc::c_long] = &[
    libc::SYS_openat, libc::SYS_openat2, libc::SYS_open_by_handle_at, libc::SYS_unlinkat, libc::SYS_renameat2,
    libc::SYS_mkdirat, libc::SYS_mknodat, libc::SYS_linkat, libc::SYS_symlinkat, libc::SYS_truncate,
    libc::SYS_fchmodat, libc::SYS_fchownat, libc::SYS_utimensat, libc::SYS_setxattr, libc::SYS_lsetxattr,
    libc::SYS_removexattr, libc::SYS_lremovexattr, libc::SYS_chdir, libc::SYS_chroot, libc::SYS_pivot_root,
    libc::SYS_mount, libc::SYS_umount2, libc::SYS_execve, libc::SYS_execveat, libc::SYS_socket, libc::SYS_socketpair,
    libc::SYS_connect, libc::SYS_bind, libc::SYS_listen, libc::SYS_ptrace, libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev, libc::SYS_pidfd_open, libc::SYS_pidfd_getfd, libc::SYS_pidfd_send_signal,
    libc::SYS_bpf, libc::SYS_userfaultfd, libc::SYS_perf_event_open, libc::SYS_io_uring_setup, libc::SYS_unshare,
    libc::SYS_setns, libc::SYS_add_key, libc::SYS_request_key, libc::SYS_keyctl,
    libc::SYS_tkill, libc::SYS_rt_sigqueueinfo, libc::SYS_rt_tgsigqueueinfo, libc::SYS_shmget, libc::SYS_msgget,
    libc::SYS_semget, libc::SYS_mq_open,
];

/// The older names of the same, where the architecture still has them.
#[cfg(target_arch = "x86_64")]
#[rustfmt::skip]
const FORBIDDEN_TOO: &[libc::c_long] = &[
    libc::SYS_open, libc::SYS_creat, libc::SYS_fork, libc::SYS_vfork, libc::SYS_unlink, libc::SYS_rename,
    libc::SYS_renameat, libc::SYS_mkdir, libc::SYS_rmdir, libc::SYS_mknod, libc::SYS_link, libc::SYS_symlink,
    libc::SYS_chmod, libc::SYS_chown, libc::SYS_lchown, libc::SYS_utime, libc::SYS_utimes, libc::SYS_futimesat,
];
#[cfg(not(target_arch = "x86_64"))]
const FORBIDDEN_TOO: &[libc::c_long] = &[];

fn restrict_by_seccomp() -> bool {
    let refuse = |rules, errno: i32| -> Result<(), seccompiler::Error> {
        let arch = TargetArch::try_from(std::env::consts::ARCH)?;
        let refusal = SeccompAction::Errno(errno.unsigned_abs());
        let program: BpfProgram = SeccompFilter::new(rules, SeccompAction::Allow, refusal, arch)?.try_into()?;
        // Libraries may have started threads of their own before anybody could ask.
        apply_filter_all_threads(&program).or_else(|_| apply_filter(&program))
    };
    let only_if = |operator, value| -> Result<Vec<SeccompRule>, seccompiler::Error> {
        let first = SeccompCondition::new(0, SeccompCmpArgLen::Qword, operator, value)?;
        Ok(vec![SeccompRule::new(vec![first])?])
    };
    let everything = || -> Result<(), seccompiler::Error> {
        let mut rules: BTreeMap<_, _> = FORBIDDEN.iter().chain(FORBIDDEN_TOO).map(|call| (*call, Vec::new())).collect();
        let no_thread = SeccompCmpOp::MaskedEq(libc::CLONE_THREAD.unsigned_abs().into());
        rules.insert(libc::SYS_clone, only_if(no_thread, 0)?);
        // Signals to oneself are how a process aborts.
        let own = std::process::id().into();
        for signal in [libc::SYS_kill, libc::SYS_tgkill] {
            rules.insert(signal, only_if(SeccompCmpOp::Ne, own)?);
        }
        // Limits of oneself may be asked for.
        rules.insert(libc::SYS_prlimit64, only_if(SeccompCmpOp::Ne, 0)?);
        // The same calls by the numbers of the x32 convention, where a kernel still has that.
        #[cfg(target_arch = "x86_64")]
        rules.extend(rules.clone().into_iter().map(|(call, conditions)| (call | 0x4000_0000, conditions)));
        refuse(rules, libc::EPERM)?;
        // Its arguments cannot be looked at; without it the C library falls back to clone.
        refuse(BTreeMap::from([(libc::SYS_clone3, Vec::new())]), libc::ENOSYS)
    };
    everything().is_ok()
}
