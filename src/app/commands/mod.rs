//! The commands, a folder each: `args` has its flags and checks them, `mod` executes it with the library and shows the
//! result. A new command is a folder and two lines here. Commands do not use each other.

mod batch;
mod capacity;
mod compare;
mod completions;
mod crash_lab;
mod demo;
mod devices;
mod diff;
mod doctor;
mod filters;
mod man_pages;
mod merge;
mod plan;
mod price;
mod processes;
mod record;
mod report;
mod run;
mod status;
mod strategies;
mod work;

use super::args::command::Entry;

pub use self::processes::WORKER;

/// Every command, in the order of the help. The last five are hidden: one makes packages, and with the others
/// framerace starts itself.
pub const COMMANDS: &[Entry] = &[
    Entry::new::<compare::args::CompareArgs>("compare"),
    Entry::new::<run::args::RunArgs>("run"),
    Entry::new::<batch::args::BatchArgs>("batch"),
    Entry::new::<plan::args::PlanArgs>("plan"),
    Entry::new::<work::args::ShardArgs>("work"),
    Entry::unchecked::<merge::args::MergeArgs>("merge"),
    Entry::unchecked::<status::args::StatusArgs>("status"),
    Entry::new::<capacity::args::CapacityArgs>("capacity"),
    Entry::new::<record::args::RecordArgs>("record"),
    Entry::unchecked::<report::args::ReportArgs>("report"),
    Entry::new::<diff::args::DiffArgs>("diff"),
    Entry::unchecked::<price::args::PriceArgs>("price"),
    Entry::new::<crash_lab::args::CrashLabArgs>("crash-lab"),
    Entry::new::<demo::args::DemoArgs>("demo"),
    Entry::unchecked::<devices::args::DevicesArgs>("devices"),
    Entry::unchecked::<doctor::args::DoctorArgs>("doctor"),
    Entry::unchecked::<filters::args::FiltersArgs>("filters"),
    Entry::unchecked::<strategies::args::StrategiesArgs>("strategies"),
    Entry::unchecked::<completions::args::CompletionsArgs>("completions"),
    Entry::describing::<man_pages::args::ManPagesArgs>("man-pages"),
    Entry::unchecked::<processes::args::WorkerArgs>("worker"),
    Entry::unchecked::<processes::args::ChildUnderTestArgs>("child-under-test"),
    Entry::unchecked::<processes::args::ConverterArgs>("converter"),
    Entry::unchecked::<processes::args::InputProcessArgs>("input-process"),
];

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::COMMANDS;
    use crate::app::args::command::{Help, command_line, parse};

    #[test]
    fn the_flags_of_all_commands_are_consistent() {
        for help in [Help::Brief, Help::Full] {
            command_line(COMMANDS, help).debug_assert();
        }
    }

    #[test]
    fn every_command_has_two_examples_that_are_understood() {
        let has_options = |command: &&clap::Command| command.get_arguments().any(|arg| arg.get_id() != "help");
        let all = command_line(COMMANDS, Help::Full);
        for command in all.get_subcommands().filter(|command| !command.is_hide_set()).filter(has_options) {
            let name = command.get_name();
            let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let examples: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("  framerace ")).collect();
            assert!(examples.len() >= 2, "{name}: {examples:?}");
            for example in examples {
                assert!(example.starts_with(name), "{name}: {example}");
                assert!(example.len() + 12 < 80, "{name}: {example}");
                // What the shell does is cut off, and nothing in quotes has a blank.
                let words = example.split(' ').take_while(|word| !word.starts_with(['>', '|', '&']));
                let words = words.map(|word| OsString::from(word.trim_matches('\'')));
                let words: Vec<_> = [OsString::from("framerace")].into_iter().chain(words).collect();
                assert!(parse(COMMANDS, &words).is_ok(), "{example}");
            }
        }
    }
}
