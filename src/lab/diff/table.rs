//! Changes as a person reads them: a line a figure, and whether it is one at all; the answer comes last.

use std::fmt;

use super::answer::{answer, signed};
use super::{Change, Diff};
use crate::lab::report::{Grid, Width, three_digits};
use crate::marks::{RIGHT, WRONG};

/// What changed, as text. `files` are the two results, by the names they were given by.
pub fn to_table(diff: &Diff, files: [&str; 2], width: Width) -> String {
    // Its value before, where the change may be, its value after.
    const SPARE: [usize; 3] = [2, 5, 3];
    let mut table = Grid::new(["strategy", "figure", "before", "after", "change", "95 % CI", ""], 2).may_lack(&SPARE);
    let mut last = "";
    for change in &diff.changes {
        table.row([
            if change.strategy == last { String::new() } else { change.strategy.clone() },
            change.metric.title.to_owned(),
            three_digits(change.before),
            three_digits(change.after),
            change.share.map_or("–".into(), signed),
            change.interval.map_or(String::new(), interval),
            judged(change),
        ]);
        last = &change.strategy;
    }
    let mut text = table.text(width);
    let lists =
        [("only before", &diff.only_before), ("only after", &diff.only_after), ("settings differ", &diff.settings)];
    for (what, items) in lists.iter().filter(|(_, items)| !items.is_empty()) {
        text += &width.wrapped(&format!("{what}: {}", items.join(", ")), 0);
    }
    text + "\n" + &answer(diff, files, width)
}

/// Whether it is a change, and for the better; nothing where single rounds do not tell.
fn judged(change: &Change) -> String {
    match (change.is_none(), change.is_better()) {
        (Some(true), _) => "within noise".to_owned(),
        (Some(false), Some(true)) => format!("{RIGHT} better"),
        (Some(false), Some(false)) => format!("{WRONG} worse"),
        _ => String::new(),
    }
}

/// `-11.1 to +114.2 %`.
fn interval([low, high]: [f64; 2]) -> String {
    format!("{} to {}", signed(low).trim_end_matches(" %"), signed(high))
}

impl fmt::Display for Change {
    /// The change in a line: `threads: FPS 240 to 200 (-16.7 %, 95 % CI: -20.1 % to -13.0 %)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { strategy, metric, before, after, share, interval } = self;
        let share = share.map_or("not measured".into(), signed);
        let ci =
            interval.map_or(String::new(), |[low, high]| format!(", 95 % CI: {} to {}", signed(low), signed(high)));
        write!(f, "{strategy}: {} {} to {} ({share}{ci})", metric.title, three_digits(*before), three_digits(*after))
    }
}
