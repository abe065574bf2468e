//! A plan in a [`Place`], and the commands that work at it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use framerace::batch::INDEX_VARIABLES;
use serde_json::Value;

use super::child::{BINARY, Running, piped};
use super::place::{Place, ended};

impl Place {
    /// `framerace COMMAND ...` in its folder, as if no engine had started it.
    pub fn framerace(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command.current_dir(self.root()).args(arguments);
        INDEX_VARIABLES.iter().for_each(|name| _ = command.env_remove(name));
        command
    }

    /// Makes `plan.json` of so many shards.
    pub fn plan(&self, shards: usize, arguments: &[&str]) -> (String, String) {
        let shards = shards.to_string();
        let plan = ["plan", "in", "-o", "out", "--save", "plan.json", "--shards", &shards];
        ended(&self.framerace(&[&plan, arguments].concat()).output().expect("it starts"), 0)
    }

    /// Does a shard to its end, which must be this exit code.
    pub fn work(&self, shard: usize, code: i32) -> (String, String) {
        ended(&self.work_command(shard).output().expect("it starts"), code)
    }

    pub fn work_command(&self, shard: usize) -> Command {
        self.framerace(&["work", "plan.json", "--shard", &shard.to_string()])
    }

    pub fn begin_work(&self, shard: usize) -> Running {
        Running::start(piped(&mut self.work_command(shard)))
    }

    pub fn merge(&self, arguments: &[&str], code: i32) -> (String, String) {
        ended(&self.framerace(&[&["merge", "plan.json"], arguments].concat()).output().expect("it starts"), code)
    }

    /// `framerace status` as JSON.
    pub fn status(&self) -> Vec<Value> {
        let (text, _) = ended(&self.framerace(&["status", "plan.json", "--json"]).output().expect("it starts"), 0);
        serde_json::from_str(&text).expect("JSON")
    }

    /// Every file below the output folder but the ledgers, relative to it.
    pub fn all_outputs(&self) -> BTreeSet<String> {
        let root = self.output("");
        let relative = |path: PathBuf| path.strip_prefix(&root).expect("below").to_string_lossy().into_owned();
        files(&root).into_iter().map(relative).filter(|name| !name.ends_with(".jsonl")).collect()
    }

    /// The lines of all ledgers of shards.
    pub fn shard_ledgers(&self) -> Vec<Value> {
        let ledgers = files(&self.output("framerace-shards"));
        let texts = ledgers.iter().filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"));
        let lines = texts.flat_map(|path| {
            let text = fs::read_to_string(path).unwrap_or_default();
            text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect::<Vec<Value>>()
        });
        lines.collect()
    }
}

/// All files below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Starts a command and waits for its end.
pub fn output(command: &mut Command) -> Output {
    command.output().expect("it starts")
}
