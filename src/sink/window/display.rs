//! Whether a window can be shown at all. Qt, which Debian's OpenCV shows windows with, ends the whole process where it
//! cannot; so that is found out before.

use std::env::var_os;

use anyhow::{Result, bail};
use x11rb::connect;

use crate::host::libraries::opencv_windows;

/// Finds out whether there is a display.
///
/// # Errors
/// One line that says what is missing, and what to do without it.
pub fn check_display() -> Result<()> {
    let windows = opencv_windows()?;
    if windows == "NONE" {
        bail!("this OpenCV was built without windows; leave --window out");
    }
    // Others than Qt say so when they are asked for a window.
    if !windows.starts_with("QT") {
        return Ok(());
    }
    if let Some(platform) = var_os("QT_QPA_PLATFORM").filter(|platform| !platform.to_string_lossy().starts_with("xcb"))
    {
        bail!("--window shows on X, but QT_QPA_PLATFORM is {}; unset it", platform.display());
    }
    let Some(display) = var_os("DISPLAY").filter(|display| !display.is_empty()) else {
        bail!("there is no display here (DISPLAY is not set); leave --window out, or try `xvfb-run framerace …`");
    };
    if !is_possible(&display.to_string_lossy()) || connect(None).is_err() {
        bail!("the display {} (DISPLAY) cannot be reached; is it there, and yours?", display.display());
    }
    Ok(())
}

/// Whether a display may be called so: `:0`, `host:10.0`. The port of number N is 6000 + N, which x11rb adds up without
/// asking whether there is such a port.
fn is_possible(display: &str) -> bool {
    let number = display.rsplit(':').next().and_then(|rest| rest.split('.').next());
    number.and_then(|number| number.parse().ok()).is_some_and(|number: u16| number <= u16::MAX - 6000)
}

#[cfg(test)]
mod tests {
    use super::is_possible;

    #[test]
    fn numbers_of_displays_have_a_port() {
        assert!([":0", ":99.0", "localhost:10.0", ":59535"].into_iter().all(is_possible));
        assert!([":59536", ":99999", ":-1", "nonsense", ":"].into_iter().all(|name| !is_possible(name)));
    }
}
