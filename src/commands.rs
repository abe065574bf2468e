//! The commands: each takes plain arguments, does its work with the library, and shows what came of it.

use std::fs::{OpenOptions, Permissions};
use std::io::{Write, stdout};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use framerace::compare::{Comparison, Plan, compare};
use framerace::filter::FILTERS;
use framerace::globals;
use framerace::machine::Machine;
use framerace::report::{
    Circumstances, Detail, InputReport, LeftOut, Report, SettingsReport, StrategyReport, summarize, to_json, to_table,
};
use framerace::strategy::{STRATEGIES, Watch, worker_main};
use tempfile::NamedTempFile;

use crate::cli::{Arguments, Command, Race};
use crate::progress::with_bar;
use crate::stderr::Stderr;

/// Does what was asked for.
///
/// # Errors
/// One line for the user.
pub fn run(arguments: Arguments, stderr: &Stderr) -> Result<()> {
    match arguments.command {
        Command::Race(race) => run_race(&race, arguments.verbose, stderr),
        Command::Filters => print(&filters()),
        Command::Strategies => print(&strategies()),
        Command::Worker(transport) => {
            globals::prepare(1, false)?;
            worker_main(&transport)
        }
    }
}

fn run_race(race: &Race, verbose: bool, stderr: &Stderr) -> Result<()> {
    globals::prepare(race.opencv_threads, verbose)?;
    // Asked for before the race: a result that cannot be written must not cost a race.
    let json = race.json.as_deref().map(Target::open).transpose()?;
    let watch = Watch::default();
    let comparison = with_bar(stderr, race.progress, &watch, |on_step| compare(&race.plan, &watch, on_step))?;
    let report = report(&race.plan, comparison)?;
    let to_stdout = matches!(json, Some(Target::Stdout));
    if let Some(json) = json {
        json.write(&to_json(&report)?)?;
    }
    if !race.quiet && !to_stdout {
        print(&to_table(&report, if verbose { Detail::Full } else { Detail::Brief }, race.color))?;
    }
    for left_out in &report.left_out {
        stderr.line(&format!("left out: {}: {}", left_out.name, left_out.reason));
    }
    for note in &report.notes {
        stderr.line(&format!("note: {note}"));
    }
    let differ = |strategy: &&StrategyReport| strategy.same_pixels == Some(false);
    let different: Vec<_> = report.strategies.iter().filter(differ).map(|s| s.name.as_str()).collect();
    if !different.is_empty() {
        // A damaged file decoded on several threads is the one honest way to get here.
        bail!(
            "not the frames of sequential: {}; those are not ranked. Is the input the same every time it is read?",
            different.join(", ")
        );
    }
    Ok(())
}

fn report(plan: &Plan, comparison: Comparison) -> Result<Report> {
    let Comparison { source, entries, left_out } = comparison;
    let settings = &plan.settings;
    let circumstances = Circumstances {
        command: std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect(),
        machine: Machine::here(),
        opencv: globals::opencv_facts()?,
        input: InputReport {
            name: plan.input.to_string(),
            width: source.shape.width,
            height: source.shape.height,
            pixels: source.shape.pixels.to_string(),
            fps: source.fps,
            frames: source.frames,
            reader: source.reader,
        },
        chain: plan.chain.to_string(),
        settings: SettingsReport {
            workers: settings.workers,
            queue: settings.queue,
            rounds: plan.rounds,
            warmup: plan.warmup,
            seed: plan.seed,
            times: settings.opening.times,
            decode_threads: settings.opening.decode_threads,
            meters: settings.meters,
        },
        left_out: left_out.into_iter().map(|(name, reason)| LeftOut { name, reason }).collect(),
        comparable: settings.limits.duration.is_none() && !plan.input.is_live(),
    };
    let runs: Vec<_> = entries.into_iter().map(|entry| entry.runs).collect();
    Ok(summarize(&runs, circumstances))
}

fn filters() -> String {
    let mut text = String::new();
    for kind in FILTERS.iter().filter(|kind| !kind.hidden()) {
        text += &format!("{:<20}{}\n", kind.name(), kind.summary());
        for option in kind.options() {
            let example = format!("{}={}", option.name, option.default);
            text += &format!("    {example:<16}{} ({})\n", option.help, option.values);
        }
    }
    text +=
        "\nThe values shown are the defaults. A chain is filters with commas between, options with colons between:\n";
    text + "-f grayscale,blur=ksize=7:sigma=1.5,edges\n"
}

fn strategies() -> String {
    let mut text = String::new();
    for strategy in STRATEGIES {
        let (name, about) = (strategy.name(), strategy.about());
        text +=
            &format!("{name}\n    joined  {}\n    wins    {}\n    loses   {}\n", about.joined, about.wins, about.loses);
    }
    text
}

fn print(text: &str) -> Result<()> {
    let mut out = stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("cannot write to standard output")
}

/// Where a result goes: whole, or not at all.
enum Target {
    Stdout,
    /// Something that is not a plain file, such as a pipe: written as it is.
    Special(PathBuf),
    /// A plain file. It is written beside its name and takes the name once it is whole.
    File(PathBuf),
}

impl Target {
    /// Finds out whether a result can be written there, and leaves nothing behind.
    fn open(path: &Path) -> Result<Self> {
        if path == Path::new("-") {
            return Ok(Self::Stdout);
        }
        // A link keeps pointing where it points.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        match path.metadata() {
            Ok(meta) if meta.is_dir() => bail!("cannot write {}: it is a directory; give a file name", path.display()),
            Ok(meta) if !meta.is_file() => return Ok(Self::Special(path)),
            // A file that may not be written must not be replaced either.
            Ok(_) => drop(OpenOptions::new().append(true).open(&path).with_context(|| cannot_write(&path))?),
            Err(_) => {}
        }
        beside(&path)?;
        Ok(Self::File(path))
    }

    fn write(self, text: &str) -> Result<()> {
        match self {
            Self::Stdout => print(text),
            Self::Special(path) => std::fs::write(&path, text).with_context(|| cannot_write(&path)),
            Self::File(path) => {
                let mut file = beside(&path)?;
                file.write_all(text.as_bytes()).and_then(|()| file.flush()).with_context(|| cannot_write(&path))?;
                file.persist(&path).with_context(|| cannot_write(&path))?;
                Ok(())
            }
        }
    }
}

fn cannot_write(path: &Path) -> String {
    format!("cannot write {}", path.display())
}

/// A new file beside a name, gone again unless it takes that name.
fn beside(path: &Path) -> Result<NamedTempFile> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        bail!("cannot write {}: there is no folder {}", path.display(), folder.display());
    }
    let like_any_file = Permissions::from_mode(0o666);
    let file = tempfile::Builder::new().prefix(".framerace-").permissions(like_any_file).tempfile_in(folder);
    // The temporary name is nobody's business.
    file.map_err(|error| anyhow!("{}: {}", cannot_write(path), error.kind()))
}
