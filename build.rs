//! Gives the build a name: a hash over its sources. Parent and worker process must be of the same build. And tells the linker
//! where another OpenCV than the system's lies.

use std::collections::BTreeSet;
use std::env::var;
use std::fs::{read, read_dir};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Result;
use std::path::{Path, PathBuf};

fn main() -> Result<()> {
    let mut hasher = DefaultHasher::new();
    for file in files(Path::new("src"))? {
        (&file, read(&file)?).hash(&mut hasher);
    }
    println!("cargo::rustc-env=FRAMERACE_BUILD={:08x}", hasher.finish() >> 32);
    println!("cargo::rerun-if-changed=src");
    // Where programs look for an OpenCV that is not the system's (scripts/opencv-newest).
    println!("cargo::rerun-if-env-changed=FRAMERACE_RPATH");
    if let Ok(folder) = var("FRAMERACE_RPATH") {
        println!("cargo::rustc-link-arg=-Wl,-rpath,{folder}");
    }
    Ok(())
}

/// Every file below a folder, in the same order everywhere.
fn files(folder: &Path) -> Result<BTreeSet<PathBuf>> {
    let mut files = BTreeSet::new();
    for entry in read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(self::files(&path)?);
        } else {
            files.insert(path);
        }
    }
    Ok(files)
}
