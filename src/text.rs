//! Text that others have chosen, made harmless: names of files and devices, what libraries and child processes say, and
//! whatever stands in a result file. It must not control a terminal, run backwards, hide, or pass for a line of ours. Knows
//! nothing of what the text is about.
//!
//! A character that could do so is shown as an escape, as Rust, JavaScript and Swift write it: `\u{1b}`, `\u{202e}`, and `\n`,
//! `\r`, `\t` for these three. All others stay as they are. The escape says which character there is, not how to type it: a
//! backslash of the text itself is not doubled.

use std::borrow::Cow;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Whether a character does something else than to be seen: it controls a terminal (C0, DEL, C1), changes the direction of
/// text, separates lines, or takes no space.
fn misleads(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Text as one line that shows all there is.
pub fn plain(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c.escape_default().to_string())
}

/// Lines of our own with text of others in them: only line ends stay.
pub fn plain_lines(text: &str) -> String {
    let line = |line: &str| {
        let (text, end) = line.strip_suffix('\n').map_or((line, ""), |text| (text, "\n"));
        plain(text).into_owned() + end
    };
    text.split_inclusive('\n').map(line).collect()
}

/// JSON of the same value without such characters: JSON has an escape of its own for them, and only in strings can they be.
pub fn plain_json(json: &str) -> String {
    let unit = |unit: &mut u16| format!("\\u{unit:04x}");
    let line_ends =
        |c: char| if c == '\n' { "\n".into() } else { c.encode_utf16(&mut [0; 2]).iter_mut().map(unit).collect() };
    escaped(json, line_ends).into_owned()
}

/// A word as a shell takes it back; one that would control a terminal in the form that POSIX has for it since 2024.
pub fn for_shell(word: &str) -> String {
    let harmless = |c: char| c.is_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(harmless) {
        return word.into();
    }
    if !word.contains(misleads) {
        return format!("'{}'", word.replace('\'', r"'\''"));
    }
    let word = word.replace('\\', r"\\").replace('\'', r"\'");
    let code =
        |c: char| if c > '\u{ffff}' { format!("\\U{:08x}", u32::from(c)) } else { format!("\\u{:04x}", u32::from(c)) };
    format!("$'{}'", escaped(&word, code))
}

fn escaped(text: &str, escape: impl Fn(char) -> String) -> Cow<'_, str> {
    if !text.contains(misleads) {
        return text.into();
    }
    text.chars().map(|c| if misleads(c) { escape(c) } else { c.into() }).collect::<String>().into()
}

/// The same data, in which every text is [plain].
pub fn plain_data<T: Serialize + DeserializeOwned + Clone>(data: &T) -> T {
    let mut value = serde_json::to_value(data).unwrap_or_default();
    make_plain(&mut value);
    // What cannot be read back from JSON is not from a result file.
    serde_json::from_value(value).unwrap_or_else(|_| data.clone())
}

fn make_plain(value: &mut Value) {
    match value {
        Value::String(text) => *text = plain(text).into_owned(),
        Value::Array(values) => values.iter_mut().for_each(make_plain),
        Value::Object(object) => object.values_mut().for_each(make_plain),
        _ => {}
    }
}

/// Text that no spreadsheet takes for a formula: with `'` before what would make it one, as OWASP advises. Numbers stay.
pub fn no_formula(text: &str) -> Cow<'_, str> {
    let begins_one = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if begins_one && text.parse::<f64>().is_err() { format!("'{text}").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_have_chosen_controls_nothing() {
        assert_eq!(
            plain("a\u{1b}]0;t\u{7}\r\nb\u{202e}4pm.\u{9b}1m\t"),
            r"a\u{1b}]0;t\u{7}\r\nb\u{202e}4pm.\u{9b}1m\t"
        );
        for text in ["夏 é.mp4", "e\u{301}", "👨\u{200d}👩", "C:\\x", ""] {
            assert_eq!(plain(text), text);
        }
    }

    #[test]
    fn of_lines_only_their_ends_are_left() {
        assert_eq!(plain_lines("a\u{1b}[8m\nb\n\nd\r"), "a\\u{1b}[8m\nb\n\nd\\r");
    }

    #[test]
    fn a_shell_takes_back_what_was_typed() {
        let words = ["a-b.mp4", "", "it's", "e\u{1b}]0;t\u{7}\n\\'\u{9b}\u{202e}\u{e0041}.mp4", "夏 é"];
        for word in words {
            let script = format!("printf %s {}", for_shell(word));
            let output =
                std::process::Command::new("bash").args(["-c", &script]).env("LC_ALL", "C.UTF-8").output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), word, "{script}");
            assert!(!script.contains(misleads));
        }
    }

    #[test]
    fn json_stays_the_same_value() {
        let text = "\u{1b}\u{7f}\u{9b}\u{202e}\u{e0041}\n\"é";
        let json = plain_json(&serde_json::to_string_pretty(&[text]).unwrap());
        assert!(!json.contains(|c| misleads(c) && c != '\n'), "{json}");
        assert_eq!(serde_json::from_str::<[String; 1]>(&json).unwrap(), [text]);
    }

    #[test]
    fn a_formula_is_none_and_a_number_is_one() {
        assert_eq!(
            ["=1+1", "@x", "+a", "-cmd|' /C calc'!A0", "\t=1"].map(no_formula),
            ["'=1+1", "'@x", "'+a", "'-cmd|' /C calc'!A0", "'\t=1"]
        );
        assert_eq!(["-1.5", "+2e3", "-inf", "a=1", ""].map(no_formula), ["-1.5", "+2e3", "-inf", "a=1", ""]);
    }

    #[test]
    fn data_is_made_plain_in_depth() {
        let data = vec![("a\u{1b}".to_owned(), vec![Some("b\n".to_owned()), None])];
        assert_eq!(plain_data(&data), [("a\\u{1b}".to_owned(), vec![Some("b\\n".to_owned()), None])]);
    }
}
