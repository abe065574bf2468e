//! A worker process and nothing else. Of OpenCV it is linked with `core` and `imgproc` only, and not with FFmpeg, and so it
//! starts in a seventh of the CPU time that `framerace` takes, which starts it where it stands beside it.

use std::process::ExitCode;

fn main() -> ExitCode {
    framerace::worker_main()
}
