//! The system calls that a worker process may make once its sandbox is closed, and with which arguments. Plain data: every
//! other call is refused, also those that a later kernel adds.

use libc::{c_int, c_long};

/// Which values of an argument a call is permitted with. Arguments are numbered from 0.
pub(super) enum Only {
    /// One of these.
    OneOf(u8, &'static [c_int]),
    /// With none of these bits.
    Without(u8, c_int),
    /// With exactly these of the bits of a mask: argument, mask, bits.
    Masked(u8, c_int, c_int),
    /// Nothing at this address.
    Null(u8),
    /// This process, by its number.
    Itself(u8),
}

/// A call, and what must all be true of its arguments. A call may stand here more than once: one of its entries is enough.
pub(super) type Permission = (c_long, &'static [Only]);

/// What the code of a filter, its threads, its memory and the channel to the parent need.
#[rustfmt::skip]
pub(super) const ALWAYS: &[Permission] = &[
    // Memory. Nothing that is shared is mapped anew, and nothing becomes code.
    (libc::SYS_brk, &[]), (libc::SYS_munmap, &[]), (libc::SYS_mremap, &[]), (libc::SYS_madvise, &[]),
    (libc::SYS_mmap, &[Without(2, libc::PROT_EXEC), Masked(3, libc::MAP_ANONYMOUS, libc::MAP_ANONYMOUS)]),
    (libc::SYS_mprotect, &[Without(2, libc::PROT_EXEC)]),
    // Threads, but no processes. Its own place on the cores, but nobody else's.
    (libc::SYS_clone, &[Masked(0, CLONE_KIND, CLONE_OF_THREAD)]), (libc::SYS_futex, &[]), (libc::SYS_futex_waitv, &[]),
    (libc::SYS_set_robust_list, &[]), (libc::SYS_rseq, &[]), (libc::SYS_membarrier, &[]), (libc::SYS_sched_yield, &[]),
    (libc::SYS_sched_getaffinity, &[]), (libc::SYS_sched_setaffinity, &[OneOf(0, &[0])]),
    (libc::SYS_gettid, &[]), (libc::SYS_getpid, &[]), (libc::SYS_getcpu, &[]), (libc::SYS_set_tid_address, &[]),
    (libc::SYS_exit, &[]), (libc::SYS_exit_group, &[]),
    (libc::SYS_prctl, &[OneOf(0, &[libc::PR_SET_NAME, libc::PR_GET_NAME, libc::PR_SET_VMA, libc::PR_GET_NO_NEW_PRIVS])]),
    // Time and facts.
    (libc::SYS_clock_gettime, &[]), (libc::SYS_clock_getres, &[]), (libc::SYS_gettimeofday, &[]),
    (libc::SYS_nanosleep, &[]), (libc::SYS_clock_nanosleep, &[]), (libc::SYS_getrusage, &[]), (libc::SYS_times, &[]),
    (libc::SYS_sysinfo, &[]), (libc::SYS_uname, &[]), (libc::SYS_getrandom, &[]),
    (libc::SYS_prlimit64, &[OneOf(0, &[0]), Null(2)]),
    // Signals to itself: a process aborts by one.
    (libc::SYS_rt_sigaction, &[]), (libc::SYS_rt_sigprocmask, &[]), (libc::SYS_rt_sigreturn, &[]),
    (libc::SYS_sigaltstack, &[]), (libc::SYS_restart_syscall, &[]),
    (libc::SYS_kill, &[Itself(0)]), (libc::SYS_tgkill, &[Itself(0)]),
    // Descriptors that it has, and those that nobody else has.
    (libc::SYS_read, &[]), (libc::SYS_readv, &[]), (libc::SYS_pread64, &[]), (libc::SYS_write, &[]),
    (libc::SYS_writev, &[]), (libc::SYS_close, &[]), (libc::SYS_fstat, &[]), (libc::SYS_lseek, &[]), (libc::SYS_dup, &[]),
    (libc::SYS_dup3, &[]), (libc::SYS_pipe2, &[]), (libc::SYS_eventfd2, &[]), (libc::SYS_ppoll, &[]),
    (libc::SYS_pselect6, &[]), (libc::SYS_epoll_create1, &[]), (libc::SYS_epoll_ctl, &[]), (libc::SYS_epoll_pwait, &[]),
    (libc::SYS_sendto, &[]), (libc::SYS_sendmsg, &[]), (libc::SYS_recvfrom, &[]), (libc::SYS_recvmsg, &[]),
    (libc::SYS_shutdown, &[]),
    (libc::SYS_fcntl, &[OneOf(1, &[
        libc::F_GETFD, libc::F_SETFD, libc::F_GETFL, libc::F_DUPFD, libc::F_DUPFD_CLOEXEC, libc::F_GET_SEALS,
    ])]),
    (libc::SYS_ioctl, &[OneOf(1, &[TCGETS, FIONREAD, FIOCLEX, FIONCLEX])]),
];

/// What reading files and loading libraries needs more, where the policy permits any of that. Which files is up to
/// Landlock: seccomp sees no names.
#[rustfmt::skip]
pub(super) const READING: &[Permission] = &[
    (libc::SYS_openat, &[Without(2, CHANGES_FILES)]), (libc::SYS_newfstatat, &[]), (libc::SYS_statx, &[]),
    (libc::SYS_faccessat, &[]), (libc::SYS_readlinkat, &[]), (libc::SYS_getdents64, &[]), (libc::SYS_getcwd, &[]),
    (libc::SYS_statfs, &[]), (libc::SYS_fstatfs, &[]), (libc::SYS_fadvise64, &[]), (libc::SYS_getppid, &[]),
    (libc::SYS_getuid, &[]), (libc::SYS_geteuid, &[]), (libc::SYS_getgid, &[]), (libc::SYS_getegid, &[]),
    (libc::SYS_mprotect, &[]), (libc::SYS_mmap, &[Masked(3, libc::MAP_TYPE, libc::MAP_PRIVATE)]),
];

/// What the network needs more, where the policy permits it. No sockets of this machine: behind those are other programs.
#[rustfmt::skip]
pub(super) const NETWORK: &[Permission] = &[
    (libc::SYS_socket, &[OneOf(0, &[libc::AF_INET, libc::AF_INET6])]),
    (libc::SYS_socketpair, &[Masked(1, SOCKET_KIND, libc::SOCK_STREAM)]),
    (libc::SYS_connect, &[]), (libc::SYS_bind, &[]), (libc::SYS_listen, &[]), (libc::SYS_accept, &[]),
    (libc::SYS_accept4, &[]), (libc::SYS_getsockname, &[]), (libc::SYS_getpeername, &[]), (libc::SYS_setsockopt, &[]),
    (libc::SYS_getsockopt, &[]), (libc::SYS_sendmmsg, &[]), (libc::SYS_recvmmsg, &[]),
    (libc::SYS_fcntl, &[OneOf(1, &[libc::F_SETFL])]), (libc::SYS_ioctl, &[OneOf(1, &[FIONBIO])]),
];

/// Older calls that do the same, where the architecture still has them.
#[cfg(target_arch = "x86_64")]
#[rustfmt::skip]
pub(super) const OLD: [&[Permission]; 3] = [
    &[
        (libc::SYS_time, &[]), (libc::SYS_poll, &[]), (libc::SYS_select, &[]), (libc::SYS_epoll_wait, &[]),
        (libc::SYS_epoll_create, &[]), (libc::SYS_pipe, &[]), (libc::SYS_dup2, &[]), (libc::SYS_getrlimit, &[]),
    ],
    &[
        (libc::SYS_open, &[Without(1, CHANGES_FILES)]), (libc::SYS_stat, &[]), (libc::SYS_lstat, &[]),
        (libc::SYS_access, &[]), (libc::SYS_readlink, &[]),
    ],
    &[],
];
#[cfg(not(target_arch = "x86_64"))]
pub(super) const OLD: [&[Permission]; 3] = [&[]; 3];

/// Calls that the kernel is said not to have: C libraries then take another that does the same, whose arguments can be
/// examined.
pub(super) const NOT_THERE: &[c_long] = &[libc::SYS_clone3, libc::SYS_openat2, libc::SYS_faccessat2];

/// The last call that is known here. What later kernels have more is said not to be there, as on an older kernel.
pub(super) const LAST: c_long = libc::SYS_mseal;

use Only::{Itself, Masked, Null, OneOf, Without};

/// What every thread of a process has in common, and what only such calls ask for that make no thread.
const CLONE_OF_THREAD: c_int =
    libc::CLONE_VM | libc::CLONE_FS | libc::CLONE_FILES | libc::CLONE_SIGHAND | libc::CLONE_THREAD;
const CLONE_KIND: c_int = CLONE_OF_THREAD
    | libc::CLONE_VFORK
    | libc::CLONE_PARENT
    | libc::CLONE_PIDFD
    | libc::CLONE_PTRACE
    | libc::CLONE_UNTRACED
    | libc::CLONE_IO
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET;

/// Flags of `open` with which a file is, or can be, changed.
const CHANGES_FILES: c_int = libc::O_WRONLY | libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC;

/// The bits of a socket's type that are no flags.
const SOCKET_KIND: c_int = 0xf;

// The C library gives these the type of an argument, of the same values.
const TCGETS: c_int = libc::TCGETS as c_int;
const FIONREAD: c_int = libc::FIONREAD as c_int;
const FIOCLEX: c_int = libc::FIOCLEX as c_int;
const FIONCLEX: c_int = libc::FIONCLEX as c_int;
const FIONBIO: c_int = libc::FIONBIO as c_int;
