//! The processes that framerace starts itself as: a worker of a strategy, the child under test of `crash-lab`, a converter
//! of a batch, the process of an input. Their standard error belongs to their parent, so nothing is kept from it.

pub mod args;

use anyhow::{Result, anyhow};
use framerace::batch::converter_main;
use framerace::child::close_inherited_descriptors;
use framerace::filter::Registry;
use framerace::lab::fault_injection::child_main;
use framerace::run::input_main;
use framerace::strategy::worker_main;

use self::args::{ChildUnderTestArgs, ConverterArgs, InputProcessArgs, WorkerArgs};
use crate::app::args::command::{Command, Entry};
use crate::app::interrupt::on_interrupt;
use crate::app::terminal::stderr::Stderr;

/// The command of a program that is nothing but a worker.
pub const WORKER: &[Entry] = &[Entry::unchecked::<WorkerArgs>("worker")];

impl Command for WorkerArgs {
    fn shows_library_logs(&self) -> bool {
        true
    }

    #[expect(unsafe_code, reason = "a worker closes every descriptor it was not given, whoever may own it")]
    fn execute(self: Box<Self>, _: &Stderr) -> Result<()> {
        // SAFETY: A command that shows library logs is executed before anything is opened, see `Stderr::open`.
        unsafe { close_inherited_descriptors() };
        // As text: a broken pipe, which ends other commands well, is a failure here.
        worker_main(&self.transport, &Registry::default()).map_err(|error| anyhow!("{error:#}"))
    }
}

impl Command for ChildUnderTestArgs {
    fn shows_library_logs(&self) -> bool {
        true
    }

    fn execute(self: Box<Self>, _: &Stderr) -> Result<()> {
        child_main()
    }
}

impl Command for InputProcessArgs {
    fn shows_library_logs(&self) -> bool {
        true
    }

    fn execute(self: Box<Self>, _: &Stderr) -> Result<()> {
        // The terminal sends Ctrl-C to every process. The run decides what its processes do then.
        on_interrupt(|| {})?;
        input_main(&Registry::default())
    }
}

impl Command for ConverterArgs {
    fn shows_library_logs(&self) -> bool {
        true
    }

    fn execute(self: Box<Self>, _: &Stderr) -> Result<()> {
        // The terminal sends Ctrl-C to every process. The batch decides what its converters do then.
        on_interrupt(|| {})?;
        converter_main()
    }
}
