//! Spans and depths of a trace, as the texts that a result holds.

use framerace::metrics::{Activity, Depth, Span};
use proptest::prelude::*;
use proptest::sample::select;

proptest! {
    #[test]
    fn spans_and_depths_read_back(
        begin_us: u64, duration_us: u64, frame: Option<u64>, stage: usize, part: Option<usize>,
        activity in select(vec![
            Activity::Busy, Activity::Starved, Activity::Blocked, Activity::Locked, Activity::Waiting,
        ]),
    ) {
        let span = Span { begin_us, duration_us, activity, frame, stage, part };
        prop_assert_eq!(Span::try_from(String::from(span)), Ok(span));
        let depth = Depth { at_us: begin_us, frames: duration_us };
        prop_assert_eq!(Depth::try_from(String::from(depth)), Ok(depth));
    }
}

#[test]
fn what_is_no_span_is_refused() {
    for text in ["", "1 2 busy 3", "1 2 lazy 3 4", "1 2 busy x 4", "1 2 busy 3 4.", "1 2 busy 3 4 5", "-1 2 busy 3 4"] {
        assert!(Span::try_from(text.to_owned()).is_err_and(|why| why.contains("is no span")), "{text}");
    }
    assert!(Depth::try_from("12".to_owned()).is_err());
}
