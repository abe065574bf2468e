//! Films that are cut: their parts are pieces like any other, and become one output at the end, without encoding again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, Result, anyhow, bail, ensure};
use xxhash_rust::xxh3::xxh3_64;

use super::place::task as task_of;
use super::plan_file::{Piece, ShardPlan};
use crate::batch::converter::{Converters, Progress, Reply, Request};
use crate::batch::decide::{is_whole, replaced};
use crate::batch::entry::{Entry, Name, State, VERSION};
use crate::batch::figures::Figures;
use crate::batch::identity::microseconds;
use crate::batch::journal::Journal;
use crate::batch::made::Made;
use crate::batch::outputs::Outputs;
use crate::batch::plan::Task;
use crate::batch::run::converters;
use crate::cancel::CancelToken;
use crate::child::WorkerCommand;
use crate::transcode::atomic_file::AtomicFile;
use crate::transcode::owner::Owner;
use crate::transcode::temporary::temporary_name;

/// Where the parts of a film lie until they are joined, relative to the output folder.
pub(super) fn part_of(film: &Path, options_hash: &str, number: usize) -> PathBuf {
    let which = xxh3_64(&[film.as_os_str().as_encoded_bytes(), options_hash.as_bytes()].concat());
    let ending = film.extension().unwrap_or_default().to_string_lossy().into_owned();
    Path::new("framerace-shards/parts").join(format!("{which:016x}-{number:05}.{ending}"))
}

/// The line that says that the film of a piece is there, joined, if it is.
pub(super) fn joined<'j>(plan: &ShardPlan, piece: &Piece, journal: &'j Journal) -> Option<&'j Entry> {
    let film = piece.part.as_ref()?.film.path();
    let is_made = |entry: &&Entry| {
        entry.state == State::Done
            && entry.options == plan.options_hash
            && entry.input_identity.as_ref() == Some(&piece.identity)
            && is_whole(entry, &plan.outputs().join(&film))
    };
    journal.record(&film)?.made.iter().rev().find(is_made)
}

/// Joins all films of a plan that are not joined yet, and removes their parts. All parts are there.
///
/// # Errors
/// When one cannot be joined or written: one line that names it.
pub(super) fn join_all(plan: &ShardPlan, program: &WorkerCommand, journal: &mut Journal) -> Result<Vec<String>> {
    let mut films: BTreeMap<PathBuf, Vec<&Piece>> = BTreeMap::new();
    for piece in &plan.pieces {
        if let Some(part) = &piece.part {
            films.entry(part.film.path()).or_default().push(piece);
        }
    }
    films.retain(|_, parts| parts.iter().any(|piece| joined(plan, piece, journal).is_none()));
    if films.is_empty() {
        return Ok(Vec::new());
    }
    let batch = plan.batch(program.clone())?;
    let (outputs, converters) = (Outputs::of(&batch)?, converters(&batch)?);
    let mut notes = Vec::new();
    for (film, mut parts) in films {
        parts.sort_by_key(|piece| piece.part.as_ref().map(|part| part.number));
        let more = join(plan, (&outputs, &converters), (&film, &parts), journal)
            .with_context(|| format!("{} cannot be joined", film.display()))?;
        notes.extend(more.into_iter().map(|note| format!("{}: {note}", film.display())));
    }
    Ok(notes)
}

fn join(
    plan: &ShardPlan,
    (outputs, converters): (&Outputs<'_>, &Converters),
    (film, parts): (&Path, &[&Piece]),
    journal: &mut Journal,
) -> Result<Vec<String>> {
    let first = parts.first().context("it has no parts")?;
    let task = Task { output: film.to_owned(), range: None, ..task_of(plan, first)? };
    // Whatever is in the way is found before the work.
    replaced(outputs, &task, journal)?;
    let (folder, name) = outputs.place(&task, true)?;
    let temporary = temporary_name();
    let request = Request::Join {
        parts: parts
            .iter()
            .map(|piece| (Name::of(&plan.outputs().join(piece.output.path())), piece.frames.unwrap_or(0)))
            .collect(),
        input: Name::of(&task.input),
        folder: (Name::of(folder.path()), folder.id()?),
        temporary: Name::of(Path::new(&temporary)),
        output: Name::of(&outputs.path(&task)),
        settings: outputs.batch.settings.clone(),
    };
    let stop = CancelToken::default();
    let figures =
        match converters.ask(&request, &Progress::default(), &stop, || _ = folder.remove(&temporary), |_| ())? {
            Reply::Converted(figures) => figures,
            Reply::Failed { why, .. } => bail!(why),
            other => return Err(anyhow!("asked to join, it said {other:?}")),
        };
    let file = AtomicFile::adopt(&folder, temporary).context("what was made is gone")?;
    let same = figures.output_identity == Some(Made::of(file.file())?);
    ensure!(same, "what was made is not there any more, but another file");
    let entry = |state| Entry {
        version: VERSION,
        attempt: String::new(),
        state,
        at_us: microseconds(SystemTime::now()),
        input: Name::of(&task.input),
        input_identity: Some(first.identity.clone()),
        output: Name::of(film),
        options: plan.options_hash.clone(),
        made_with: Some(plan.options.clone()),
        result: Figures::clone(&figures),
        error: None,
    };
    let attempt = format!("{}-{}", Owner::this(), fastrand::u32(..));
    journal.append(&Entry { attempt: attempt.clone(), ..entry(State::Made) })?;
    let there = replaced(outputs, &task, journal)?;
    file.persist(name, there.as_ref().map(|(_, state)| *state))?;
    journal.append(&Entry { attempt, ..entry(State::Done) })?;
    for piece in parts {
        let part = Task { output: piece.output.path(), ..task.clone() };
        let (folder, name) = outputs.place(&part, false)?;
        let _ = folder.remove(name);
    }
    Ok(figures.notes.clone())
}
