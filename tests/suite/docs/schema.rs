//! A JSON schema as a page: a table for each type, in the order in which they are named from the top on.

use std::fmt::Write as _;
use std::fs::read_to_string;
use std::path::Path;

use serde_json::Value;

use super::book::ROOT;

/// The tables of a schema.
pub fn as_markdown(path: &str) -> String {
    let text = read_to_string(Path::new(ROOT).join(path)).expect("a schema");
    let schema: Value = serde_json::from_str(&text).expect("JSON");
    let mut made = format!("\n## The file\n\n{}\n\n{}", line(&schema["description"]), fields(&schema));
    let mut names = Vec::new();
    find_names(&schema["properties"], &schema, &mut names);
    for name in names {
        let kind = &schema["$defs"][&name];
        _ = write!(made, "\n## {name}\n\n{}\n\n", line(&kind["description"]));
        made += &kind["oneOf"].as_array().map_or_else(|| fields(kind), |of| choices(of));
    }
    made
}

/// The names of all types that `value` leads to, each once.
fn find_names(value: &Value, schema: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| match value.as_str() {
            Some(path) if key == "$ref" => {
                let name = path.trim_start_matches("#/$defs/").to_owned();
                if !names.contains(&name) {
                    names.push(name.clone());
                    find_names(&schema["$defs"][&name], schema, names);
                }
            }
            _ => find_names(value, schema, names),
        }),
        Value::Array(list) => list.iter().for_each(|value| find_names(value, schema, names)),
        _ => {}
    }
}

fn fields(kind: &Value) -> String {
    let mut made = String::from("| field | type | meaning |\n|---|---|---|\n");
    for (name, field) in kind["properties"].as_object().into_iter().flatten() {
        _ = writeln!(made, "| `{name}` | {} | {} |", type_of(field), line(&field["description"]));
    }
    made
}

/// The values of a type that is one of several: a word, or an object with one field.
fn choices(of: &[Value]) -> String {
    let mut made = String::from("| value | meaning |\n|---|---|\n");
    for choice in of {
        let object = choice["properties"].as_object().and_then(|map| map.iter().next());
        let value = match object {
            Some((name, field)) => format!("`{name}`: {}", type_of(field)),
            None => format!("`{}`", choice["const"].as_str().unwrap_or("?")),
        };
        _ = writeln!(made, "| {value} | {} |", line(&choice["description"]));
    }
    made
}

fn type_of(field: &Value) -> String {
    if let Some(path) = field["$ref"].as_str() {
        let name = path.trim_start_matches("#/$defs/");
        return format!("[{name}](#{})", name.to_lowercase());
    }
    if let Some(any) = field["anyOf"].as_array() {
        return any.iter().map(type_of).collect::<Vec<_>>().join(" or ");
    }
    let named = |name: &str| match name {
        "array" => format!("list of {}", type_of(&field["items"])),
        "object" if field["additionalProperties"].is_object() => {
            format!("object of {}", type_of(&field["additionalProperties"]))
        }
        "string" => "text".to_owned(),
        name => name.to_owned(),
    };
    match &field["type"] {
        Value::String(name) => named(name),
        Value::Array(list) => list.iter().filter_map(Value::as_str).map(named).collect::<Vec<_>>().join(" or "),
        _ => "any".to_owned(),
    }
}

/// A description as one line of a table.
fn line(text: &Value) -> String {
    text.as_str().unwrap_or_default().replace('\n', " ").replace('|', "\\|")
}
