//! A folder that is held open: what is in it is found by its name within it, and the last part of a name is never followed
//! where it is a link. So nobody who swaps names can lead a writer to another file. Knows nothing of what files hold.

use std::ffi::OsStr;
use std::fs::{File, ReadDir, read_dir};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result, bail};
use rustix::fs::{
    AtFlags, CWD, Mode, OFlags, RenameFlags, StatxFlags, StatxTimestamp, linkat, mkdirat, openat, renameat,
    renameat_with, statx, unlinkat,
};
use rustix::io::Errno;

/// A folder that is held open.
#[derive(Debug)]
pub struct Folder {
    descriptor: OwnedFd,
    path: PathBuf,
}

/// Which file has a name, and in what state it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileState {
    device: (u32, u32),
    /// Its number on that device, which may be used again once it is removed.
    pub inode: u64,
    /// Its size in bytes.
    pub size: u64,
    modified: (i64, u32),
    born: Option<(i64, u32)>,
}

impl FileState {
    /// That of an open file.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn of(file: impl AsFd) -> io::Result<Self> {
        Self::at(file.as_fd(), OsStr::new(""), AtFlags::EMPTY_PATH)
    }

    fn at(folder: BorrowedFd<'_>, name: &OsStr, flags: AtFlags) -> io::Result<Self> {
        let found = statx(folder, name, flags, StatxFlags::BASIC_STATS | StatxFlags::BTIME)?;
        let time = |at: StatxTimestamp| (at.tv_sec, at.tv_nsec);
        let has_birth = StatxFlags::from_bits_retain(found.stx_mask).contains(StatxFlags::BTIME);
        Ok(Self {
            device: (found.stx_dev_major, found.stx_dev_minor),
            inode: found.stx_ino,
            size: found.stx_size,
            modified: time(found.stx_mtime),
            born: has_birth.then(|| time(found.stx_btime)),
        })
    }

    /// Whether it is the same file, whatever has been written to it.
    pub fn is_same_file(&self, other: &Self) -> bool {
        (self.device, self.inode, self.born) == (other.device, other.inode, other.born)
    }

    /// When the file was made, in microseconds since 1970; none where the file system does not keep it.
    pub fn born_us(&self) -> Option<i64> {
        self.born.map(|(seconds, nanoseconds)| seconds * 1_000_000 + i64::from(nanoseconds / 1000))
    }
}

impl Folder {
    /// Opens a folder. Links on the way are followed: they are of whoever gave the path.
    ///
    /// # Errors
    /// When there is none, or it may not be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let descriptor = openat(CWD, path, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        Ok(Self { descriptor, path: path.to_owned() })
    }

    /// Opens a folder below this one, without following a link; `make` makes it where it is not there.
    ///
    /// # Errors
    /// One line, when it is none, or cannot be made.
    pub fn below(&self, relative: &Path, make: bool) -> Result<Self> {
        let mut folder = Self { descriptor: self.descriptor.try_clone()?, path: self.path.clone() };
        for part in relative.components() {
            let Component::Normal(name) = part else { bail!("{} leaves {}", relative.display(), self.path.display()) };
            let path = folder.path.join(name);
            let shown = || format!("cannot open the folder {}", path.display());
            if make
                && let Err(error) = mkdirat(&folder.descriptor, name, Mode::from_raw_mode(0o777))
                && error != Errno::EXIST
            {
                return Err(error).with_context(|| format!("cannot make the folder {}", path.display()));
            }
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let descriptor = match openat(&folder.descriptor, name, flags, Mode::empty()) {
                Err(Errno::NOTDIR | Errno::LOOP) => {
                    bail!("{} is a link or a file, and no folder below the output folder; move it away", path.display())
                }
                opened => opened.with_context(shown)?,
            };
            folder = Self { descriptor, path };
        }
        Ok(folder)
    }

    /// Which folder it is, in words that another process understands.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn id(&self) -> io::Result<String> {
        let FileState { device: (major, minor), inode, .. } = FileState::of(&self.descriptor)?;
        Ok(format!("{major}:{minor}-{inode}"))
    }

    /// The path it was opened by, for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What has a name in it: the link, where it is one. None where nothing has it.
    pub fn state(&self, name: &OsStr) -> Option<FileState> {
        FileState::at(self.descriptor.as_fd(), name, AtFlags::SYMLINK_NOFOLLOW).ok()
    }

    /// What has a name in it, held: while it is, its number is not used again.
    pub fn hold(&self, name: &OsStr) -> Option<(OwnedFd, FileState)> {
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let held = openat(&self.descriptor, name, flags, Mode::empty()).ok()?;
        let state = FileState::of(&held).ok()?;
        Some((held, state))
    }

    /// Opens a file to read it. A link is not followed, and a pipe not waited for.
    ///
    /// # Errors
    /// When it cannot be opened, or is no plain file.
    pub fn read(&self, name: &OsStr) -> io::Result<File> {
        self.file(name, OFlags::RDONLY)
    }

    /// As [`read`](Self::read), with more flags.
    pub(crate) fn file(&self, name: &OsStr, flags: OFlags) -> io::Result<File> {
        let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match openat(&self.descriptor, name, flags, Mode::from_raw_mode(0o666)) {
            Err(Errno::LOOP) => return Err(io::Error::other("it is a link")),
            opened => File::from(opened?),
        };
        if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is no plain file")) }
    }

    /// Makes a file, to be written and read. What has the name already is not touched.
    ///
    /// # Errors
    /// When something has it, or the folder does not let it.
    pub fn create(&self, name: &OsStr) -> io::Result<File> {
        self.file(name, OFlags::RDWR | OFlags::CREATE | OFlags::EXCL)
    }

    /// Gives an open file one more name.
    pub(super) fn link(&self, file: &File, name: &OsStr) -> rustix::io::Result<()> {
        linkat(CWD, open_path(file), &self.descriptor, name, AtFlags::SYMLINK_FOLLOW)
    }

    /// Renames, in one step, what has the name `from`; what has the name `to` gets the other or is lost, as `how` says.
    pub(super) fn rename(&self, from: &OsStr, to: &OsStr, how: RenameFlags) -> rustix::io::Result<()> {
        if how.is_empty() {
            return renameat(&self.descriptor, from, &self.descriptor, to);
        }
        renameat_with(&self.descriptor, from, &self.descriptor, to, how)
    }

    /// Removes a name.
    ///
    /// # Errors
    /// When it has none such, or does not let it.
    pub fn remove(&self, name: &OsStr) -> io::Result<()> {
        Ok(unlinkat(&self.descriptor, name, AtFlags::empty())?)
    }

    /// What is in it.
    ///
    /// # Errors
    /// When it may not be read.
    pub fn entries(&self) -> io::Result<ReadDir> {
        read_dir(open_path(&self.descriptor))
    }
}

/// A path to what is open, whatever its name has become.
pub(super) fn open_path(open: &impl AsRawFd) -> PathBuf {
    format!("/proc/self/fd/{}", open.as_raw_fd()).into()
}
