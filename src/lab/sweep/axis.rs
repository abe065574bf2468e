//! What to sweep, read from text: `workers=1..8`, `queue=1,2,4,8,64`, `size=640x360,1280x720`. Every complaint points
//! at the column. It is kept from knowing what a value does.

use std::fmt;
use std::str::FromStr;

use crate::lab::report::Axis;
use crate::near_miss::unknown;

/// One axis and the values on it, the smallest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// What varies.
    pub axis: Axis,
    /// At least two, none twice.
    pub values: Vec<Value>,
}

/// A value on an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// Workers, or frames that a queue can hold.
    Count(usize),
    /// Pixels in a row, and rows.
    Size(i32, i32),
}

/// What is wrong with a sweep, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", if *column == 1 { String::new() } else { format!("sweep '{sweep}', column {column}: ") })]
pub struct SweepError {
    /// The sweep as it was written.
    pub sweep: String,
    /// The column of the mistake, in characters from 1.
    pub column: usize,
    /// What is wrong and what would be right.
    pub message: String,
}

/// The largest count, as of `-w` and `-q`.
const MOST: usize = 1024;
/// The largest side of a frame.
const LARGEST: i32 = 16_384;
/// More values than this leave no time for rounds.
const VALUES: usize = 32;

/// A complaint: the byte it is about, and what it says.
type Complaint = (usize, String);

impl Value {
    /// Workers, frames, or millions of pixels.
    pub fn amount(self) -> f64 {
        match self {
            Self::Count(count) => count as f64,
            Self::Size(width, height) => f64::from(width) * f64::from(height) / 1e6,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Size(width, height) => write!(f, "{width}x{height}"),
        }
    }
}

impl fmt::Display for Sweep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values: Vec<_> = self.values.iter().map(Value::to_string).collect();
        write!(f, "{}={}", self.axis, values.join(","))
    }
}

impl FromStr for Sweep {
    type Err = SweepError;

    fn from_str(text: &str) -> Result<Self, SweepError> {
        parse(text).map_err(|(at, message)| SweepError {
            sweep: text.to_owned(),
            column: text[..at].chars().count() + 1,
            message,
        })
    }
}

fn parse(text: &str) -> Result<Sweep, Complaint> {
    let (name, values) = text.split_once('=').unwrap_or((text, ""));
    let axis = Axis::ALL.into_iter().find(|axis| axis.to_string() == name);
    let axis = axis.ok_or_else(|| (0, no_axis(name)))?;
    let begin = (name.len() + 1).min(text.len());
    let mut found: Vec<Value> = Vec::new();
    let mut at = begin;
    for piece in values.split(',') {
        for value in piece_of(axis, piece).map_err(|message| (at, message))? {
            if found.contains(&value) {
                return Err((at, format!("{value} is given twice")));
            }
            found.push(value);
        }
        if found.len() > VALUES {
            return Err((at, format!("more than {VALUES} values; take steps, as in 1..64x2 or 2..64+2")));
        }
        at += piece.len() + 1;
    }
    if found.len() < 2 {
        return Err((begin, format!("a sweep takes two values or more, as in {}", example(axis))));
    }
    found.sort_by(|a, b| a.amount().total_cmp(&b.amount()));
    Ok(Sweep { axis, values: found })
}

fn no_axis(name: &str) -> String {
    let names = Axis::ALL.map(|axis| axis.to_string());
    unknown("axis", name, names.iter().map(String::as_str), "")
}

fn example(axis: Axis) -> &'static str {
    match axis {
        Axis::Workers => "workers=1..8",
        Axis::Queue => "queue=1,2,4,8,64",
        Axis::Size => "size=640x360,1280x720",
    }
}

/// The values of a piece between commas: one, or those of a range.
fn piece_of(axis: Axis, piece: &str) -> Result<Vec<Value>, String> {
    if axis == Axis::Size {
        let side = |text: &str| text.parse().ok().filter(|side| (1..=LARGEST).contains(side));
        let sides = piece.split_once('x').and_then(|(width, height)| Some(Value::Size(side(width)?, side(height)?)));
        return sides.map(|size| vec![size]).ok_or_else(|| {
            format!("'{piece}' is no size; it takes a width and a height from 1 to {LARGEST}, as 1280x720")
        });
    }
    let Some((first, rest)) = piece.split_once("..") else { return Ok(vec![Value::Count(count(piece)?)]) };
    let (last, times, more) = match (rest.split_once('x'), rest.split_once('+')) {
        (Some((last, times)), _) => (last, count(times)?, 0),
        (None, Some((last, more))) => (last, 1, count(more)?),
        (None, None) => (rest, 1, 1),
    };
    let (first, last) = (count(first)?, count(last)?);
    if first >= last || (times, more) == (1, 0) {
        return Err(format!("'{piece}' is no range; it goes up, as 1..8, or with steps, as 2..8+2 or 1..64x2"));
    }
    let next = |value: &usize| Some(value * times + more);
    // One more than is allowed is enough to complain about.
    let range = std::iter::successors(Some(first), next).take_while(|value| *value <= last).take(VALUES + 1);
    Ok(range.map(Value::Count).collect())
}

fn count(text: &str) -> Result<usize, String> {
    let count = text.parse().ok().filter(|count| (1..=MOST).contains(count));
    count.ok_or_else(|| format!("'{text}' is no whole number from 1 to {MOST}"))
}
