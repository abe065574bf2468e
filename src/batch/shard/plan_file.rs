//! The plan: everything that a shard needs to know, frozen in one file. Whoever reads it believes nothing of it that can be
//! checked: versions, the hash over all of it, and that no path leaves its folder.

use std::collections::HashSet;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::batch::entry::Name;
use crate::batch::identity::Identity;
use crate::batch::inputs::real;
use crate::batch::spec::Batch;
use crate::child::WorkerCommand;
use crate::filter::{Chain, ChainError};
use crate::pipeline::Settings;
use crate::sink::video::VideoOptions;
use crate::strategy::find;

/// The version of the form.
pub(super) const FORM: u32 = 1;
/// This program.
pub(super) const PROGRAM: &str = env!("CARGO_PKG_VERSION");

/// A batch in shards.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ShardPlan {
    /// The version of this form.
    pub framerace_plan: u32,
    /// The version of framerace that made it.
    pub framerace: String,
    /// Hash of all the rest.
    pub id: String,
    /// The folder that all inputs are in: relative to that of the plan if it is below it, so that both can be moved together.
    pub input_folder: Name,
    /// The folder of the outputs, likewise.
    pub output_folder: Name,
    /// The options as a user gives them.
    pub options: String,
    /// The hash of those that change what outputs hold, as in a ledger.
    pub options_hash: String,
    /// The options.
    pub how: PlanOptions,
    /// How many shards there are.
    pub shards: usize,
    /// The pieces, by name.
    pub pieces: Vec<Piece>,
    /// Where this was read: the folder that its relative folders are in.
    #[serde(skip)]
    pub(super) at: PathBuf,
}

/// The options of a batch, as far as they are the same on every machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PlanOptions {
    /// What was given as inputs, to find out what has come since.
    pub inputs: Vec<Name>,
    /// Whether the folders below were searched, too.
    pub recursive: bool,
    /// The filters.
    pub chain: String,
    /// The strategy; none: whatever is quickest.
    pub strategy: Option<String>,
    /// Threads of each decoder, where they are given.
    pub decode_threads: Option<usize>,
    /// Workers, where they are given; less where a machine grants less.
    pub workers: Option<usize>,
    /// Threads of each encoder, likewise.
    pub encode_threads: Option<usize>,
    /// Files at a time, where that is given.
    pub jobs: Option<usize>,
    /// How many seconds a conversion may get on with nothing.
    pub stall_s: f64,
    /// Threads of OpenCV within a filter.
    pub opencv_threads: i32,
    /// Whether a damaged input is no failure.
    pub accept_damaged: bool,
    /// How each file is run.
    pub settings: Settings,
    /// How outputs are encoded.
    pub video: VideoOptions,
}

/// One file to be made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    /// The input, relative to the folder of inputs.
    pub input: Name,
    /// The output, relative to the folder of outputs.
    pub output: Name,
    /// What the input was when the plan was made.
    #[serde(flatten)]
    pub identity: Identity,
    /// Its frames, where its header says how many.
    pub frames: Option<u64>,
    /// Pixels of input and output in all its frames: its time grows with them.
    pub pixels: u64,
    /// The shard that does it.
    pub shard: usize,
    /// Which part of a film it is, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<FilmPart>,
}

/// A part of a film, whose output is joined of all its parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilmPart {
    /// The output of the film, relative to the folder of outputs.
    pub film: Name,
    /// Which part, from 0.
    pub number: usize,
    /// When it begins, from the first frame of the film, in microseconds.
    pub start_us: u64,
    /// When it ends; none for the last part.
    pub end_us: Option<u64>,
}

impl ShardPlan {
    /// Reads a plan and checks all that can be checked without its inputs.
    ///
    /// # Errors
    /// One line that names the plan, and what is wrong with it.
    pub fn read(path: &Path) -> Result<Self> {
        let shown = path.display();
        let text = fs::read(path).with_context(|| format!("cannot read {shown}"))?;
        let known = serde_json::from_slice::<Known>(&text);
        let Ok(known) = known else { bail!("{shown} is no plan; `framerace plan ... --save {shown}` makes one") };
        ensure!(
            known.framerace_plan == FORM && known.framerace == PROGRAM,
            "{shown} was made by framerace {} (form {}), and this is {PROGRAM} (form {FORM}); make the plan anew, or use that one",
            known.framerace,
            known.framerace_plan
        );
        let mut plan: Self = serde_json::from_slice(&text).with_context(|| format!("cannot understand {shown}"))?;
        plan.at = real(path).parent().map(Path::to_owned).unwrap_or_default();
        plan.check().with_context(|| format!("{shown} is refused"))?;
        Ok(plan)
    }

