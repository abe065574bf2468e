//! `run --tui` on a camera that stalls in a library that cannot be interrupted: reads block for ten seconds, and neither
//! screen nor keys nor Ctrl-C wait for that.

use crate::common::tmux::Terminal;
use crate::*;

#[test]
#[ignore = "needs a camera: scripts/test-camera (issue 6)"]
fn a_stall_freezes_neither_screen_nor_keys_nor_ctrl_c() {
    let Some(terminal) = Terminal::new(80, 24) else { return };
    terminal.run("'camera:0?size=320x180' --decoder opencv -f copy -s threads -w 1");
    terminal.shows(&["running", "workers 1", " delivered"]);
    let (begin, still) = (Instant::now(), terminal.screen());
    wait_until("drawn anew", || terminal.screen() != still);
    vcam("stall");
    // Nothing comes any more, and the screen says so long before the read is over.
    terminal.shows(&["FPS         0.0"]);
    for (key, words) in [("w", "workers 2"), ("u", "queue 2"), ("W", "workers 1")] {
        terminal.keys(&[key]);
        terminal.shows(&[words]);
    }
    let asked = Instant::now();
    terminal.keys(&["C-c"]);
    terminal.shows(&["code 130"]);
    let took = asked.elapsed();
    vcam("unstall");
    assert!(took < Duration::from_secs(8), "{took:?}, after {:?}", begin.elapsed());
    terminal.is_given_back(130);
}
