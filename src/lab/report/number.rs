//! Numbers as people read them.

use std::fmt::Display;

use crate::statistics::Estimate;

/// Three digits that matter: `0.84`, `8.41`, `84.1`, `841`, `8410`.
pub(crate) fn three_digits(value: f64) -> String {
    let decimals = match value.abs() {
        v if v < 9.995 => 2,
        v if v < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.decimals$}")
}

/// A share as a percentage: `97 %`; small ones keep a digit: `0.4 %`.
pub(crate) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 9.95 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

/// How many there are of something: `1 frame`, `2 frames`.
pub fn counted<N: Copy + Display + PartialEq + From<u8>>(number: N, what: &str) -> String {
    let plural = if number == N::from(1) { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// Several things in a sentence: `1, 2 and 8`.
pub(crate) fn listed<T: ToString>(things: &[T]) -> String {
    listed_with(things, "and")
}

/// Several things in a sentence, with this word before the last one: `1, 2 or 8`.
pub fn listed_with<T: ToString>(things: &[T], word: &str) -> String {
    let things: Vec<String> = things.iter().map(T::to_string).collect();
    match &things[..] {
        [others @ .., last] if !others.is_empty() => format!("{} {word} {last}", others.join(", ")),
        _ => things.concat(),
    }
}

/// A gain in hundredths: `+12 %`.
pub(super) fn signed(ratio: f64) -> String {
    let percent = (ratio - 1.0) * 100.0;
    // No sign where there is nothing to see.
    if percent.abs() < 0.05 { "0 %".to_owned() } else { format!("{percent:+.1} %") }
}

/// What an interval is: `97 % CI`.
pub(crate) fn confidence(interval: Estimate) -> String {
    format!("{} CI", percent(interval.level))
}

/// From where to where: `283–301`.
pub(crate) fn range(low: f64, high: f64) -> String {
    format!("{}–{}", three_digits(low), three_digits(high))
}

/// Text in which a number stays with its sign.
pub(crate) fn tied(text: &str) -> String {
    text.replace(" %", "\u{a0}%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_three_digits() {
        let shown: Vec<_> = [0.0, 0.8412, 8.412, 9.999, 84.12, 841.2, 8412.0].map(three_digits).into();
        assert_eq!(shown, ["0.00", "0.84", "8.41", "10.0", "84.1", "841", "8412"]);
    }

    #[test]
    fn shares_read_as_percentages() {
        assert_eq!([0.0, 0.004, 0.097, 0.974, 1.0].map(percent), ["0 %", "0.4 %", "9.7 %", "97 %", "100 %"]);
    }
}
