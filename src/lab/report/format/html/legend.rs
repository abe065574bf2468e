//! The colors of a page: which thing has which, and the legend that says so.

/// Colors the style sheet has for things side by side (Okabe and Ito's, which color-blind people tell apart).
const COLORS: usize = 8;

/// What a color stands for.
pub(super) struct Legend {
    pub name: String,
    pub color: String,
    pub dashed: bool,
}

impl Legend {
    /// Which of these has which color.
    pub(super) fn of<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Self> {
        let entry = |(number, name): (usize, &str)| Self {
            name: name.to_owned(),
            color: color(number),
            dashed: is_dashed(number),
        };
        names.enumerate().map(entry).collect()
    }
}

/// The color of the thing with this number.
pub(super) fn color(number: usize) -> String {
    format!("var(--c{})", number % COLORS)
}

/// Whether the thing with this number is drawn dashed, because another one already has its color.
pub(super) fn is_dashed(number: usize) -> bool {
    number >= COLORS
}
