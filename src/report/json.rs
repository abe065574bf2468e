//! The result file, and its schema, which comes from the types themselves.

use anyhow::Result;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::Report;

/// The result as JSON.
///
/// # Errors
/// Never in practice: a report is plain data.
pub fn to_json(report: &Report) -> Result<String> {
    json(report)
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
