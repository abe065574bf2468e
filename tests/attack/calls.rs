//! System calls by which a process could leave its sandbox, learn of others or do harm, each with arguments with which it
//! changes nothing where it passes: files that are not there, descriptors that are not open, settings as they are. Any
//! error but that of a refusal says that the call was let through.

use std::os::raw::c_long;

/// A call to be tried.
pub struct Call {
    pub name: &'static str,
    pub number: c_long,
    pub arguments: [i64; 6],
    /// What a policy may grant with which it is no attack: `files` or `network`.
    pub granted_with: Option<&'static str>,
    /// Whether it would return twice.
    pub makes_process: bool,
    /// Whether it would change something for the process that makes it, or be slow, so that it may only be refused.
    pub risky: bool,
}

impl Call {
    const fn files(self) -> Self {
        Self { granted_with: Some("files"), ..self }
    }

    const fn network(self) -> Self {
        Self { granted_with: Some("network"), ..self }
    }

    const fn risky(self) -> Self {
        Self { risky: true, ..self }
    }
}

fn call<const N: usize>(name: &'static str, number: c_long, given: [i64; N]) -> Call {
    let mut arguments = [0; 6];
    arguments[..N].copy_from_slice(&given);
    Call { name, number, arguments, granted_with: None, makes_process: false, risky: false }
}

macro_rules! call {
    ($name:ident $(, $argument:expr)*) => {
        call(stringify!($name), libc::$name, [$($argument as i64),*])
    };
}

/// No such file, in a folder that is not there.
const NOWHERE: *const libc::c_char = c"/there/is/no/such/folder".as_ptr();
const ROOT: *const libc::c_char = c"/".as_ptr();
const EMPTY: *const libc::c_char = c"".as_ptr();
const CWD: i32 = libc::AT_FDCWD;
const NONE: i32 = -1;

/// What is tried; `parent` is a process that it should have no hold of.
pub fn attempts(parent: i64) -> Vec<Call> {
    let mut all = files();
    all.extend(other_processes(parent));
    all.extend(machine());
    all.extend(own_process());
    all.extend(kernel());
    all.extend(old());
    all
}

fn files() -> Vec<Call> {
    // Room for what `stat` and its kin write; leaked, because it must outlive every call.
    let room = Box::leak(Box::new([0_u64; 512])).as_mut_ptr();
    vec![
        call!(SYS_openat, CWD, ROOT, 0).files(),
        call!(SYS_openat, CWD, NOWHERE, libc::O_RDWR),
        call!(SYS_openat, CWD, NOWHERE, libc::O_WRONLY),
        call!(SYS_openat, CWD, NOWHERE, libc::O_CREAT, 0),
        call!(SYS_openat, CWD, NOWHERE, libc::O_TRUNC),
        call!(SYS_openat, CWD, NOWHERE, libc::O_TMPFILE | libc::O_RDWR, 0),
        call!(SYS_openat2, CWD, NOWHERE, 0, 0),
        call!(SYS_newfstatat, CWD, ROOT, room, 0).files(),
        call!(SYS_newfstatat, 0, EMPTY, room, libc::AT_EMPTY_PATH).files(),
        call!(SYS_statx, CWD, ROOT, 0, 0, room).files(),
        call!(SYS_faccessat, CWD, ROOT, 0).files(),
        call!(SYS_faccessat2, CWD, ROOT, 0, 0),
        call!(SYS_readlinkat, CWD, c"/proc/self/exe".as_ptr(), room, 100).files(),
        call!(SYS_getcwd, room, 4000).files(),
        call!(SYS_statfs, ROOT, room).files(),
        call!(SYS_getdents64, NONE, room, 100).files(),
        call!(SYS_chdir, NOWHERE),
        call!(SYS_fchdir, NONE),
        call!(SYS_chroot, NOWHERE),
        call!(SYS_truncate, NOWHERE, 0),
        call!(SYS_ftruncate, NONE, 0),
        call!(SYS_fallocate, NONE, 0, 0, 1),
        call!(SYS_fchmod, NONE, 0),
        call!(SYS_fchmodat, CWD, NOWHERE, 0),
        call("SYS_fchmodat2", 452, [CWD.into(), NOWHERE as i64]),
        call!(SYS_fchown, NONE, 0, 0),
        call!(SYS_fchownat, CWD, NOWHERE, 0, 0, 0),
        call!(SYS_mkdirat, CWD, NOWHERE, 0),
        call!(SYS_mknodat, CWD, NOWHERE, libc::S_IFIFO, 0),
        call!(SYS_unlinkat, CWD, NOWHERE, 0),
        call!(SYS_renameat2, CWD, NOWHERE, CWD, NOWHERE, 0),
        call!(SYS_linkat, CWD, NOWHERE, CWD, NOWHERE, 0),
        call!(SYS_symlinkat, NOWHERE, CWD, NOWHERE),
        call!(SYS_utimensat, CWD, NOWHERE, 0, 0),
        call!(SYS_setxattr, NOWHERE, c"user.x".as_ptr(), EMPTY, 0, 0),
        call!(SYS_getxattr, NOWHERE, c"user.x".as_ptr(), room, 8),
        call!(SYS_listxattr, NOWHERE, room, 8),
        call!(SYS_removexattr, NOWHERE, c"user.x".as_ptr()),
        call!(SYS_fsetxattr, NONE, c"user.x".as_ptr(), EMPTY, 0, 0),
        call("setxattrat", 463, [CWD.into(), NOWHERE as i64]),
        call("getxattrat", 464, [CWD.into(), NOWHERE as i64]),
        call("file_setattr", 469, [CWD.into(), NOWHERE as i64]),
        call!(SYS_name_to_handle_at, CWD, NOWHERE, 0, 0, 0),
        call!(SYS_open_by_handle_at, NONE, 0, 0),
        call!(SYS_inotify_init1, 0),
        call!(SYS_inotify_add_watch, NONE, NOWHERE, 1),
        call!(SYS_fanotify_init, 0xffff_ffff_u32, 0),
        call!(SYS_flock, NONE, 0),
        call!(SYS_fsync, NONE),
        call!(SYS_syncfs, NONE),
        call!(SYS_pwrite64, NONE, room, 0, 0),
        call!(SYS_pwritev2, NONE, room, 0, 0, 0, 0),
        call!(SYS_splice, NONE, 0, NONE, 0, 0, 0),
        call!(SYS_tee, NONE, NONE, 1, 0),
        call!(SYS_vmsplice, NONE, room, 0, 0),
        call!(SYS_sendfile, NONE, NONE, 0, 0),
        call!(SYS_copy_file_range, NONE, 0, NONE, 0, 0, 0),
        call!(SYS_memfd_create, EMPTY, 0xffff_ffff_u32),
        call!(SYS_execve, NOWHERE, 0, 0),
        call!(SYS_execveat, CWD, NOWHERE, 0, 0, 0),
    ]
}

