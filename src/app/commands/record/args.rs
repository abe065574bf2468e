//! `record`: which camera is recorded, and where the twin goes.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap_complete::ArgValueCompleter;
use framerace::pipeline::{Limits, Settings};
use framerace::source::{Input, OpenOptions};

use crate::app::args::command::Flags;
use crate::app::args::completion;
use crate::app::args::console::ConsoleArgs;
use crate::app::args::live::LiveArgs;
use crate::app::args::usage_error::UsageError;
use crate::app::args::values::{bytes, input, seconds, whole_from};

pub struct RecordOptions {
    pub input: Input,
    pub twin: PathBuf,
    pub settings: Settings,
    pub console: ConsoleArgs,
}

const EXAMPLES: &str = "\
Examples:
  framerace record camera:0 --twin camera.twin --duration 10
  framerace record rtsp://192.168.1.20/stream --twin street.twin --frames 300";

/// Record a camera with the times at which its frames come, as a twin that plays them again for every strategy
#[derive(Args)]
#[command(allow_negative_numbers = true, after_help = EXAMPLES)]
pub struct RecordArgs {
    /// A camera (camera:0) or a URL; of what waits to be read (a file, images) the times are those it says
    #[arg(value_parser = input(), add = ArgValueCompleter::new(completion::input))]
    input: Input,
    /// The twin: a Matroska video of the frames, without loss, with the times at which they came behind it. A file of that
    /// name is replaced once the new one is whole
    #[arg(long, value_name = "FILE")]
    twin: PathBuf,
    /// Stop after so many frames
    #[arg(long, value_name = "N", value_parser = whole_from(1_u64))]
    frames: Option<u64>,
    /// Stop after so many seconds [default: at the end, or at Ctrl-C]
    #[arg(long, value_name = "S", value_parser = seconds)]
    duration: Option<Duration>,
    /// The most memory for frames that wait to be encoded: 512M, 2G
    #[arg(long, value_name = "SIZE", value_parser = bytes)]
    mem: Option<u64>,
    #[command(flatten)]
    live: LiveArgs,
    #[command(flatten)]
    console: ConsoleArgs,
}

impl Flags for RecordArgs {
    type Options = RecordOptions;

    fn check(self) -> Result<RecordOptions, UsageError> {
        let opening = self.live.opening(&self.input, OpenOptions { memory: self.mem, ..OpenOptions::default() })?;
        let limits = Limits { frames: self.frames, duration: self.duration };
        let settings = Settings { memory: self.mem, limits, open: opening, ..Settings::default() };
        Ok(RecordOptions { input: self.input, twin: self.twin, settings, console: self.console })
    }
}
