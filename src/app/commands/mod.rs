//! The commands, a folder each: `args` has its flags and checks them, `mod` executes it with the library and shows the
//! result. A new command is a folder and two lines here. Commands do not use each other.

mod batch;
mod compare;
mod crash_lab;
mod demo;
mod devices;
mod diff;
mod doctor;
mod filters;
mod price;
mod processes;
mod record;
mod report;
mod run;
mod strategies;

use super::args::command::Entry;

/// Every command, in the order of the help. The last three are hidden: framerace starts itself with them.
pub const COMMANDS: &[Entry] = &[
    Entry::new::<compare::args::CompareArgs>("compare"),
    Entry::new::<run::args::RunArgs>("run"),
    Entry::new::<batch::args::BatchArgs>("batch"),
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
    Entry::unchecked::<processes::args::WorkerArgs>("worker"),
    Entry::unchecked::<processes::args::ChildUnderTestArgs>("child-under-test"),
    Entry::unchecked::<processes::args::ConverterArgs>("converter"),
];

#[cfg(test)]
mod tests {
    use super::COMMANDS;
    use crate::app::args::command::command_line;

    #[test]
    fn the_flags_of_all_commands_are_consistent() {
        command_line(COMMANDS).debug_assert();
    }
}