fn other_processes(parent: i64) -> Vec<Call> {
    let room = Box::leak(Box::new([0_u64; 512])).as_mut_ptr();
    let (same, prio) = (room, libc::PRIO_PROCESS);
    vec![
        call!(SYS_kill, parent, 0),
        call!(SYS_kill, NONE, 0),
        call!(SYS_kill, 0, 0),
        call!(SYS_tkill, parent, 0),
        call!(SYS_tgkill, parent, parent, 0),
        call!(SYS_rt_sigqueueinfo, parent, 0, room),
        call!(SYS_rt_tgsigqueueinfo, parent, parent, 0, room),
        call!(SYS_pidfd_open, parent, 0),
        call!(SYS_pidfd_send_signal, NONE, 0, 0, 0),
        call!(SYS_pidfd_getfd, NONE, 0, 0),
        call!(SYS_ptrace, libc::PTRACE_PEEKDATA, parent, 0, room),
        call!(SYS_process_vm_readv, parent, room, 0, room, 0, 0),
        call!(SYS_process_vm_writev, parent, room, 0, room, 0, 0),
        call!(SYS_process_madvise, NONE, room, 0, 0, 0),
        call!(SYS_process_mrelease, NONE, 0),
        call!(SYS_kcmp, parent, parent, 0, 0, 0),
        call!(SYS_get_robust_list, parent, room, room),
        call!(SYS_migrate_pages, parent, 0, room, room),
        call!(SYS_move_pages, parent, 0, room, 0, 0, 0),
        call!(SYS_getpriority, prio, parent),
        call!(SYS_setpriority, prio, parent, 0),
        call!(SYS_ioprio_get, 1, parent),
        call!(SYS_ioprio_set, 1, parent, 0),
        call!(SYS_sched_setscheduler, parent, 0, same),
        call!(SYS_sched_getscheduler, parent),
        call!(SYS_sched_setparam, parent, same),
        call!(SYS_sched_getparam, parent, room),
        call!(SYS_sched_setattr, parent, 0, 0),
        call!(SYS_sched_getattr, parent, room, 56, 0),
        // No core: refused as wrong where it is not refused as such.
        call!(SYS_sched_setaffinity, parent, 8, room),
        call!(SYS_sched_rr_get_interval, parent, room),
        call!(SYS_prlimit64, parent, libc::RLIMIT_CORE, 0, room),
        call!(SYS_prlimit64, 0, 1000, room, 0),
        call!(SYS_setpgid, parent, 0),
        call!(SYS_getpgid, parent),
        call!(SYS_getsid, parent),
        call!(SYS_getppid).files(),
        call!(SYS_wait4, NONE, 0, libc::WNOHANG, 0).risky(),
        call!(SYS_waitid, libc::P_ALL, 0, 0, libc::WNOHANG | libc::WEXITED, 0).risky(),
        call!(SYS_shmget, 0x7afe, 1, 0),
        call!(SYS_shmat, NONE, 0, 0),
        call!(SYS_shmctl, NONE, 0, room),
        call!(SYS_shmdt, 1),
        call!(SYS_msgget, 0x7afe, 0),
        call!(SYS_msgsnd, NONE, room, 0, 0),
        call!(SYS_msgrcv, NONE, room, 0, 0, 0),
        call!(SYS_msgctl, NONE, 0, room),
        call!(SYS_semget, 0x7afe, 0, 0),
        call!(SYS_semop, NONE, room, 0),
        call!(SYS_semtimedop, NONE, room, 0, 0),
        call!(SYS_semctl, NONE, 0, 0),
        call!(SYS_mq_open, c"no-such-queue".as_ptr(), 0, 0, 0),
        call!(SYS_mq_unlink, c"no-such-queue".as_ptr()),
        call!(SYS_mq_timedsend, NONE, room, 0, 0, 0),
        call!(SYS_mq_timedreceive, NONE, room, 0, 0, 0),
        call!(SYS_mq_notify, NONE, 0),
        call!(SYS_socket, libc::AF_INET, libc::SOCK_STREAM, 0).network(),
        call!(SYS_socket, libc::AF_UNIX, libc::SOCK_STREAM, 0),
        call!(SYS_socket, libc::AF_NETLINK, libc::SOCK_RAW, 0),
        call!(SYS_socket, libc::AF_VSOCK, libc::SOCK_STREAM, 0),
        call!(SYS_socket, libc::AF_ALG, libc::SOCK_SEQPACKET, 0),
        call!(SYS_socketpair, libc::AF_UNIX, libc::SOCK_STREAM, 0, room).network(),
        call!(SYS_socketpair, libc::AF_UNIX, libc::SOCK_DGRAM, 0, room),
        call!(SYS_connect, NONE, room, 0).network(),
        call!(SYS_bind, NONE, room, 0).network(),
        call!(SYS_listen, NONE, 0).network(),
        call!(SYS_accept4, NONE, 0, 0, 0).network(),
        call!(SYS_setsockopt, NONE, 0, 0, 0, 0).network(),
        call!(SYS_getpeername, NONE, 0, 0).network(),
    ]
}

