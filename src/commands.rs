//! The commands: each takes plain arguments, does its work with the library, and shows what came of it.

use std::fs::OpenOptions;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use framerace::compare::{Comparison, Plan, compare};
use framerace::filter::FILTERS;
use framerace::globals;
use framerace::machine::Machine;
use framerace::report::{
    Circumstances, Detail, InputReport, LeftOut, Report, SettingsReport, summarize, to_json, to_table,
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
    Ok(())
}

fn report(plan: &Plan, comparison: Comparison) -> Result<Report> {
    let Comparison { source, entries, left_out } = comparison;
    let settings = &plan.settings;
    let circumstances = Circumstances {
        command: std::env::args().collect(),
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
    out.write_all(text.as_bytes())?;
    Ok(out.flush()?)
}

/// Where a result goes: whole, or not at all.
enum Target {
    Stdout,
    /// Something that is not a plain file, such as a pipe: written as it is.
    Special(PathBuf),
    /// A file beside its final name, which takes that name once it is whole.
    File(NamedTempFile, PathBuf),
}

impl Target {
    fn open(path: &Path) -> Result<Self> {
        let cannot = || format!("cannot write {}", path.display());
        if path == Path::new("-") {
            return Ok(Self::Stdout);
        }
        match path.metadata() {
            Ok(meta) if meta.is_dir() => {
                anyhow::bail!("cannot write {}: it is a directory; give a file name", path.display())
            }
            Ok(meta) if !meta.is_file() => return Ok(Self::Special(path.to_owned())),
            // A file that may not be written must not be replaced either.
            Ok(_) => drop(OpenOptions::new().append(true).open(path).with_context(cannot)?),
            Err(_) => {}
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = tempfile::Builder::new().prefix(".framerace-").tempfile_in(folder);
        let file = file.map_err(|error| anyhow::anyhow!("{}: {}", cannot(), error.kind()))?;
        Ok(Self::File(file, path.to_owned()))
    }

    fn write(self, text: &str) -> Result<()> {
        match self {
            Self::Stdout => print(text),
            Self::Special(path) => {
                std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
            }
            Self::File(mut file, path) => {
                let write =
                    file.write_all(text.as_bytes()).and_then(|()| file.flush()).and_then(|()| public(file.as_file()));
                write.with_context(|| format!("cannot write {}", path.display()))?;
                file.persist(&path).with_context(|| format!("cannot write {}", path.display()))?;
                Ok(())
            }
        }
    }
}

/// Temporary files are the owner's alone; a result is like any other file.
fn public(file: &std::fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}
