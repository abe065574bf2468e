//! Videos for tests, made by the ffmpeg program. Each is made once and kept below `target/tmp`, under a name that holds the
//! hash of all it depends on: tests and later runs share it. A test is given a copy, which it may change.

use std::collections::BTreeMap;
use std::fs::{copy, create_dir_all, read, rename};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};

use xxhash_rust::xxh3::xxh3_64;

/// `cargo clean` removes it.
const FOLDER: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/videos");

/// A made file of this name (which needs no quotes) and what makes it: a shell script, in an empty folder but for copies
/// of `parts`, that writes `$OUT`.
pub fn kept(name: &str, parts: &[PathBuf], script: &str) -> PathBuf {
    static MAKERS: Mutex<BTreeMap<PathBuf, Arc<Mutex<()>>>> = Mutex::new(BTreeMap::new());
    let mut key = [ffmpeg_version(), script].join("\n").into_bytes();
    for part in parts {
        key.extend(read(part).expect("what it is made of"));
    }
    let path = Path::new(FOLDER).join(format!("{:016x}", xxh3_64(&key))).join(name);
    let maker = Arc::clone(MAKERS.lock().expect("no maker panics with it").entry(path.clone()).or_default());
    // Who wants the same file meanwhile waits for it. Another process would make it, too, which does no harm.
    let _one = maker.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if !path.exists() {
        make(&path, name, parts, script);
    }
    path
}

/// The same as a file that is the test's own.
pub fn copy_of(path: &Path, kept: &Path) {
    copy(kept, path).unwrap_or_else(|error| panic!("{} to {}: {error}", kept.display(), path.display()));
}

/// Makes a file in a folder of its own; it gets its name when it is whole.
fn make(path: &Path, name: &str, parts: &[PathBuf], script: &str) {
    let folder = path.parent().expect("it is in a folder");
    create_dir_all(folder).expect("a folder");
    let making = tempfile::tempdir_in(FOLDER).expect("a folder");
    for part in parts {
        copy_of(&making.path().join(part.file_name().expect("a file")), part);
    }
    let made = Command::new("sh").current_dir(making.path()).args(["-ec", script]).env("OUT", name).status();
    let made = made.expect("a shell").success() && making.path().join(name).exists();
    assert!(made, "scripts/setup installs ffmpeg; failed to make {name}: {script}");
    rename(making.path().join(name), path).expect("both are in one folder");
}

/// Another version makes other files.
fn ffmpeg_version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let output = Command::new("ffmpeg").arg("-version").output().expect("scripts/setup installs ffmpeg");
        String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned()
    })
}