/// What only root may do, but a worker of root must not.
fn machine() -> Vec<Call> {
    let room = Box::leak(Box::new([0_u64; 512])).as_mut_ptr();
    vec![
        call!(SYS_vhangup).risky(),
        call!(SYS_sethostname, EMPTY, NONE),
        call!(SYS_setdomainname, EMPTY, NONE),
        // How much there is to read.
        call!(SYS_syslog, 10, 0, 0),
        // None of the magic numbers.
        call!(SYS_reboot, 0, 0, 0, 0),
        call!(SYS_clock_settime, 12_345, room),
        call!(SYS_clock_adjtime, 12_345, room),
        call!(SYS_adjtimex, 0),
        call!(SYS_settimeofday, 0, 0),
        call!(SYS_swapon, NOWHERE, 0),
        call!(SYS_swapoff, NOWHERE),
        call!(SYS_acct, NOWHERE),
        call!(SYS_quotactl, 0, 0, 0, 0),
        call!(SYS_sync).risky(),
        call!(SYS_mount, NOWHERE, NOWHERE, 0, 0, 0),
        call!(SYS_umount2, NOWHERE, 0),
        call!(SYS_pivot_root, NOWHERE, NOWHERE),
        call!(SYS_open_tree, NONE, EMPTY, 0),
        call!(SYS_move_mount, NONE, EMPTY, NONE, EMPTY, 0),
        call!(SYS_fsopen, c"no-such-fs".as_ptr(), 0),
        call!(SYS_fsconfig, NONE, 0, 0, 0, 0),
        call!(SYS_fsmount, NONE, 0, 0),
        call!(SYS_fspick, NONE, EMPTY, 0),
        call!(SYS_mount_setattr, NONE, EMPTY, 0, 0, 0),
        call("statmount", 457, [0, 0, 0, 0]),
        call("listmount", 458, [0, 0, 0, 0]),
        call!(SYS_init_module, 0, 0, EMPTY),
        call!(SYS_finit_module, NONE, EMPTY, 0),
        call!(SYS_delete_module, c"no-such-module".as_ptr(), 0),
        call!(SYS_kexec_load, 0, 0, 0, 0xffff_ffff_u32),
    ]
}

