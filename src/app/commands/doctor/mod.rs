//! `doctor`: tries what framerace needs of this machine. What does not work is printed, and is no error: framerace does
//! without it where it can.

pub mod args;

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use framerace::host::environment::{Before, Environment};
use framerace::host::libraries;
use framerace::host::machine::{Machine, OpenCvFacts};
use framerace::host::usage::memory;
use framerace::pipeline::{Settings, Watch};
use framerace::run::run;
use framerace::sink::Null;
use framerace::strategy::{Strategy, of_any_source};

use self::args::DoctorArgs;
use crate::app::args::command::Command;
use crate::app::results::target::{print, terminal_width};
use crate::app::terminal::stderr::Stderr;
use crate::app::this_program::this_program;

impl Command for DoctorArgs {
    fn execute(self: Box<Self>, _: &Stderr) -> Result<()> {
        libraries::prepare(1, false)?;
        let (machine, opencv) = (Machine::here(), libraries::opencv_facts()?);
        let quota =
            machine.cpu_quota.map_or(String::new(), |quota| format!(", of which a control group grants {quota:.2}"));
        let memory_figures =
            availability(memory(&[]).is_some(), "the kernel tells proportional memory (PSS)", "shown as 0");
        let core_waits = availability(
            Path::new("/proc/thread-self/schedstat").exists(),
            "the scheduler tells how long threads wait for a core",
            "too many workers for the cores are not noticed",
        );
        let mut lines = vec![
            ("framerace", env!("CARGO_PKG_VERSION").to_owned()),
            ("machine", format!("{}, {} cores{quota}, {} MB", machine.cpu, machine.cores, machine.memory >> 20)),
            ("kernel", machine.kernel),
            ("conditions", conditions(&Before::now().since())),
            ("OpenCV", opencv_words(&opencv)),
            ("memory figures", memory_figures),
            ("core waits", core_waits),
        ];
        for strategy in of_any_source() {
            lines.push((strategy.name(), try_out(strategy)?));
        }
        let width = terminal_width();
        print(&lines.iter().map(|(what, finding)| width.entry(what, finding, 16)).collect::<String>())
    }
}

/// Far more than a worker process needs for one of eight tiny frames.
const FRAME_TIMEOUT: Duration = Duration::from_secs(5);

/// Runs a strategy over a few frames, and says how that went.
fn try_out(strategy: &'static dyn Strategy) -> Result<String> {
    let settings = Settings {
        workers: 1,
        worker_command: Some(this_program()),
        frame_timeout: FRAME_TIMEOUT,
        ..Settings::default()
    };
    let (input, chain) = ("synthetic:64x48@0x8".parse()?, "grayscale".parse()?);
    Ok(match run(strategy, &input, &chain, &mut Null::default(), &settings, &Watch::default()) {
        Ok(run) => {
            let sandbox = run.sandbox.map_or(String::new(), |words| format!("; workers are {words}"));
            format!("works, starts in {:.1} ms{sandbox}", run.startup_s * 1e3)
        }
        Err(error) => format!("DOES NOT WORK: {error:#}"),
    })
}

/// The version, what its loops run on, and what it was built with.
fn opencv_words(opencv: &OpenCvFacts) -> String {
    let build = opencv.build_words().map_or(String::new(), |words| format!(", {words}"));
    format!("{}, loops on {}{build}", opencv.version, opencv.parallel)
}

/// The conditions that a comparison would report now.
fn conditions(environment: &Environment) -> String {
    let governor = environment.governor.as_deref().unwrap_or("not told");
    let load = environment.load_before.map_or("not told".to_owned(), |load| format!("{load:.2}"));
    format!(
        "{} of {} cores allowed, governor {governor}, load {load}, {} MB free",
        environment.cores_allowed,
        environment.cores_online,
        environment.free_memory >> 20
    )
}

/// Whether the kernel provides something, and what is missing without it.
fn availability(available: bool, what: &str, without: &str) -> String {
    if available { what.to_owned() } else { format!("NOT TOLD BY THIS KERNEL: {without}") }
}
