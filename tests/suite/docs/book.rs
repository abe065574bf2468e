//! The pages of the documentation: the README, and the book in `docs/src`.

use std::fs::{read_dir, read_to_string};
use std::path::{Path, PathBuf};

pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Every page with its path below the root, the README first.
pub fn pages() -> Vec<(PathBuf, String)> {
    let mut paths = vec!["README.md".into()];
    collect(Path::new("docs/src"), &mut paths);
    paths.into_iter().map(|path| (path.clone(), read_to_string(Path::new(ROOT).join(path)).expect("text"))).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    let entries = read_dir(Path::new(ROOT).join(folder)).expect("a folder");
    let mut names: Vec<_> = entries.map(|entry| entry.expect("an entry").file_name()).collect();
    names.sort();
    for path in names.into_iter().map(|name| folder.join(name)) {
        if Path::new(ROOT).join(&path).is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            paths.push(path);
        }
    }
}
