//! What was meant by a name that does not exist: the nearest of the names there are, and the words to say so. Every list of
//! names (commands, options, filters, strategies, lessons, files) asks here. Knows none of them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Entries of a folder that are looked at.
const MOST_ENTRIES: usize = 10_000;

/// The name that was most likely meant, if one is near.
pub fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = names.into_iter().filter_map(|name| Some((likeness(wrong, name)?, name)));
    // Of equal ones the first, as they are listed.
    near.reduce(|best, next| if next.0 > best.0 { next } else { best }).map(|(_, name)| name)
}

/// The end of a message about a wrong name: `; did you mean blur?`; nothing if no name is near.
pub fn did_you_mean<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    nearest(wrong, names).map_or(String::new(), |near| format!("; did you mean {near}?"))
}

/// A message with the command that shows what there is, unless it names that already.
pub fn with_list(message: String, list: &str) -> String {
    match message {
        message if list.is_empty() || message.contains(list) => message,
        question if question.ends_with('?') => format!("{question} see {list}"),
        message => format!("{message}; see {list}"),
    }
}

/// That there is no such name, and what to write instead: the nearest, or else all there are. `list` is the command that
/// shows them.
///
/// ```
/// use framerace::near_miss::unknown;
///
/// let names = ["blur", "grayscale"];
/// assert_eq!(unknown("filter", "gray", names, ""), "no filter 'gray'; did you mean grayscale?");
/// assert_eq!(unknown("filter", "x", names, "framerace filters"), "no filter 'x'; there is blur, grayscale; see framerace filters");
/// ```
pub fn unknown<'a>(what: &str, wrong: &str, names: impl IntoIterator<Item = &'a str>, list: &str) -> String {
    let names: Vec<_> = names.into_iter().collect();
    let instead = match nearest(wrong, names.iter().copied()) {
        Some(name) => format!("did you mean {name}?"),
        None => format!("there is {}", names.join(", ")),
    };
    with_list(format!("no {what} '{wrong}'; {instead}"), list)
}

/// That a file is not there, and the path that was most likely meant.
pub fn no_file(path: &Path) -> String {
    no_such("file", path)
}

/// The same, where a folder would do, too.
pub fn no_file_or_folder(path: &Path) -> String {
    no_such("file or folder", path)
}

fn no_such(what: &str, path: &Path) -> String {
    let shown = path.display();
    if let Some(near) = near_path(path) {
        return format!("no {what} {shown}; did you mean {}?", near.display());
    }
    let missing = path.ancestors().skip(1).filter(|above| !above.as_os_str().is_empty() && !above.exists());
    missing.last().map_or_else(
        || format!("no {what} {shown}; check the path"),
        |folder| format!("no {what} {shown}: there is no folder {}; check the path", folder.display()),
    )
}

