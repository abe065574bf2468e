//! Tests that this machine cannot run say so where it is seen.

use std::fs::OpenOptions;
use std::io::Write;

/// Says that the calling test was skipped and why: on the real standard error, because what a test prints is hidden if it
/// passes, and in the file that `scripts/test` shows at its end.
pub fn skipped(why: &str) {
    let thread = std::thread::current();
    let line = format!("SKIPPED {}: {why}\n", thread.name().unwrap_or("a test"));
    let _ = std::io::stderr().write_all(line.as_bytes());
    if let Some(path) = std::env::var_os("FRAMERACE_SKIPPED") {
        let kept = OpenOptions::new()
            .append(true)
            .create(true)
            .open(path)
            .and_then(|mut file| file.write_all(line.as_bytes()));
        kept.expect("a file for what is skipped");
    }
}
