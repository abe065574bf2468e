//! What the reference says of lists is made from the lists: filters, strategies, lessons, checks, the result file, the
//! layout of the source. A page has such a part between two comments, and text that people write around it.
//! `UPDATE=1 cargo test --test suite -- docs::reference` writes the parts anew.

use std::fmt::Write as _;
use std::fs::read_to_string;
use std::path::Path;

use framerace::filter::FILTERS;
use framerace::lab::lessons::LESSONS;
use framerace::lab::report::{CHECKS, FORMATS};
use framerace::source::Input;
use framerace::strategy::STRATEGIES;

use super::book::ROOT;
use super::schema;
use crate::common::golden;

const BEGIN: &str = "<!-- made by the test docs::reference -->\n";
const END: &str = "<!-- end -->\n";

/// Holds the part of a page that is made against `made`.
fn is_made(page: &str, made: &str) {
    let path = format!("docs/src/{page}");
    let text = read_to_string(Path::new(ROOT).join(&path)).expect("a page");
    let (before, rest) = text.split_once(BEGIN).expect("the part begins");
    let (_, after) = rest.split_once(END).expect("the part ends");
    golden(&path, &[before, BEGIN, "\n", made.trim(), "\n\n", END, after].concat());
}

#[test]
fn filters() {
    let mut made = String::new();
    for filter in FILTERS.iter().filter(|filter| !filter.hidden) {
        _ = writeln!(made, "## {}\n\n{}\n", filter.name, sentence(filter.summary));
        if filter.options.is_empty() {
            continue;
        }
        made += "| option | default | values | meaning |\n|---|---|---|---|\n";
        for option in filter.options {
            _ = writeln!(made, "| `{}` | `{}` | {} | {} |", option.name, option.default, option.values, option.help);
        }
        made += "\n";
    }
    is_made("reference/filters.md", &made);
}

/// The help of every command, in the order in which `framerace --help` lists them.
#[test]
fn commands() {
    let help = |name: &str| read_to_string(Path::new(ROOT).join(format!("tests/golden/{name}.txt"))).expect("help");
    let all = help("help");
    let (_, list) = all.split_once("Commands:\n").expect("a list of commands");
    let list = list.lines().take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   "));
    let names = list.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    let made = names.map(|name| format!("## {name}\n\n```text\n{}```\n\n", help(&format!("help-{name}"))));
    is_made("reference/commands.md", &made.collect::<String>());
}

/// The table of inputs names nothing that is no input.
#[test]
fn inputs() {
    let page = read_to_string(Path::new(ROOT).join("docs/src/reference/inputs.md")).expect("a page");
    let cells = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
    let inputs: Vec<_> = cells.flat_map(|(cell, _)| cell.split("`, `")).collect();
    for input in &inputs {
        assert!(input.parse::<Input>().is_ok(), "{input}");
    }
    assert!(inputs.len() >= 10, "{inputs:?}");
}

#[test]
fn strategies() {
    let mut made = String::new();
    for strategy in STRATEGIES {
        let about = strategy.about();
        _ = writeln!(made, "## {}\n\n{}\n", about.name, sentence(about.joined));
        _ = writeln!(made, "```text\n{}```\n", drawing(about.name));
        _ = writeln!(made, "- **Several inputs:** {}.", about.several);
        _ = writeln!(made, "- **Wins:** {}.\n- **Loses:** {}.\n", about.wins, about.loses);
    }
    is_made("reference/strategies.md", &made);
}

/// The drawing at the top of a strategy's file.
fn drawing(name: &str) -> String {
    let name = name.replace('-', "_").replace("_pipe", "");
    let files = [format!("src/strategy/{name}.rs"), format!("src/strategy/{name}/mod.rs")];
    let text = files.iter().find_map(|file| read_to_string(Path::new(ROOT).join(file)).ok()).expect("a file");
    let lines = text.lines().skip_while(|line| *line != "//! ```text").skip(1).take_while(|line| *line != "//! ```");
    lines.map(|line| line.trim_start_matches("//!").strip_prefix(' ').unwrap_or("").to_owned() + "\n").collect()
}

#[test]
fn lessons() {
    let mut made = String::from("| lesson | claim |\n|---|---|\n");
    for about in LESSONS.iter().map(|lesson| lesson.about()) {
        _ = writeln!(made, "| [`{0}`](#{0}) | {1} |", about.name, about.claim);
    }
    for about in LESSONS.iter().map(|lesson| lesson.about()) {
        _ = writeln!(made, "\n## {}\n\n**{}**\n\n```text\n{}\n```\n", about.name, about.claim, about.drawing);
        _ = writeln!(made, "*Theory* ({}): {}\n\n{}\n", about.law, about.formula, about.explanation.trim());
        _ = writeln!(made, "*Next:* `{}`", about.next);
    }
    is_made("reference/lessons.md", &made);
}

#[test]
fn checks() {
    let mut made = String::from("| check | it asks |\n|---|---|\n");
    for check in CHECKS {
        _ = writeln!(made, "| `{}` | {} |", check.name, sentence(check.asks));
    }
    is_made("how-it-works/limits.md", &made);
}

#[test]
fn result_files() {
    let mut made = String::from("## Formats\n\n| option | what it writes |\n|---|---|\n");
    for format in FORMATS {
        _ = writeln!(made, "| `--{}` | {} |", format.name, format.summary);
    }
    made += &schema::as_markdown("assets/report.schema.json");
    is_made("reference/result-file.md", &made);
}

/// The path, the layout of the source and its words, as the head of `src/lib.rs` has them.
#[test]
fn architecture() {
    let text = read_to_string(Path::new(ROOT).join("src/lib.rs")).expect("a file");
    let head = text.lines().map_while(|line| line.strip_prefix("//!"));
    let head: String = head.map(|line| line.strip_prefix(' ').unwrap_or(line).to_owned() + "\n").collect();
    let part = |name: &str| {
        let (_, rest) = head.split_once(&format!("# {name}\n")).expect("a heading");
        // Names in brackets are links in the documentation of the code only.
        rest.split("\n# ").next().unwrap_or(rest).trim().replace("[`", "`").replace("`]", "`").replace("(mod@run)", "")
    };
    is_made("how-it-works/path.md", &part("The path of a frame"));
    is_made("design/architecture.md", &part("Groups"));
    is_made("design/words.md", &part("Words"));
}

/// A text with a capital letter and an end.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    [&first, letters.as_str(), end].concat()
}
