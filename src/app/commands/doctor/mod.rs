//! `doctor`: what this machine offers to framerace, each thing tried and not guessed.

pub mod args;

use anyhow::Result;
use framerace::host::environment::{Before, Environment};
use framerace::host::libraries;
use framerace::host::machine::Machine;
use framerace::host::usage::memory;
use framerace::pipeline::{Settings, Watch};
use framerace::run::run;
use framerace::sink::Null;
use framerace::strategy::faithful;

use self::args::DoctorArgs;
use crate::app::args::command::Command;
use crate::app::results::target::print;
use crate::app::terminal::stderr::Stderr;
use crate::app::this_program::this_program;

impl Command for DoctorArgs {
    fn execute(self: Box<Self>, _: &Stderr) -> Result<()> {
        libraries::prepare(1, false)?;
        let (machine, opencv) = (Machine::here(), libraries::opencv_facts()?);
        let quota =
            machine.cpu_quota.map_or(String::new(), |quota| format!(", of which a control group grants {quota:.2}"));
        let mut lines = vec![
            ("framerace", env!("CARGO_PKG_VERSION").to_owned()),
            ("machine", format!("{}, {} cores{quota}, {} MB", machine.cpu, machine.cores, machine.memory >> 20)),
            ("kernel", machine.kernel),
            ("conditions", conditions(&Before::now().since())),
            ("OpenCV", format!("{}, loops on {}", opencv.version, opencv.parallel)),
            ("memory figures", told(memory(&[]).is_some(), "the kernel tells proportional memory (PSS)", "shown as 0")),
            (
                "core waits",
                told(
                    std::path::Path::new("/proc/thread-self/schedstat").exists(),
                    "the scheduler tells how long threads wait for a core",
                    "too many workers for the cores are not noticed",
                ),
            ),
        ];
        let settings = Settings {
            workers: 1,
            worker_command: Some(this_program()),
            frame_timeout: FRAME_TIMEOUT,
            ..Settings::default()
        };
        let (input, chain) = ("synthetic:64x48@0x8".parse()?, "grayscale".parse()?);
        for strategy in faithful() {
            let done = run(strategy, &input, &chain, &mut Null::default(), &settings, &Watch::default());
            let finding = match done {
                Ok(run) => {
                    let sandbox = run.sandbox.map_or(String::new(), |words| format!("; workers are {words}"));
                    format!("works, starts in {:.1} ms{sandbox}", run.startup_s * 1e3)
                }
                Err(error) => format!("DOES NOT WORK: {error:#}"),
            };
            lines.push((strategy.name(), finding));
        }
        print(&lines.iter().map(|(what, finding)| format!("{what:<16}{finding}\n")).collect::<String>())
    }
}

/// Eight tiny frames; a machine that needs longer has something to tell.
const FRAME_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(5);

/// What a comparison would find around it now.
fn conditions(around: &Environment) -> String {
    let governor = around.governor.as_deref().unwrap_or("not told");
    let load = around.load_before.map_or("not told".to_owned(), |load| format!("{load:.2}"));
    format!(
        "{} of {} cores allowed, governor {governor}, load {load}, {} MB free",
        around.cores_allowed,
        around.cores_online,
        around.free_memory >> 20
    )
}

fn told(yes: bool, what: &str, else_what: &str) -> String {
    if yes { what.to_owned() } else { format!("NOT TOLD BY THIS KERNEL: {else_what}") }
}
