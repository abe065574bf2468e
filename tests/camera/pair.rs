//! Two test cameras at once, /dev/video0 and /dev/video1.

use crate::common::inputs::run_all_watched;
use crate::*;

#[test]
#[ignore = "needs two cameras: scripts/test-camera (issue 20)"]
fn one_is_unplugged_and_comes_back_and_the_other_goes_on() {
    let watch = Arc::<Watch>::default();
    let watched = Arc::clone(&watch);
    let running = spawn(move || {
        let inputs = [("camera:0?size=320x180&fps=5", "copy"), ("camera:1?size=320x180&fps=5", "copy")];
        let open = OpenOptions { reconnect: Some(Duration::from_secs(120)), ..OpenOptions::default() };
        let settings = Settings { open, queue: 64, ..settings() };
        run_all_watched(find("threads").expect("it is in the list"), &inputs, &settings, &watched)
    });
    let delivered = |input: usize| watch.ledger(input).delivered;
    wait_until("frames of both", || (delivered(0) > 10 && delivered(1) > 10) || running.is_finished());
    // Frames that came before the guest was quick enough to read them count for nobody here.
    let lost_before = watch.ledger(1).lost();
    vcam("disconnect=1");
    let (first, second) = (delivered(0), delivered(1));
    wait_until("the other goes on", || delivered(1) > second + 5 || running.is_finished());
    wait_until("it is back", || delivered(0) > first + 5 || running.is_finished());
    let lost_after = watch.ledger(1).lost();
    watch.end();
    let run = running.join().expect("a run").expect("it goes on");
    let [lost, kept] = &run.inputs[..] else { panic!("{:?}", run.inputs) };
    assert!(run.ledger.balances() && lost.ledger.balances() && kept.ledger.balances(), "{:?}", run.ledger);
    assert!(lost.outages.count == 1 && !lost.outages.for_good, "{:?}", lost.outages);
    assert_eq!(kept.outages.count, 0, "{:?}", kept.outages);
    assert_eq!(lost_after, lost_before, "frames that the other lost meanwhile");
}
