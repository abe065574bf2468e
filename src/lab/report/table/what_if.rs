//! What scenarios would give: predictions, and beside them what experiments gave.

use super::layout::{plain_table, trimmed, wrapped};
use crate::lab::report::StrategyReport;
use crate::lab::report::number::{signed, three_digits};
use crate::predict::{Prediction, Scenario};
use crate::statistics::Estimate;

/// The predictions for a strategy.
pub(super) fn what_if(strategy: &StrategyReport) -> String {
    let (cores, others): (Vec<_>, Vec<_>) =
        strategy.what_if.iter().partition(|prediction| matches!(prediction.scenario, Scenario::Cores(_)));
    if others.is_empty() {
        return String::new();
    }
    let proven = others.iter().any(|prediction| prediction.measured.is_some());
    let title = format!("what if: {}", strategy.name());
    let header = [&title, "FPS", "predicted", "measured", "surely"];
    let mut table = plain_table(&header[..if proven { 5 } else { 3 }], 1);
    for Prediction { scenario, fps, gain, measured } in others {
        let mut row = vec![scenario.to_string(), three_digits(*fps), signed(*gain)];
        if proven {
            row.push(measured.map_or("–".into(), |m| signed(m.value)));
            row.push(measured.map_or(String::new(), |Estimate { low, high, .. }| {
                // Three rounds can leave anything open.
                if high > 10.0 * low { "?".into() } else { format!("{} to {}", signed(low), signed(high)) }
            }));
        }
        table.add_row(row);
    }
    let cores: Vec<_> = cores
        .iter()
        .filter_map(|prediction| match prediction.scenario {
            Scenario::Cores(cores) => Some(format!("{cores}: {}", three_digits(prediction.fps))),
            _ => None,
        })
        .collect();
    "\n".to_owned() + &trimmed(&table) + &wrapped(&format!("FPS by cores (predicted): {}", cores.join(", ")), 0)
}
