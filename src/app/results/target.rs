//! Where results go: standard output, or a file that is whole or absent; and the files of a report, which are checked
//! before the work, rendered and written after it.

use std::fs::{OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail, ensure};
use framerace::lab::report::{Format, Report, Width};
use framerace::marks::painted;
use framerace::text::plain_lines;
use tempfile::NamedTempFile;

use crate::app::args::console::ColorArgs;
use crate::app::args::files::File;
use crate::app::terminal::stdout;

const CANNOT_PRINT: &str = "cannot write to standard output";

/// Prints lines on standard output. Whatever is in them, the terminal is shown no more than text.
pub fn print(text: &str) -> Result<()> {
    stdout::write(&plain_lines(text)).context(CANNOT_PRINT)
}

/// Prints lines with their marks painted, where colors are wanted.
pub fn print_painted(text: &str, color: &ColorArgs) -> Result<()> {
    let text = plain_lines(text);
    stdout::write(&if color.use_color() { painted(&text) } else { text }).context(CANNOT_PRINT)
}

/// How wide lines on standard output may be.
pub fn terminal_width() -> Width {
    stdout::columns().map_or_else(Width::default, Width::of)
}

pub enum Target {
    Stdout,
    /// Something that is not a plain file, such as a pipe. It is written directly.
    Special(PathBuf),
    /// A plain file. It is written under a temporary name, and renamed once it is complete.
    File(PathBuf),
}

impl Target {
    /// Checks that a result can be written there, and leaves nothing behind.
    pub fn open(path: &Path) -> Result<Self> {
        if path == Path::new("-") {
            return stdout::check().map(|()| Self::Stdout).context(CANNOT_PRINT);
        }
        // The target of a symbolic link is replaced, not the link.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        match path.metadata() {
            Ok(meta) if meta.is_dir() => bail!("cannot write {}: it is a directory; give a file name", path.display()),
            Ok(meta) if !meta.is_file() => return Ok(Self::Special(path)),
            // A read-only file must not be replaced either.
            Ok(_) => drop(OpenOptions::new().append(true).open(&path).with_context(|| cannot_write(&path))?),
            Err(_) => {}
        }
        temporary_beside(&path)?;
        Ok(Self::File(path))
    }

    /// Writes the result. If that fails, a plain file stays as it was.
    pub fn write(self, text: &str) -> Result<()> {
        match self {
            Self::Stdout => print(text),
            Self::Special(path) => std::fs::write(&path, text).with_context(|| cannot_write(&path)),
            Self::File(path) => {
                let mut file = temporary_beside(&path)?;
                file.write_all(text.as_bytes()).and_then(|()| file.flush()).with_context(|| cannot_write(&path))?;
                file.persist(&path).with_context(|| cannot_write(&path))?;
                Ok(())
            }
        }
    }
}

/// The files that a report is written to.
pub struct Files(Vec<(&'static Format, Target)>);

impl Files {
    /// Checks that each can be written, and leaves nothing behind.
    pub fn open(files: &[File]) -> Result<Self> {
        files.iter().map(|(format, path)| Ok((*format, Target::open(path)?))).collect::<Result<_>>().map(Self)
    }

    pub fn to_stdout(&self) -> bool {
        self.0.iter().any(|(_, target)| matches!(target, Target::Stdout))
    }

    /// Writes the report in every format. Nothing is written when it lacks what one of them shows; when a file cannot be
    /// written, those before it are.
    pub fn write(self, report: &Report) -> Result<()> {
        let texts = self.0.iter().map(|(format, _)| format.render(report)).collect::<Result<Vec<_>>>()?;
        self.0.into_iter().zip(texts).try_for_each(|((_, target), text)| target.write(&text))
    }
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

/// A temporary file in the same folder. It is removed when dropped, unless it is renamed.
fn temporary_beside(path: &Path) -> Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    ensure!(folder.is_dir(), "cannot write {}: there is no folder {}", path.display(), folder.display());
    // The permissions of any new file; those of temporary files are stricter.
    let permissions = Permissions::from_mode(0o666);
    let file = tempfile::Builder::new().prefix(".framerace-").permissions(permissions).tempfile_in(folder);
    // The text of the error would show the temporary name; its kind does not.
    file.map_err(|error| anyhow!("{}: {}", cannot_write(path), error.kind()))
}
