//! Result files that were saved earlier.

use std::fs::read;
use std::io::{Read, stdin};
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use framerace::lab::report::{Report, from_json};

/// The result in a file, or on standard input for `-`.
///
/// # Errors
/// When it cannot be read or is not a result; the error names the file.
pub fn read_result(path: &Path) -> Result<Report> {
    let mut bytes = Vec::new();
    let name = if path == Path::new("-") {
        stdin().lock().read_to_end(&mut bytes).context("cannot read standard input")?;
        "standard input".to_owned()
    } else {
        bytes = read(path).with_context(|| format!("cannot read {}", path.display()))?;
        path.display().to_string()
    };
    let text = String::from_utf8(bytes).map_err(|_| anyhow!("{name} is not a result of framerace: it is not text"))?;
    from_json(&text, &name)
}
