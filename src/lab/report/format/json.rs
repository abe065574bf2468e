//! The result file, written and read, and its schema, which comes from the types themselves.

use anyhow::{Result, anyhow, bail};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::error::Category;

use super::html::result_in;
use super::{Format, Report};
use crate::lab::report::SCHEMA;

/// The result file: all there is.
pub(super) struct Json;

impl Format for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn summary(&self) -> &'static str {
        "the result as JSON"
    }

    fn render(&self, report: &Report) -> Result<String> {
        to_json(report)
    }
}

/// The result as JSON.
///
/// # Errors
/// Never in practice: a report is plain data.
pub fn to_json(report: &Report) -> Result<String> {
    json(report)
}

/// What tells a result from other JSON, in every version of its form.
#[derive(Deserialize)]
struct Origin {
    schema: u64,
    framerace: String,
}

/// The result that a text holds, as JSON or as the HTML page that has it within; `name` is that of the file it comes
/// from. Results of older versions read as well: what they do not say is left at nothing.
///
/// # Errors
/// When it is no result, not a whole one, or in a form of another version: which file, and why, in one line.
pub fn from_json(text: &str, name: &str) -> Result<Report> {
    let text = result_in(text).unwrap_or(text);
    let value: Value = serde_json::from_str(text).map_err(|error| match error.classify() {
        _ if text.trim().is_empty() => anyhow!("{name} is empty, not a result of framerace"),
        Category::Eof => anyhow!("{name} is not a whole result of framerace: it ends in the middle"),
        _ => anyhow!("{name} is not a result of framerace: it is not JSON ({error})"),
    })?;
    let Ok(Origin { schema, framerace }) = Origin::deserialize(&value) else {
        bail!("{name} is JSON, but not a result of framerace");
    };
    if !(1..=u64::from(SCHEMA)).contains(&schema) {
        bail!(
            "{name} was written by framerace {framerace} in form {schema} of the result file; this framerace {} reads \
             form {SCHEMA} and older",
            env!("CARGO_PKG_VERSION"),
        );
    }
    // Price lists and crash labs have files of their own.
    if value.get("strategies").is_none() {
        bail!("{name} is of framerace, but not a result of compare or run");
    }
    // Once more from the text, for the sake of the line number.
    serde_json::from_str(text).map_err(|error| anyhow!("{name} is not a whole result of framerace: {error}"))
}

/// The JSON schema of a result. No field may be there that it does not name.
///
/// # Errors
/// Never in practice: the schema is plain data.
pub fn schema() -> Result<String> {
    schema_of::<Report>()
}

/// Plain data as JSON.
pub(crate) fn json(data: &impl Serialize) -> Result<String> {
    Ok(serde_json::to_string_pretty(data)? + "\n")
}

/// The JSON schema of plain data, closed to fields it does not name.
pub(crate) fn schema_of<T: JsonSchema>() -> Result<String> {
    let mut schema = serde_json::to_value(schemars::schema_for!(T))?;
    close(&mut schema);
    json(&schema)
}

/// Lets no object have properties beyond its own.
fn close(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.values_mut().for_each(close);
            if object.contains_key("properties") {
                object.insert("additionalProperties".into(), Value::Bool(false));
            }
        }
        Value::Array(values) => values.iter_mut().for_each(close),
        _ => {}
    }
}
