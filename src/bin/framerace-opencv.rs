//! The same program, linked with all of OpenCV. `framerace` becomes it when a command needs that: to read numbered images,
//! cameras, or whatever `--decoder opencv` reads, or to show a window.

use std::process::ExitCode;

use framerace::sink::window::{WINDOW_OPENER, WindowOpener, open_window};
use framerace::source::{OPENCV_READER, Reader, through_opencv};
use linkme::distributed_slice;

#[distributed_slice(OPENCV_READER)]
static READER: Reader = through_opencv;

#[distributed_slice(WINDOW_OPENER)]
static WINDOW: WindowOpener = open_window;

fn main() -> ExitCode {
    framerace::main()
}
