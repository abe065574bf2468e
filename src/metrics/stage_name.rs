//! The names of stages and their parts in result files of any version. Knows no report.

use serde::{Deserialize, Deserializer};

/// Reads the name of a stage, of a part of one, or of the queue in front of one. Results up to schema 2 call the sink
/// `deliver`, and the handoff to a process `hand-over`.
pub(crate) fn of_any_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = String::deserialize(deserializer)?;
    if name == "hand-over" {
        return Ok("handoff".to_owned());
    }
    Ok(match name.strip_suffix("deliver") {
        Some(before) if before.is_empty() || before.ends_with('-') => format!("{before}sink"),
        _ => name,
    })
}
