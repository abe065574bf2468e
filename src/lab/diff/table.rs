//! Changes as a person reads them: a line a figure, and whether it is one at all.

use super::{Change, Diff};
use crate::lab::report::{plain_table, three_digits, trimmed};

/// What changed, as text.
pub fn to_table(diff: &Diff) -> String {
    let mut table = plain_table(&["strategy", "figure", "before", "after", "change", "95 % CI", ""], 2);
    let mut last = "";
    for change in &diff.changes {
        table.add_row([
            if change.strategy == last { String::new() } else { change.strategy.clone() },
            change.metric.title.to_owned(),
            three_digits(change.before),
            three_digits(change.after),
            change.share.map_or("–".into(), signed),
            change.interval.map_or(String::new(), |[low, high]| format!("{} to {}", signed(low), signed(high))),
            if change.is_none() == Some(true) { "no change shown".to_owned() } else { String::new() },
        ]);
        last = &change.strategy;
    }
    let mut text = trimmed(&table);
    let lists =
        [("only before", &diff.only_before), ("only after", &diff.only_after), ("settings differ", &diff.settings)];
    for (what, items) in lists.iter().filter(|(_, items)| !items.is_empty()) {
        text += &format!("{what}: {}\n", items.join(", "));
    }
    text
}

/// A share with its sign, as a percentage: `-5.2 %`.
fn signed(share: f64) -> String {
    let percent = format!("{:+.1}", share * 100.0);
    // Nothing has no sign.
    let percent = if matches!(percent.as_str(), "+0.0" | "-0.0") { "0.0" } else { &percent };
    format!("{percent} %")
}

impl std::fmt::Display for Change {
    /// The change in a line: `threads: FPS 240 to 200 (-16.7 %, 95 % CI: -20.1 % to -13.0 %)`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { strategy, metric, before, after, share, interval } = self;
        let share = share.map_or("not measured".into(), signed);
        let ci =
            interval.map_or(String::new(), |[low, high]| format!(", 95 % CI: {} to {}", signed(low), signed(high)));
        write!(f, "{strategy}: {} {} to {} ({share}{ci})", metric.title, three_digits(*before), three_digits(*after))
    }
}