/// What a process could change of itself to get out, to go on without its parent or to get more rights.
fn own_process() -> Vec<Call> {
    let room = Box::leak(Box::new([0_u64; 512])).as_mut_ptr();
    let process = |call: Call| Call { makes_process: true, ..call };
    let (private, anonymous) = (libc::MAP_PRIVATE, libc::MAP_ANONYMOUS);
    vec![
        process(call!(SYS_clone, libc::SIGCHLD, 0, 0, 0, 0)),
        process(call!(SYS_clone, libc::CLONE_NEWUSER | libc::SIGCHLD, 0, 0, 0, 0)),
        process(call!(SYS_clone, libc::CLONE_PARENT | libc::SIGCHLD, 0, 0, 0, 0)),
        call!(SYS_clone3, 0, 0),
        call!(SYS_unshare, 0),
        call!(SYS_unshare, libc::CLONE_NEWUSER).risky(),
        call!(SYS_setns, NONE, 0),
        call!(SYS_setsid).risky(),
        call!(SYS_setpgid, 0, 0).risky(),
        call!(SYS_setresuid, NONE, NONE, NONE),
        call!(SYS_setresgid, NONE, NONE, NONE),
        call!(SYS_setuid, 0).risky(),
        call!(SYS_setgid, 0).risky(),
        call!(SYS_setfsuid, NONE),
        call!(SYS_setgroups, NONE, 0),
        call!(SYS_capset, 0, 0),
        call!(SYS_personality, 0xffff_ffff_u32),
        call!(SYS_prctl, libc::PR_SET_PDEATHSIG, 0).risky(),
        call!(SYS_prctl, libc::PR_SET_DUMPABLE, 1).risky(),
        call!(SYS_prctl, libc::PR_SET_PTRACER, 0),
        call!(SYS_prctl, libc::PR_CAPBSET_READ, 0),
        call!(SYS_prctl, libc::PR_SET_MM, 0, 0, 0, 0),
        call!(SYS_prctl, libc::PR_SET_CHILD_SUBREAPER, 0),
        call!(SYS_prctl, libc::PR_SET_SECCOMP, 1000, 0),
        call!(SYS_prctl, libc::PR_SET_TIMERSLACK, 50_000),
        call!(SYS_prctl, libc::PR_TASK_PERF_EVENTS_DISABLE),
        call!(SYS_seccomp, 1000, 0, 0),
        call!(SYS_umask, 0o22).risky(),
        call!(SYS_mmap, 0, 4096, libc::PROT_EXEC, private | anonymous, NONE, 0).files(),
        call!(SYS_mmap, 0, 4096, libc::PROT_READ, libc::MAP_SHARED, NONE, 0),
        call!(SYS_mmap, 0, 4096, libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED, 0, 0),
        call!(SYS_mmap, 0, 4096, libc::PROT_READ, private, NONE, 0).files(),
        call!(SYS_mprotect, 0, 4096, libc::PROT_EXEC).files(),
        call!(SYS_mprotect, 0, 4096, libc::PROT_EXEC | libc::PROT_WRITE).files(),
        call!(SYS_pkey_mprotect, 0, 4096, 0, NONE),
        call!(SYS_remap_file_pages, 0, 0, 0, 0, 0),
        call!(SYS_mlockall, 0),
        call!(SYS_ioctl, 0, libc::TIOCSTI, room).risky(),
        call!(SYS_ioctl, 2, libc::TIOCSTI, room).risky(),
        call!(SYS_ioctl, 2, libc::TIOCSCTTY, 0).risky(),
        call!(SYS_ioctl, 2, 0x541c, room).risky(), // TIOCLINUX
        call!(SYS_ioctl, 2, 0x8901, room).risky(), // FIOSETOWN
        call!(SYS_fcntl, NONE, libc::F_SETOWN, 0),
        call!(SYS_fcntl, NONE, libc::F_SETFL, 0).network(),
        call!(SYS_fcntl, NONE, 10, 0), // F_SETSIG
        call!(SYS_fcntl, NONE, libc::F_SETPIPE_SZ, 0),
        call!(SYS_fcntl, NONE, libc::F_ADD_SEALS, 0),
        call!(SYS_fcntl, NONE, libc::F_SETLEASE, 0),
        call!(SYS_fcntl, NONE, libc::F_NOTIFY, 0),
        call!(SYS_fcntl, NONE, libc::F_SETLK, room),
        call!(SYS_timer_create, 12_345, 0, room),
        call!(SYS_timerfd_create, 12_345, 0),
        call!(SYS_setitimer, 1000, 0, 0),
    ]
}

