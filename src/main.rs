//! The program `framerace`. It starts in a blink, because of OpenCV it is linked with `core` and `imgproc` only.

use std::process::ExitCode;

fn main() -> ExitCode {
    framerace::main()
}
