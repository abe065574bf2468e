//! What is wrong with a command line, in a line that says what to type instead. It puts clap's findings into our words;
//! what a value may be is said by those that read it.

use std::error::Error as _;
use std::ffi::OsString;
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};
use framerace::lab::report::listed_with;
use framerace::near_miss::{did_you_mean, unknown, with_list};
use framerace::text::for_shell;

/// The program's name.
const PROGRAM: &str = env!("CARGO_PKG_NAME");

/// What is wrong, in a line. `whole` is the whole command line as clap knows it, `arguments` are
/// those that were given, and `given` is the command among them.
pub fn mistake(error: &Error, whole: &Command, arguments: &[OsString], given: Option<&str>) -> String {
    let command = given.and_then(|given| whole.find_subcommand(given));
    let name = command.map_or(PROGRAM, Command::get_name);
    let text = |kind| values(error, kind).into_iter().next().unwrap_or_default();
    let argument = || bare(&text(ContextKind::InvalidArg));
    let value = || text(ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::InvalidSubcommand => no_command(&text(ContextKind::InvalidSubcommand), whole),
        ErrorKind::UnknownArgument => {
            let unknown = text(ContextKind::InvalidArg);
            let option = command.and_then(|command| before(&unknown, arguments, command));
            option.map_or_else(
                || no_argument(&unknown, whole, command),
                |option| format!("{option} takes its value after an equals sign: {option}={unknown}"),
            )
        }
        ErrorKind::ValueValidation if error.get(ContextKind::InvalidArg).is_some() => {
            let why = error.source().map(ToString::to_string).unwrap_or_default();
            wrong_value(&argument(), &value(), &why)
        }
        ErrorKind::InvalidValue if value().is_empty() => {
            format!("{} needs a value: {}", argument(), with_value(&text(ContextKind::InvalidArg)))
        }
        ErrorKind::InvalidValue => {
            let words = values(error, ContextKind::ValidValue);
            let near = did_you_mean(&value(), words.iter().map(String::as_str));
            format!("{} takes {}, not '{}'{near}", argument(), listed_with(&words, "or"), value())
        }
        ErrorKind::NoEquals => format!("{} takes its value after an equals sign", text(ContextKind::InvalidArg)),
        ErrorKind::MissingRequiredArgument => {
            let missing: Vec<_> = values(error, ContextKind::InvalidArg).iter().map(|one| with_value(one)).collect();
            let such_as = if missing.iter().any(|one| one == "INPUT") { ", such as clip.mp4" } else { "" };
            format!("{name} needs {}{such_as}", listed_with(&missing, "and"))
        }
        ErrorKind::ArgumentConflict => match values(error, ContextKind::PriorArg).as_slice() {
            [] => format!("{} does not go together with the others", argument()),
            [prior] if bare(prior) == argument() => format!("{} is given twice", argument()),
            prior => {
                let prior: Vec<_> = prior.iter().map(|prior| bare(prior)).collect();
                format!("{} and {} do not go together; leave one out", argument(), listed_with(&prior, "and"))
            }
        },
        _ => error.to_string().lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned(),
    }
}

/// A message with the help that says what there is, unless it names a command itself.
pub fn with_help(message: String, given: Option<&str>) -> String {
    let command = given.map_or(String::new(), |given| format!(" {given}"));
    if message.contains(&format!("{PROGRAM} ")) {
        message
    } else {
        with_list(message, &format!("{PROGRAM}{command} --help"))
    }
}

/// A word in the place of a command. What could be an input is one.
fn no_command(word: &str, whole: &Command) -> String {
    if word.contains(':') || Path::new(word).exists() {
        return format!("no command '{word}'; to compare the strategies on it: {PROGRAM} compare {}", for_shell(word));
    }
    unknown("command", word, whole.get_subcommands().filter(|c| !is_hidden(c)).map(Command::get_name), "")
}

