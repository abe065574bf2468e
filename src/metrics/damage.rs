//! What was damaged in an input: frames that are lost, and frames with errors in them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was damaged in the input of a run, as far as decoder and container tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Damage {
    /// Frames that could not be read or decoded (not part of `captured`). Where the file does not say how many frames it
    /// should have, this is by their times.
    pub lost: u64,
    /// Frames that were decoded with errors in them (part of `captured`).
    pub faulty: u64,
    /// Frames of the input, those included that were lost.
    pub frames: u64,
    /// Places in which the container was broken.
    pub places: u64,
}

impl Damage {
    /// Whether there was any.
    pub fn is_any(&self) -> bool {
        self.lost > 0 || self.faulty > 0 || self.places > 0
    }

    /// This and that of another part of the same input.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            lost: self.lost + other.lost,
            faulty: self.faulty + other.faulty,
            frames: self.frames + other.frames,
            places: self.places + other.places,
        }
    }

    /// What came since an earlier moment of the same source.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            lost: self.lost.saturating_sub(earlier.lost),
            faulty: self.faulty.saturating_sub(earlier.faulty),
            frames: self.frames.saturating_sub(earlier.frames),
            places: self.places.saturating_sub(earlier.places),
        }
    }
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { lost, faulty, frames, places } = *self;
        let have = if faulty == 1 { "has" } else { "have" };
        match (lost, faulty) {
            (0, 0) if places == 1 => write!(f, "one place of it could not be read; {frames} frames could be decoded"),
            (0, 0) => write!(f, "{places} places of it could not be read; {frames} frames could be decoded"),
            (0, _) => write!(f, "{faulty} of {frames} frames {have} errors in them"),
            (_, 0) => write!(f, "{lost} of {frames} frames could not be decoded"),
            _ => write!(f, "{lost} of {frames} frames could not be decoded; {faulty} {have} errors in them"),
        }
    }
}
