//! Result files: what `compare`, `price`, `crash-lab` and `demo` keep of what they measured, as JSON. Each has a form of
//! its own, told from the others by a field that only it has; the schema of a form comes from the types themselves.

use std::borrow::Cow;
use std::fmt;

use anyhow::{Result, anyhow, bail, ensure};
use schemars::JsonSchema;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::text::plain_json;

/// Plain data that a command keeps in a file, from which everything shown can be made again.
pub trait ResultFile: Serialize + DeserializeOwned + JsonSchema {
    /// The version of its form. It grows when a field changes its meaning or goes, and when readers may rely on new ones.
    const SCHEMA: u32;
    /// The commands that write it, to be read after "a result of".
    const COMMANDS: &'static str;
    /// A field that it has in every version, and no other result file has.
    const OWN_FIELD: &'static str;

    /// The result as JSON.
    ///
    /// # Errors
    /// Never in practice: it is plain data.
    fn to_json(&self) -> Result<String> {
        json(self)
    }

    /// The JSON schema of the file. No field may be there that it does not name.
    ///
    /// # Errors
    /// Never in practice: the schema is plain data.
    fn schema() -> Result<String> {
        let mut schema = serde_json::to_value(schemars::schema_for!(Self))?;
        close(&mut schema);
        json(&schema)
    }

    /// The result that a text holds, as JSON or as the HTML page that has it within; `name` is that of the file it comes
    /// from. Results of older versions read as well: what they do not say is left at nothing.
    ///
    /// # Errors
    /// When it is no such result, not a whole one, or in a form of another version: which file, and why, in one line.
    fn from_json(text: &str, name: &str) -> Result<Self> {
        let text = result_in(text).unwrap_or(text);
        let ends = |error: &serde_json::Error| {
            let mut lines = text.lines();
            error.is_eof()
                || error.line() == lines.clone().count() && Some(error.column()) == lines.next_back().map(str::len)
        };
        serde_json::from_str::<IgnoredAny>(text).map_err(|error| match error {
            _ if text.trim().is_empty() => anyhow!("{name} is empty, not a result of framerace"),
            // A number may be cut, too.
            error if ends(&error) => anyhow!("{name} is not a whole result of framerace: it ends in the middle"),
            error => anyhow!("{name} is not a result of framerace: it is not JSON ({error})"),
        })?;
        let Ok(Origin { schema, framerace }) = serde_json::from_str(text) else {
            bail!("{name} is JSON, but not a result of framerace");
        };
        if !(1..=u64::from(Self::SCHEMA)).contains(&schema) {
            bail!(
                "{name} was written by framerace {framerace} in form {schema} of the result file; this framerace {} \
                 reads form {} and older",
                env!("CARGO_PKG_VERSION"),
                Self::SCHEMA,
            );
        }
        ensure!(has_field(text, Self::OWN_FIELD), "{name} is of framerace, but not a result of {}", Self::COMMANDS);
        // Once more from the text, for the sake of the line number.
        serde_json::from_str(text).map_err(|error| anyhow!("{name} is not a whole result of framerace: {error}"))
    }
}

/// Whether the object in a text has a field. Nothing is kept: as values, a file takes many times its size.
fn has_field(text: &str, name: &'static str) -> bool {
    struct Looks(&'static str);

    impl<'de> Visitor<'de> for Looks {
        type Value = bool;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
            let mut found = false;
            while let Some((key, _)) = map.next_entry::<Cow<'_, str>, IgnoredAny>()? {
                found |= key == self.0;
            }
            Ok(found)
        }
    }

    serde_json::Deserializer::from_str(text).deserialize_map(Looks(name)).unwrap_or(false)
}

/// What tells a result from other JSON, in every version of its form.
#[derive(Deserialize)]
struct Origin {
    schema: u64,
    framerace: String,
}

/// What stands before the result in a page, and what stands after it.
const RESULT: (&str, &str) = ("<script type=\"application/json\" id=\"result\">", "</script>");

/// The result that a page holds, as JSON; none if the text is no such page.
fn result_in(page: &str) -> Option<&str> {
    let (before, rest) = page.split_once(RESULT.0)?;
    // A result file may have both in a name, but it does not begin like a page.
    before.trim_start().starts_with('<').then(|| rest.split_once(RESULT.1)).flatten().map(|(result, _)| result)
}

/// The result as JSON that cannot end the element it stands in.
pub(crate) fn embedded(report: &impl Serialize) -> Result<String> {
    Ok(plain_json(&serde_json::to_string(report)?).replace('<', "\\u003c"))
}

fn json(data: &impl Serialize) -> Result<String> {
    Ok(plain_json(&serde_json::to_string_pretty(data)?) + "\n")
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