/// Parts of the kernel that are known for their faults, and calls that nobody knows.
fn kernel() -> Vec<Call> {
    let room = Box::leak(Box::new([0_u64; 512])).as_mut_ptr();
    let mut all = vec![
        call!(SYS_io_uring_setup, 0, 0),
        call!(SYS_io_uring_enter, NONE, 0, 0, 0, 0, 0),
        call!(SYS_io_uring_register, NONE, 0, 0, 0),
        call!(SYS_io_setup, 0, 0),
        call!(SYS_userfaultfd, 0xffff_ffff_u32),
        call!(SYS_bpf, 1000, 0, 0),
        call!(SYS_perf_event_open, 0, 0, 0, 0, 0),
        call!(SYS_keyctl, 1000, 0, 0, 0, 0),
        call!(SYS_add_key, 0, 0, 0, 0, 0),
        call!(SYS_request_key, 0, 0, 0, 0),
        call!(SYS_landlock_create_ruleset, 0, 0, 1),
        call!(SYS_landlock_restrict_self, NONE, 0),
        call!(SYS_memfd_secret, 0xffff_ffff_u32),
        call!(SYS_mbind, 0, 0, 1000, 0, 0, 0),
        call!(SYS_set_mempolicy, 1000, 0, 0),
        call!(SYS_get_mempolicy, room, 0, 0, 0, 0),
        call!(SYS_lookup_dcookie, 0, 0, 0),
        call!(SYS_fanotify_mark, NONE, 0, 0, 0, 0),
        call!(SYS_mseal, 1, 0, 0),
    ];
    for number in (463..=480).chain([500, 999, 1023, 0x3fff_ffff, -1]) {
        all.push(call("a call that nobody knows", number, [0, 0, 0, 0, 0, 0]));
    }
    all
}

#[cfg(target_arch = "x86_64")]
fn old() -> Vec<Call> {
    let room = Box::leak(Box::new([0_u64; 512])).as_mut_ptr();
    let process = |call: Call| Call { makes_process: true, ..call };
    let mut all = vec![
        process(call!(SYS_fork)),
        call!(SYS_open, ROOT, 0).files(),
        call!(SYS_open, NOWHERE, libc::O_RDWR),
        call!(SYS_creat, NOWHERE, 0),
        call!(SYS_stat, ROOT, room).files(),
        call!(SYS_lstat, ROOT, room).files(),
        call!(SYS_access, ROOT, 0).files(),
        call!(SYS_readlink, c"/proc/self/exe".as_ptr(), room, 100).files(),
        call!(SYS_unlink, NOWHERE),
        call!(SYS_rmdir, NOWHERE),
        call!(SYS_mkdir, NOWHERE, 0),
        call!(SYS_mknod, NOWHERE, 0, 0),
        call!(SYS_rename, NOWHERE, NOWHERE),
        call!(SYS_link, NOWHERE, NOWHERE),
        call!(SYS_symlink, NOWHERE, NOWHERE),
        call!(SYS_chmod, NOWHERE, 0),
        call!(SYS_chown, NOWHERE, 0, 0),
        call!(SYS_lchown, NOWHERE, 0, 0),
        call!(SYS_utimes, NOWHERE, 0),
        call!(SYS_getpgrp),
        call!(SYS_iopl, 1000),
        call!(SYS_ioperm, NONE, 0, 0),
        call!(SYS_modify_ldt, 1000, 0, 0),
        call!(SYS_arch_prctl, 0x1003, room), // ARCH_GET_FS
        call!(SYS_uselib, 0),
        call!(SYS_ustat, 0, 0),
        call!(SYS_sysfs, 3),
        call!(SYS__sysctl, 0),
        call!(SYS_kexec_file_load, NONE, NONE, 0, 0, 0xffff_ffff_u32),
    ];
    // The x32 convention: its own numbers, and usual ones with its mark.
    for number in
        [0x4000_0000 + 512, 0x4000_0000 + 520, 0x4000_0000 + 539, 0x4000_0000 + 39, 0x4000_0000 + 59, 520, 547]
    {
        all.push(call("x32", number, [0, 0, 0, 0, 0, 0]));
    }
    all
}

#[cfg(not(target_arch = "x86_64"))]
fn old() -> Vec<Call> {
    Vec::new()
}
