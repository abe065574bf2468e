//! Gates: the changes that somebody does not want, as `fps<-5%`, and which of them came about.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};
use thiserror::Error;

use super::{Change, Diff, METRICS, Metric};
use crate::near_miss::unknown;

/// A change that is not wanted.
#[derive(Clone, Debug)]
pub struct Gate {
    metric: &'static Metric,
    /// On which side of the threshold it trips.
    side: Ordering,
    /// The change beyond which it trips, in percent, as it was written.
    percent: f64,
}

/// Why a text is no gate.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum GateError {
    /// It has another form.
    #[error("it takes a figure, < or >, and a change with its sign, as fps<-5% or p95>+10%")]
    Form,
    /// There is no such figure.
    #[error("{}", unknown("figure", .0, METRICS.iter().map(|metric| metric.name), ""))]
    Metric(String),
    /// The change is no signed percentage.
    #[error("'{0}' is no change; it takes a sign, a number and %, as -5% or +10%")]
    Change(String),
}

impl FromStr for Gate {
    type Err = GateError;

    fn from_str(text: &str) -> Result<Self, GateError> {
        let at = text.find(['<', '>']).ok_or(GateError::Form)?;
        let (name, change) = (text[..at].trim(), text[at + 1..].trim());
        let side = if text[at..].starts_with('<') { Ordering::Less } else { Ordering::Greater };
        let metric = METRICS.iter().find(|metric| metric.name == name);
        let metric = metric.ok_or_else(|| GateError::Metric(name.to_owned()))?;
        // Without a sign, `fps<5%` could mean the one as well as the other.
        let number = change.strip_suffix('%').map(str::trim_end).filter(|number| number.starts_with(['+', '-']));
        let percent = number.and_then(|number| number.parse::<f64>().ok()).filter(|percent| percent.is_finite());
        let percent = percent.ok_or_else(|| GateError::Change(change.to_owned()))?;
        Ok(Self { metric, side, percent })
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = if self.side == Ordering::Less { '<' } else { '>' };
        write!(f, "{}{side}{:+}%", self.metric.name, self.percent)
    }
}

impl Gate {
    /// The changes that trip it: those beyond its threshold, unless the rounds scatter so much that there may be no
    /// change at all.
    ///
    /// # Errors
    /// When it cannot be told, because a figure was not measured. A gate that cannot close must not look open.
    pub fn tripped<'a>(&self, diff: &'a Diff) -> Result<Vec<&'a Change>> {
        let mut tripped = Vec::new();
        for change in diff.changes.iter().filter(|change| change.metric.name == self.metric.name) {
            let Some(share) = change.share else {
                bail!("{self} cannot be told: {} of {} was not measured in both", self.metric.title, change.strategy);
            };
            let is_beyond = (share * 100.0).partial_cmp(&self.percent) == Some(self.side);
            if is_beyond && change.is_none() != Some(true) {
                tripped.push(change);
            }
        }
        Ok(tripped)
    }
}
