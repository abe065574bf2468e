//! What a shell can complete: the values of options, from the lists of filters, strategies, policies and codecs. The shell
//! starts this program with [`VARIABLE`] set and the words so far, and clap says which option the last one belongs to.

use std::ffi::OsStr;

use anyhow::Result;
use clap::ValueEnum;
use clap_complete::engine::{CompletionCandidate as Candidate, PathCompleter, ValueCompleter};
use clap_complete::env::{CompleteEnv, EnvCompleter, Fish, Zsh};
use framerace::filter::{FILTERS, FilterKind, OptionSpec, Values};
use framerace::lab::report::Axis;
use framerace::pipeline::Overflow;
use framerace::sink::video::Codec;
use framerace::source::video_devices;
use framerace::strategy::STRATEGIES;

/// A shell that can be served.
#[derive(Clone, Copy, ValueEnum)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// clap's own script passes the words that bash has cut at `=` and `:`, so that nothing in a chain could be completed.
const BASH: &str = include_str!("completion.bash");

/// zsh reads the file when the first word is completed, and then expects an answer.
const ZSH_FIRST_TIME: &str = "\n[[ $funcstack[1] != _framerace ]] || _clap_dynamic_completer_framerace \"$@\"\n";

/// The script that makes a shell ask.
pub fn script(shell: Shell) -> Result<String> {
    let of = |completer: &dyn EnvCompleter| -> Result<String> {
        let (name, mut script) = (env!("CARGO_PKG_NAME"), Vec::new());
        completer.write_registration(VARIABLE, name, name, name, &mut script)?;
        Ok(String::from_utf8(script)?)
    };
    match shell {
        Shell::Bash => Ok(BASH.to_owned()),
        Shell::Zsh => Ok(of(&Zsh)? + ZSH_FIRST_TIME),
        Shell::Fish => of(&Fish),
    }
}

/// The environment variable by which a shell asks; it holds the shell's name.
const VARIABLE: &str = "FRAMERACE_COMPLETE";

/// Answers the shell that asks, and ends the program; does nothing if none asks.
pub fn answer(command: impl Fn() -> clap::Command) {
    CompleteEnv::with_factory(command).var(VARIABLE).complete();
}

/// A value and what it is.
fn candidate(value: impl Into<String>, help: impl Into<String>) -> Candidate {
    Candidate::new(value.into()).help(Some(help.into().into()))
}

pub fn strategies() -> Vec<Candidate> {
    STRATEGIES.iter().map(|strategy| candidate(strategy.name(), strategy.about().joined)).collect()
}

pub fn strategies_or_auto() -> Vec<Candidate> {
    [auto()].into_iter().chain(strategies()).collect()
}

fn auto() -> Candidate {
    candidate("auto", "the fastest one, found by measuring")
}

pub fn filters() -> Vec<Candidate> {
    visible_filters().map(|kind| candidate(kind.name, kind.summary)).collect()
}

fn visible_filters() -> impl Iterator<Item = &'static FilterKind> {
    FILTERS.iter().copied().filter(|kind| !kind.hidden)
}

pub fn policies() -> Vec<Candidate> {
    Overflow::ALL.into_iter().map(|policy| Candidate::new(policy.name())).collect()
}

pub fn codecs() -> Vec<Candidate> {
    Codec::names().map(Candidate::new).collect()
}

pub fn axes() -> Vec<Candidate> {
    Axis::ALL.into_iter().map(|axis| Candidate::new(format!("{axis}="))).collect()
}

/// Inputs: files, cameras, and the beginnings of others that are no files.
pub fn input(current: &OsStr) -> Vec<Candidate> {
    const OTHERS: &[(&str, &str)] =
        &[("synthetic:", "frames that are drawn: synthetic:1280x720@30x300"), ("twin:", "a recorded camera")];
    let cameras = video_devices().into_iter().map(|number| candidate(format!("camera:{number}"), "a camera"));
    let others = OTHERS.iter().map(|(begin, help)| candidate(*begin, *help));
    let text = current.to_string_lossy();
    let others = cameras.chain(others).filter(|other| other.get_value() != current);
    let others = others.filter(|other| other.get_value().to_string_lossy().starts_with(&*text));
    others.chain(PathCompleter::any().complete(current)).collect()
}

/// How a chain of filters can go on: with the name of a filter, of an option of it, or a value.
pub fn chain(current: &OsStr) -> Vec<Candidate> {
    let Some(text) = current.to_str() else { return Vec::new() };
    let begin = text.rfind(',').map_or(0, |comma| comma + 1);
    let (before, filter) = text.split_at(begin);
    let found: Vec<_> = match filter.split_once('=') {
        None => visible_filters()
            .filter(|kind| kind.name.starts_with(filter))
            .map(|kind| candidate(kind.name, kind.summary))
            .collect(),
        Some((name, values)) => {
            let kind = visible_filters().find(|kind| kind.name == name);
            kind.map_or_else(Vec::new, |kind| options(kind.options, values))
                .into_iter()
                .map(|option| option.add_prefix(format!("{name}=")))
                .collect()
        }
    };
    found.into_iter().map(|value| value.add_prefix(before)).collect()
}

/// How the options of a filter can go on.
fn options(specs: &[OptionSpec], text: &str) -> Vec<Candidate> {
    let begin = text.rfind(':').map_or(0, |colon| colon + 1);
    let (before, option) = text.split_at(begin);
    let given = |spec: &OptionSpec| before.split(':').any(|piece| piece.split('=').next() == Some(spec.name));
    let found: Vec<_> = match option.split_once('=') {
        None => specs
            .iter()
            .filter(|spec| spec.name.starts_with(option) && !given(spec))
            .map(|spec| candidate(format!("{}=", spec.name), format!("{} ({})", spec.help, spec.values)))
            .collect(),
        Some((name, value)) => {
            let spec = specs.iter().find(|spec| spec.name == name);
            let values = spec.map_or_else(Vec::new, |spec| values(spec, value));
            values.into_iter().map(|value| value.add_prefix(format!("{name}="))).collect()
        }
    };
    found.into_iter().map(|value| value.add_prefix(before)).collect()
}

/// The words that an option takes, or the number it has if none is given.
fn values(spec: &OptionSpec, begin: &str) -> Vec<Candidate> {
    match spec.values {
        Values::Word(words) => {
            words.iter().filter(|word| word.starts_with(begin)).map(|word| Candidate::new(*word)).collect()
        }
        _ if spec.default.starts_with(begin) => vec![candidate(spec.default, format!("the default ({})", spec.values))],
        _ => Vec::new(),
    }
}
