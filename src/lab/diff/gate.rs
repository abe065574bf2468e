//! Gates: the changes that somebody does not want, as `fps<-5%`, and which of them came about.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, bail};
use thiserror::Error;

use super::{Change, Diff, METRICS, Metric};

/// A change that is not wanted.
#[derive(Clone, Debug)]
pub struct Gate {
    metric: &'static Metric,
    side: Side,
    /// The change beyond which it trips, in percent, as it was written.
    percent: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Below,
    Above,
}

/// Why a text is no gate.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum GateError {
    /// It has another form.
    #[error("it takes a figure, < or >, and a change with its sign, as fps<-5% or p95>+10%")]
    Form,
    /// There is no such figure.
    #[error("there is no figure '{0}'; there is {names}", names = names())]
    Metric(String),
    /// The change is no signed percentage.
    #[error("'{0}' is no change; it takes a sign, a number and %, as -5% or +10%")]
    Change(String),
}

fn names() -> String {
    METRICS.iter().map(|metric| metric.name).collect::<Vec<_>>().join(", ")
}

impl FromStr for Gate {
    type Err = GateError;

    fn from_str(text: &str) -> Result<Self, GateError> {
        let at = text.find(['<', '>']).ok_or(GateError::Form)?;
        let (name, change) = (text[..at].trim(), text[at + 1..].trim());
        let side = if text[at..].starts_with('<') { Side::Below } else { Side::Above };
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
        let side = if self.side == Side::Below { '<' } else { '>' };
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
            let percent = share * 100.0;
            let beyond = if self.side == Side::Below { percent < self.percent } else { percent > self.percent };
            if beyond && change.is_none() != Some(true) {
                tripped.push(change);
            }
        }
        Ok(tripped)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn gates_read_as_they_are_written() {
        for text in ["fps<-5%", "p95>+10%", "memory>+0.5%", "cpu<-100%", "fps>+0%", "fps<-7%"] {
            assert_eq!(text.parse::<Gate>().unwrap().to_string(), text);
        }
        assert_eq!(" fps < -5 % ".parse::<Gate>().unwrap().to_string(), "fps<-5%");
    }

    #[test]
    fn what_is_no_gate_says_why() {
        let said = |text: &str| text.parse::<Gate>().unwrap_err().to_string();
        for text in ["", "fps", "fps=-5%", "fps-5%"] {
            assert!(said(text).contains("fps<-5%"), "{text}");
        }
        assert!(said("speed<-5%").contains("'speed'") && said("speed<-5%").contains("fps, p95, memory, cpu"));
        for text in ["fps<5%", "fps<-5", "fps<", "fps<-%", "fps<-x%", "fps<<-5%", "fps<-inf%", "fps<+NaN%", "fps<--5%"]
        {
            assert!(said(text).contains("as -5% or +10%"), "{text}: {}", said(text));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_gate_or_is_refused(text in "\\PC*") {
            let _ = text.parse::<Gate>();
        }

        #[test]
        fn what_looks_like_a_gate_never_panics(text in "(fps|p95|memory|cpu)? ?[<>=]?[+-]?[0-9.eE]{0,6}%?\\PC?") {
            if let Ok(gate) = text.parse::<Gate>() {
                prop_assert!(gate.to_string().parse::<Gate>().is_ok(), "{gate}");
            }
        }
    }
}