    /// Whether it is as it was made, and leads nowhere it must not.
    fn check(&self) -> Result<()> {
        for folder in [&self.input_folder, &self.output_folder].map(Name::path) {
            ensure!(
                folder.is_absolute() || is_below(&folder),
                "its folder {} leaves that of the plan",
                folder.display()
            );
        }
        let mut outputs = HashSet::new();
        for piece in &self.pieces {
            let film = piece.part.as_ref().map(|part| &part.film);
            for path in [&piece.input, &piece.output].into_iter().chain(film).map(Name::path) {
                ensure!(is_below(&path) && path != Path::new(""), "its path {} leaves its folder", path.display());
            }
            ensure!(
                piece.shard < self.shards,
                "{} is in shard {} of {}",
                piece.input.path().display(),
                piece.shard,
                self.shards
            );
            ensure!(outputs.insert(&piece.output), "two pieces make {}", piece.output.path().display());
        }
        ensure!(!self.pieces.is_empty(), "it has no pieces");
        ensure!(self.id == self.hash()?, "it was changed after it was made; make it anew");
        let batch = self.batch(WorkerCommand::new(""))?;
        let now = batch.options_hash();
        ensure!(
            now == self.options_hash,
            "its options are not those it was made with ({}); make it anew",
            self.options
        );
        Ok(())
    }

    /// The hash of all but itself.
    pub(super) fn hash(&self) -> Result<String> {
        let rest = Self { id: String::new(), ..self.clone() };
        Ok(format!("{:016x}", xxh3_64(&serde_json::to_vec(&rest)?)))
    }

    /// The plan as text, a piece a line.
    ///
    /// # Errors
    /// Never in practice.
    pub fn text(&self) -> Result<String> {
        let head = serde_json::to_string_pretty(&Self { pieces: Vec::new(), ..self.clone() })?;
        let lines = self.pieces.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
        Ok(head.replacen("\"pieces\": []", &format!("\"pieces\": [\n{}\n]", lines.join(",\n")), 1) + "\n")
    }

    /// The folder of the inputs.
    pub fn inputs(&self) -> PathBuf {
        self.at.join(self.input_folder.path())
    }

    /// The folder of the outputs.
    pub fn outputs(&self) -> PathBuf {
        self.at.join(self.output_folder.path())
    }

    /// The batch that this is.
    ///
    /// # Errors
    /// When its chain or its strategy is unknown.
    pub(super) fn batch(&self, program: WorkerCommand) -> Result<Batch> {
        let how = &self.how;
        let strategy = |name: &String| find(name).with_context(|| format!("there is no strategy {name}"));
        let chain = how.chain.parse::<Chain>().map_err(|error: ChainError| anyhow::anyhow!("{error}"))?;
        Ok(Batch {
            inputs: how.inputs.iter().map(Name::path).collect(),
            recursive: how.recursive,
            folder: self.outputs(),
            pattern: "{stem}.{ext}".parse().map_err(anyhow::Error::msg)?,
            chain,
            strategy: how.strategy.as_ref().map(strategy).transpose()?,
            decode_threads: how.decode_threads,
            jobs: how.jobs,
            retry: false,
            redo: false,
            take_over: false,
            stall: Duration::try_from_secs_f64(how.stall_s).context("its stall_s is no time")?,
            settings: Settings { worker_command: Some(program), ..how.settings.clone() },
            video: how.video.clone(),
            loud: false,
        })
    }
}

/// What every version of a plan has.
#[derive(Deserialize)]
struct Known {
    framerace_plan: u32,
    framerace: String,
}

/// Whether a path leads below the folder that it is relative to.
fn is_below(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_)))
}
