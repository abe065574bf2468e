//! The tasks of a batch: the output's name for every input, by a pattern, and which tasks are refused. Opens no file.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::Result;

use super::inputs::{Found, real};
use crate::near_miss::unknown;
use crate::sink::video::VideoOptions;
use crate::source::TimeRange;

/// Containers that can be written; inputs of other containers become the last of them.
const CONTAINERS: &[&str] = &["mp4", "mov", "m4v", "webm", "mkv"];

/// The longest file name that Linux allows, in bytes.
const LONGEST: usize = 255;

/// How outputs are named: `{stem}-{chain}.mkv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Stem,
    Chain,
    Ending,
}

/// One file to be made from one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The input.
    pub input: PathBuf,
    /// The output, relative to the output folder.
    pub output: PathBuf,
    /// The part of its time that is converted; the whole if none.
    pub range: Option<TimeRange>,
    /// Why the task is refused, if it is.
    pub refused: Option<String>,
}

impl FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (mut parts, mut rest) = (Vec::new(), text);
        while let Some((before, after)) = rest.split_once('{') {
            let (word, after) = after.split_once('}').ok_or("a { has no }")?;
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            parts.push(match word {
                "stem" => Part::Stem,
                "chain" => Part::Chain,
                "ext" => Part::Ending,
                other => {
                    return Err(unknown("placeholder", &format!("{{{other}}}"), ["{stem}", "{chain}", "{ext}"], ""));
                }
            });
            rest = after;
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        let pattern = Self(parts);
        let example = pattern.name(Path::new("stem.mp4"), "chain");
        let ending = Path::new(&example).extension().map(|ending| ending.to_string_lossy().into_owned());
        match ending {
            _ if text.contains('/') => Err("it is a name, without folders; -o says where".into()),
            _ if text.starts_with('.') => Err("a name that begins with a dot is hidden".into()),
            Some(ending) if CONTAINERS.contains(&ending.as_str()) => Ok(pattern),
            _ => Err(format!("it ends in {{ext}} or .{}", CONTAINERS.join(", ."))),
        }
    }
}

impl Pattern {
    /// Finds out whether outputs of such names can be written so, whatever the inputs are.
    ///
    /// # Errors
    /// When none can: why.
    pub fn check(&self, video: &VideoOptions) -> Result<()> {
        let names = CONTAINERS.iter().map(|ending| self.name(&Path::new("stem").with_extension(ending), "chain"));
        let refused: Vec<_> = names.map(|name| video.check(Path::new(&name))).collect();
        if refused.iter().any(Result::is_ok) {
            return Ok(());
        }
        // The last container takes every codec.
        let told = if video.codec.is_some() { refused.into_iter().next_back() } else { refused.into_iter().next() };
        told.unwrap_or(Ok(()))
    }

    /// The output's name for an input.
    pub fn name(&self, input: &Path, chain: &str) -> OsString {
        let mut name = OsString::new();
        for part in &self.0 {
            match part {
                Part::Text(text) => name.push(text),
                Part::Stem => name.push(input.file_stem().unwrap_or_default()),
                Part::Chain => name.push(file_name_part(chain)),
                Part::Ending => name.push(container(input.extension())),
            }
        }
        name
    }
}

/// The container of the output: that of the input where it can be written.
fn container(ending: Option<&OsStr>) -> String {
    let ending = ending.unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    if CONTAINERS.contains(&ending.as_str()) { ending } else { "mkv".into() }
}

/// A chain as a part of a name that every file system accepts: `blur=ksize=5,edges` is `blur-ksize-5-edges`.
fn file_name_part(chain: &str) -> String {
    chain.replace(|c: char| !c.is_ascii_alphanumeric() && c != '.', "-")
}

/// Names the outputs. A task that would overwrite an input or another task's output is refused.
pub(super) fn plan(found: &[Found], pattern: &Pattern, chain: &str, folder: &Path) -> Vec<Task> {
    let outputs: Vec<PathBuf> = found.iter().map(|f| f.below.join(pattern.name(&f.path, chain))).collect();
    let mut by_output: HashMap<&Path, Vec<&Found>> = HashMap::new();
    for (found, output) in found.iter().zip(&outputs) {
        by_output.entry(output).or_default().push(found);
    }
    let folder = real(folder);
    let inputs: HashMap<PathBuf, &Found> = found.iter().map(|f| (real(&f.path), f)).collect();
    let refused = |own: &Found, output: &Path| {
        if own.path.metadata().is_ok_and(|meta| !meta.is_file() && !meta.is_dir()) {
            // Opening a pipe would wait for its writer, and a device may have no end.
            return Some(format!("{} is no plain file, which a batch has to read more than once", own.path.display()));
        }
        if output.file_name().is_some_and(|name| name.len() > LONGEST) {
            return Some(format!("the output's name has more than {LONGEST} bytes; choose a shorter --name"));
        }
        if let Some(input) = inputs.get(&real(&folder.join(output))) {
            let input = if input.path == own.path { "its own input".into() } else { input.path.display().to_string() };
            return Some(format!(
                "the output {} would overwrite {input}; choose another -o, or --name",
                output.display()
            ));
        }
        let other = by_output[output].iter().find(|other| other.path != own.path)?;
        let (output, other) = (output.display(), other.path.display());
        Some(format!("{other} has the same output name {output}; choose another --name, or one by one"))
    };
    let task = |(found, output): (&Found, &PathBuf)| Task {
        input: found.path.clone(),
        output: output.clone(),
        range: None,
        refused: refused(found, output),
    };
    found.iter().zip(&outputs).map(task).collect()
}
