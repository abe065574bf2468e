//! How a race ended, as an exit code and a line: after the result was shown, whatever there is of it.

use anyhow::{Result, bail};
use framerace::lab::compare::Plan;
use framerace::lab::report::{Report, StrategyReport};

use crate::app::commands::diff::GateTripped;
use crate::app::interrupt::Interrupted;

/// What kept a race from ending well.
pub struct End {
    /// The input was lost between turns or in one.
    pub lost: bool,
    /// Somebody asked for the end.
    pub interrupted: bool,
    /// Why there was no race at full speed after a live one.
    pub no_full_speed: Option<String>,
}

impl End {
    /// Whether all is well.
    ///
    /// # Errors
    /// One line for the user: what is not.
    pub fn judge(self, plan: &Plan, report: &Report) -> Result<()> {
        let outages = report.strategies.iter().map(|strategy| strategy.outages);
        if self.lost || outages.into_iter().any(|outages| outages.for_good) {
            bail!("{} was lost; what was measured until then is above", plan.input);
        }
        if let Some(why) = self.no_full_speed {
            bail!("{why}; what was measured until then is above");
        }
        if self.interrupted {
            bail!(Interrupted("interrupted; what was measured until then is above".into()));
        }
        if plan.settings.strict
            && report.strategies.len() > 1
            && let Some(why) = unfair(report)
        {
            bail!(GateTripped(format!("not comparable (--strict): {why}")));
        }
        let differ = |strategy: &&StrategyReport| strategy.same_pixels == Some(false);
        let different: Vec<_> = report.strategies.iter().filter(differ).map(|s| s.name.as_str()).collect();
        if !different.is_empty() {
            // A damaged file decoded on several threads is the one honest way to get here.
            bail!(
                "not the frames of sequential: {}; those are not ranked. Is the input the same every time it is read?",
                different.join(", ")
            );
        }
        Ok(())
    }
}

/// What makes the comparison unfair, if anything does.
fn unfair(report: &Report) -> Option<String> {
    let disturbed = report.disturbances.len();
    if let Some(first) = report.disturbances.first() {
        return Some(format!("{disturbed} runs were disturbed; {first}"));
    }
    report.fairness.as_ref()?.unfair.first().cloned()
}
