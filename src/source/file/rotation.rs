//! How a video asks to be shown: turned by quarters, mirrored, or both.

use anyhow::Result;
use opencv::core::{self, Mat};

/// How a picture is to be turned before it is shown: mirrored along its diagonal, then as OpenCV's `flip` is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rotation {
    transpose: bool,
    flip: Option<i32>,
}

impl Rotation {
    /// From a display matrix, as FFmpeg lays it out in memory: quarters and mirrors only.
    pub(super) fn of(matrix: &[u8]) -> Option<Self> {
        let (a, b, c, d) = turning(matrix)?;
        Self::new(a, b, c, d)
    }

    /// From the matrix that takes a point (x, y) to (a·x + c·y, b·x + d·y).
    pub(super) fn new(a: i64, b: i64, c: i64, d: i64) -> Option<Self> {
        let (transpose, across, down) = match (are_none(b, c), are_none(a, d)) {
            (true, false) => (false, a < 0, d < 0),
            (false, true) => (true, c < 0, b < 0),
            // A slant: no player that keeps to whole pixels shows it.
            _ => return None,
        };
        let flip = match (across, down) {
            (false, false) => None,
            (true, false) => Some(1),
            (false, true) => Some(0),
            (true, true) => Some(-1),
        };
        (transpose || flip.is_some()).then_some(Self { transpose, flip })
    }

    /// Turns a picture; `between` is room for a half-turned one.
    pub(super) fn turn(self, picture: &Mat, between: &mut Mat, image: &mut Mat) -> Result<()> {
        match (self.transpose, self.flip) {
            (true, Some(code)) => {
                core::transpose(picture, between)?;
                core::flip(between, image, code)?;
            }
            (true, None) => core::transpose(picture, image)?,
            (false, code) => core::flip(picture, image, code.unwrap_or(-1))?,
        }
        Ok(())
    }

    /// Whether the upper field of a turned picture is first, if it was so before; none where rows have become columns,
    /// and with them the fields.
    pub(super) fn upper_first(self, was: bool) -> Option<bool> {
        let upside_down = matches!(self.flip, Some(0 | -1));
        (!self.transpose).then_some(was != upside_down)
    }

    /// What a user calls it.
    pub(super) fn name(self) -> &'static str {
        match (self.transpose, self.flip) {
            (true, Some(1)) => "90 degrees",
            (false, Some(-1)) => "180 degrees",
            (true, Some(0)) => "270 degrees",
            _ => "mirrored",
        }
    }

    /// Whether width and height change places.
    pub(super) fn is_sideways(self) -> bool {
        self.transpose
    }
}

/// Whether a display matrix asks for pictures that stand aslant.
pub(super) fn is_slant(matrix: &[u8]) -> bool {
    turning(matrix).is_some_and(|(a, b, c, d)| !are_none(b, c) && !are_none(a, d))
}

fn are_none(p: i64, q: i64) -> bool {
    p.abs().max(q.abs()) < 1 << 9
}

/// The part of a display matrix that turns: (x, y) becomes (a·x + c·y, b·x + d·y).
fn turning(matrix: &[u8]) -> Option<(i64, i64, i64, i64)> {
    let entry = |at: usize| Some(i64::from(i32::from_ne_bytes(matrix.get(at * 4..at * 4 + 4)?.try_into().ok()?)));
    Some((entry(0)?, entry(1)?, entry(3)?, entry(4)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrices_turn_as_players_do() {
        const ONE: i64 = 1 << 16;
        let turn = |transpose, flip| Some(Rotation { transpose, flip });
        assert_eq!(Rotation::new(ONE, 0, 0, ONE), None);
        assert_eq!(Rotation::new(0, ONE, -ONE, 0), turn(true, Some(1)), "a quarter clockwise");
        assert_eq!(Rotation::new(0, -ONE, ONE, 0), turn(true, Some(0)), "a quarter back");
        assert_eq!(Rotation::new(-ONE, 0, 0, -ONE), turn(false, Some(-1)), "upside down");
        assert_eq!(Rotation::new(-ONE, 0, 0, ONE), turn(false, Some(1)), "mirrored");
        assert_eq!(Rotation::new(0, ONE, ONE, 0), turn(true, None), "mirrored along the diagonal");
        let upright = |a, b, c, d| Rotation::new(a, b, c, d).and_then(|turn| turn.upper_first(true));
        assert_eq!(upright(-ONE, 0, 0, -ONE), Some(false), "the last row has become the first");
        assert_eq!(upright(-ONE, 0, 0, ONE), Some(true));
        assert_eq!(upright(0, ONE, -ONE, 0), None);
        assert_eq!(Rotation::new(46341, 46341, -46341, 46341), None, "an eighth");
    }
}