/// The path there is that is nearest to one that is not there.
fn near_path(path: &Path) -> Option<PathBuf> {
    if path.as_os_str().is_empty() || path.exists() {
        return Some(path.to_owned());
    }
    let folder = near_path(path.parent()?)?;
    let name = path.file_name()?;
    let same = folder.join(name);
    if same.exists() {
        return Some(same);
    }
    let readable = if folder.as_os_str().is_empty() { Path::new(".") } else { &folder };
    let entries = std::fs::read_dir(readable).ok()?.filter_map(|entry| Some(entry.ok()?.file_name()));
    let mut entries: Vec<_> = entries.take(MOST_ENTRIES).filter(|name| !is_hidden(name)).collect();
    entries.sort();
    let near = entries.into_iter().filter_map(|entry| Some((file_likeness(name, &entry)?, entry)));
    let (_, near) = near.reduce(|best, next| if next.0 > best.0 { next } else { best })?;
    Some(folder.join(near))
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

/// How alike two file names are. What all videos share, the ending, makes them no more alike.
fn file_likeness(wrong: &OsStr, name: &OsStr) -> Option<f64> {
    let parts = |name: &OsStr| {
        let (path, part) =
            (Path::new(name), |part: Option<&OsStr>| part.unwrap_or_default().to_string_lossy().into_owned());
        (part(path.file_stem()), part(path.extension()))
    };
    let ((wrong_stem, wrong_ending), (stem, ending)) = (parts(wrong), parts(name));
    let stems = likeness(&wrong_stem, &stem)?;
    let endings = likeness(&wrong_ending, &ending);
    match endings {
        Some(endings) => Some((stems + endings) / 2.0),
        // clip.mov for clip.mp4.
        None => (stems >= 1.0).then_some(0.5),
    }
}

/// How alike two names are, up to 1 for those that differ in case and separators only. None where nobody would take one for
/// the other.
fn likeness(wrong: &str, name: &str) -> Option<f64> {
    // What all options begin with makes them no more alike.
    let fold = |text: &str| text.trim_start_matches('-').to_lowercase().replace(['_', ' '], "-");
    let (wrong, name) = (fold(wrong), fold(name));
    let lengths = [&wrong, &name].map(|text| text.chars().count());
    let (shorter, longer) = (lengths[0].min(lengths[1]), lengths[0].max(lengths[1]));
    if wrong == name {
        return Some(1.0);
    }
    let share = |part: usize| part as f64 / longer as f64;
    let errors = strsim::osa_distance(&wrong, &name);
    let typed_wrong = (errors <= (longer / 3).min(3)).then(|| 1.0 - share(errors));
    // `gray` for `grayscale`, `blurr` for `blur`.
    let part = (shorter >= 3 && (wrong.contains(&name) || name.contains(&wrong))).then(|| 0.5 + share(shorter) / 2.0);
    typed_wrong.into_iter().chain(part).reduce(f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMANDS: [&str; 8] = ["compare", "run", "batch", "record", "report", "diff", "price", "demo"];
    const STRATEGIES: [&str; 5] = ["sequential", "threads", "stages", "processes", "processes-pipe"];

    #[test]
    fn what_was_meant_is_found() {
        for (wrong, right) in [("comapre", "compare"), ("bacth", "batch"), ("Run", "run"), ("reprot", "report")] {
            assert_eq!(nearest(wrong, COMMANDS), Some(right), "{wrong}");
        }
        let pairs =
            [("thread", "threads"), ("seqential", "sequential"), ("process", "processes"), ("pipe", "processes-pipe")];
        for (wrong, right) in pairs {
            assert_eq!(nearest(wrong, STRATEGIES), Some(right), "{wrong}");
        }
        assert_eq!(nearest("processes_pipe", STRATEGIES), Some("processes-pipe"));
    }

    #[test]
    fn what_is_like_nothing_is_not_taken_for_something() {
        for wrong in ["fly", "x", "", "convert", "encode"] {
            assert_eq!(nearest(wrong, COMMANDS), None, "{wrong}");
        }
        assert_eq!(nearest("asyncio", STRATEGIES), None);
        assert_eq!(nearest("--bitrate", ["--trace", "--crf"]), None);
    }

    #[test]
    fn files_that_are_near_are_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("videos")).expect("a folder");
        for name in ["clip.mp4", "b.mp4", "videos/holiday.mov", ".clop.mp4"] {
            std::fs::write(at(name), "x").expect("a file");
        }
        for (wrong, right) in [
            ("clop.mp4", "clip.mp4"),
            ("Clip.MP4", "clip.mp4"),
            ("clip.mov", "clip.mp4"),
            ("clip", "clip.mp4"),
            ("videos/holidays.mov", "videos/holiday.mov"),
            ("vidoes/holiday.mov", "videos/holiday.mov"),
        ] {
            assert_eq!(near_path(&at(wrong)), Some(at(right)), "{wrong}");
        }
        for wrong in ["a.mp4", "other.mp4", "none/clip.mp4"] {
            assert_eq!(near_path(&at(wrong)), None, "{wrong}");
        }
        assert!(no_file(&at("none/clip.mp4")).ends_with("/none; check the path"));
        assert!(no_file(&at("a.mp4")).ends_with("a.mp4; check the path"));
    }
}
