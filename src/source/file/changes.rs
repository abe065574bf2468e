//! Watches what pictures say of themselves beside their pixels. What is written says it once, for all of them, so a change
//! in the middle of a file can only be told.

use std::time::Duration;

use ffmpeg_next::frame;

use super::probe::Looks;
use super::rotation::Rotation;
use crate::frame::Shape;

/// What is watched: its name, and what a picture says of it.
type Watched = (&'static str, fn(&Looks) -> String);

/// Everything that is watched.
const WATCHED: [Watched; 6] = [
    ("sample aspect", |looks| format!("{}:{}", looks.sample_aspect.0, looks.sample_aspect.1)),
    ("color range", |looks| format!("{:?}", looks.color_range).to_lowercase()),
    ("color space", |looks| code_point(looks.color_space)),
    ("color primaries", |looks| code_point(looks.color_primaries)),
    ("color transfer", |looks| code_point(looks.color_transfer)),
    ("rotation", |looks| looks.turn.map_or("none", |turn| turn.name()).to_owned()),
];

/// What has changed since the first picture.
#[derive(Default)]
pub(super) struct Changes {
    first: Option<Looks>,
    latest: Option<Looks>,
    /// The first change of everything that is watched.
    notes: [Option<String>; WATCHED.len()],
    /// What a user should know of pictures of another size, once there was one.
    pub resized: Option<String>,
    /// Whether any picture so far has said that it is two fields.
    marks_fields: bool,
}

impl Changes {
    /// A picture that is shown at `time` says this of itself.
    pub(super) fn see(&mut self, looks: Option<Looks>, time: Duration) {
        let Some(looks) = looks else { return };
        if self.latest.replace(looks) == Some(looks) {
            return;
        }
        let first = self.first.get_or_insert(looks);
        for ((name, value), note) in WATCHED.iter().zip(&mut self.notes) {
            let (from, to) = (value(first), value(&looks));
            if note.is_none() && from != to {
                *note = Some(format!("its {name} changes at {:.3} s from {from} to {to}", time.as_secs_f64()));
            }
        }
    }

    /// Whether a picture that is turned so is two fields, and then whether the upper one is first: as it says, or as was
    /// `announced` for all where none says so.
    pub(super) fn fields(
        &mut self,
        picture: &frame::Video,
        turn: Option<Rotation>,
        announced: Option<bool>,
    ) -> Option<bool> {
        self.marks_fields |= picture.is_interlaced();
        if !self.marks_fields {
            return announced;
        }
        let top = picture.is_interlaced().then(|| picture.is_top_first())?;
        turn.map_or(Some(top), |turn| turn.upper_first(top))
    }

    /// From this frame on pictures have another size than the first.
    pub(super) fn resize(&mut self, size: Shape, frame: u64) {
        self.resized.get_or_insert_with(|| {
            format!(
                "changes its size to {}x{} at frame {frame}; what has another size than the first frame was scaled to it",
                size.width, size.height
            )
        });
    }

    /// What a user should know of changes other than of size.
    pub(super) fn complaint(&self) -> Option<String> {
        let changes: Vec<_> = self.notes.iter().flatten().map(String::as_str).collect();
        (!changes.is_empty())
            .then(|| format!("is not alike throughout: {}; the output keeps the first", changes.join(", ")))
    }
}

/// What a number of ITU-T H.273 stands for; those of one standard have the same name.
fn code_point(number: u8) -> String {
    match number {
        0 => "RGB".into(),
        1 => "BT.709".into(),
        2 => "unknown".into(),
        5 | 6 => "BT.601".into(),
        9 | 10 | 14 | 15 => "BT.2020".into(),
        16 => "PQ".into(),
        18 => "HLG".into(),
        other => format!("code {other} of H.273"),
    }
}
