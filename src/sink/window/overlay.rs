//! What is drawn over a frame: one line of figures, and which key does what. Knows nothing of windows.

use std::time::Duration;

use anyhow::Result;
use opencv::core::{Mat, MatTraitConst, Point, Rect, Scalar, Size};
use opencv::imgproc::{FILLED, FONT_HERSHEY_SIMPLEX, LINE_AA, get_text_size, put_text, rectangle};

use crate::metrics::LedgerReport;

/// The keys, in words.
pub(super) const KEYS: &str = "b: before | after   space: pause   q: end";

/// The figures of a run at one moment.
pub(super) struct Figures<'a> {
    /// New frames a second.
    pub fps: f64,
    /// How old the picture is.
    pub age: Duration,
    /// Where all frames are.
    pub ledger: &'a LedgerReport,
    /// Whether the picture is held.
    pub paused: bool,
}

impl std::fmt::Display for Figures<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { fps, age, ledger, paused } = self;
        write!(f, "{fps:.1} FPS   {} ms old   {} dropped", age.as_millis(), ledger.dropped)?;
        for (frames, what) in [(ledger.unread, "not read in time"), (ledger.duplicate, "duplicate")] {
            if frames > 0 {
                write!(f, "   {frames} {what}")?;
            }
        }
        if *paused { write!(f, "   PAUSED") } else { Ok(()) }
    }
}

/// Draws a line of text on a dark bar at the top of an image of three channels, or at its bottom; small enough to fit.
pub(super) fn bar(image: &mut Mat, text: &str, bottom: bool) -> Result<()> {
    let width = image.cols();
    let asked = (f64::from(width) / 1000.0).max(0.5);
    let mut below = 0;
    let mut size = |scale| get_text_size(text, FONT_HERSHEY_SIMPLEX, scale, 1, &mut below);
    let room = f64::from(width) * 0.98;
    let scale = asked.min(asked * room / f64::from(size(asked)?.width.max(1)));
    let Size { height, .. } = size(scale)?;
    let bar_height = (height * 2).min(image.rows());
    let top = if bottom { image.rows() - bar_height } else { 0 };
    rectangle(image, Rect::new(0, top, width, bar_height), Scalar::all(0.0), FILLED, LINE_AA, 0)?;
    let at = Point::new(width / 100, top + bar_height - height / 2);
    Ok(put_text(image, text, at, FONT_HERSHEY_SIMPLEX, scale, Scalar::all(255.0), 1, LINE_AA, false)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencv::core::{CV_8UC3, MatTraitConstManual};

    #[test]
    fn figures_are_one_line_and_zeros_that_say_nothing_are_left_out() {
        let ledger = LedgerReport { dropped: 3, unread: 2, ..LedgerReport::default() };
        let mut figures = Figures { fps: 29.94, age: Duration::from_millis(34), ledger: &ledger, paused: false };
        assert_eq!(figures.to_string(), "29.9 FPS   34 ms old   3 dropped   2 not read in time");
        figures.paused = true;
        assert!(figures.to_string().ends_with("   PAUSED"));
    }

    #[test]
    fn a_bar_stays_at_its_edge_whatever_the_size() {
        for (width, height) in [(480, 360), (4096, 2160), (16, 2)] {
            let color = Scalar::all(99.0);
            let mut image = Mat::new_rows_cols_with_default(height, width, CV_8UC3, color).unwrap();
            bar(&mut image, KEYS, false).unwrap();
            let bytes = image.data_bytes().unwrap();
            assert!(bytes[0] != 99 && (height < 9 || bytes[bytes.len() - 1] == 99), "{width}x{height}");
        }
    }
}