/// Commands that framerace starts itself with.
fn is_hidden(command: &Command) -> bool {
    command.is_hide_set()
}

/// An argument that the command does not take.
fn no_argument(given: &str, whole: &Command, command: Option<&Command>) -> String {
    let Some(command) = command else {
        return format!(
            "'{given}' stands before the command; it goes behind it, as in {PROGRAM} compare INPUT {given}"
        );
    };
    let name = command.get_name();
    if !given.starts_with('-') {
        let names = command.get_positionals().filter_map(|argument| argument.get_value_names());
        let takes: Vec<_> = names.flatten().map(ToString::to_string).collect();
        let takes = if takes.is_empty() {
            "nothing but options".to_owned()
        } else {
            listed_with(&takes, "and") + " and options"
        };
        return format!("'{given}' is one too many: {name} takes {takes}");
    }
    if given == "-i" {
        return format!("no option '-i'; the input stands by itself: {PROGRAM} {name} INPUT");
    }
    let with: Vec<_> = whole.get_subcommands().filter(|c| !is_hidden(c) && options(c).any(|o| o == given)).collect();
    let with: Vec<_> = with.into_iter().map(|command| command.get_name().to_owned()).collect();
    if !with.is_empty() {
        let have = if with.len() == 1 { "has" } else { "have" };
        return format!("{name} has no option {given}; {} {have} it", listed_with(&with, "and"));
    }
    let options: Vec<_> = options(command).collect();
    if given == "--threads" && options.iter().any(|option| option == "--workers") {
        return format!("{name} has no option '--threads'; did you mean --workers?");
    }
    let near = did_you_mean(given, options.iter().map(String::as_str));
    format!("{name} has no option '{given}'{near}")
}

/// The option before a value that it takes only after an equals sign.
fn before<'a>(value: &str, arguments: &'a [OsString], command: &Command) -> Option<&'a str> {
    let at = arguments.iter().position(|argument| argument == value)?;
    let option = arguments.get(at.checked_sub(1)?)?.to_str()?;
    let is = |argument: &clap::Arg| argument.get_long().is_some_and(|long| option == format!("--{long}"));
    command.get_arguments().find(|argument| is(argument)).filter(|argument| argument.is_require_equals_set())?;
    Some(option)
}

/// The options of a command, as they are typed.
fn options(command: &Command) -> impl Iterator<Item = String> {
    let typed = |argument: &clap::Arg| {
        let long = argument.get_long().map(|long| format!("--{long}"));
        let short = argument.get_short().map(|short| format!("-{short}"));
        long.into_iter().chain(short)
    };
    command.get_arguments().flat_map(typed)
}

/// A value that the option cannot take, and why not.
fn wrong_value(argument: &str, value: &str, why: &str) -> String {
    if let Some(takes) = why.strip_prefix("it takes ") {
        let but = if value.is_empty() { String::new() } else { format!(", not '{value}'") };
        return format!("{argument} takes {takes}{but}");
    }
    // Some say themselves what they are about: an input, a sweep, what does not exist.
    let says_what = |word: &str| why.starts_with(&format!("{word} "));
    let is_clear = !argument.starts_with('-') || says_what("no") || says_what(argument.trim_start_matches('-'));
    if is_clear { why.to_owned() } else { format!("{argument}: {why}") }
}

fn values(error: &Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(one)) => vec![one.clone()],
        Some(ContextValue::Strings(several)) => several.clone(),
        _ => Vec::new(),
    }
}

/// `--frames <N>` as `--frames`, `<INPUT>...` and `[INPUT]` as `INPUT`.
fn bare(argument: &str) -> String {
    let word = argument.trim_start_matches('[').split([' ', '[']).next().unwrap_or_default();
    word.trim_end_matches('.').trim_matches(['<', '>', ']']).to_owned()
}

/// `--output <DIR>` as `--output DIR`.
fn with_value(argument: &str) -> String {
    argument.trim_end_matches('.').replace(['<', '>'], "")
}
