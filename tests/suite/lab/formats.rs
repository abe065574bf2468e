//! Results as files: every format to the last character, and results read back, old ones too.

use crate::common::golden;
use framerace::lab::report::{Detail, FORMATS, Format, Report, ResultFile, Width, to_table};
use framerace::metrics::{Depth, Trace, Track};

/// A result from before strategies told their losses, sandboxes and context switches.
const OLD: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/old-result.json"));

fn old() -> Report {
    Report::from_json(OLD, "old-result.json").expect("old results stay readable")
}

/// A result that has what this format shows.
fn fit_for(format: &Format) -> Report {
    let mut report = old();
    if format.shows_spans {
        let spans = ["0 900 starved - 1", "900 500 busy 0 1", "900 100 busy 0 1.0", "1000 20 locked 0 1"];
        let spans = spans.map(|span| span.to_owned().try_into().expect("a span")).to_vec();
        let tracks = vec![Track { name: "worker 1".into(), pid: None, spans }];
        let depths = vec![vec![Depth { at_us: 890, frames: 1 }]];
        report.strategies[0].run.trace = Some(Trace { frames: 1, tracks, depths });
    }
    report
}

/// It must refuse this text in one line that has these words.
fn refuses(text: &str, words: &[&str]) {
    let said = format!("{:#}", Report::from_json(text, "some/result.json").expect_err("it is no result"));
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("some/result.json") && words.iter().all(|word| said.contains(word)), "{said}");
}

#[test]
fn old_results_stay_readable() {
    for later in ["frame_timeout_s", "strict", "steady_faults", "losses", "sandbox", "context_switches"] {
        assert!(!OLD.contains(&format!("\"{later}")), "the result is not old: {later}");
    }
    let old = old();
    assert_eq!(old.strategies.len(), 4);
    assert_eq!((old.settings.frame_timeout_s, &old.strategies[0].run.sandbox), (0.0, &None));
    assert!(to_table(&old, Detail::Full, Width::default()).contains("threads"));
    assert_eq!(Report::from_json(&old.to_json().unwrap(), "again").unwrap(), old);
}

#[test]
fn what_is_no_result_is_refused_by_name() {
    refuses("", &["empty"]);
    refuses("  \n", &["empty"]);
    refuses("strategy,fps\n", &["not JSON", "line 1"]);
    refuses("{}", &["not a result of framerace"]);
    refuses("[1, 2]", &["not a result of framerace"]);
    refuses("{\"schema\": 1, \"framerace\": \"0.1.0\", \"trials\": []}", &["compare or run"]);
    // A price list has strategies, too.
    refuses("{\"schema\": 1, \"framerace\": \"0.1.0\", \"strategies\": []}", &["compare or run"]);
    let missing = OLD.replacen("\"median\"", "\"middle\"", 1);
    refuses(&missing, &["median", "line "]);
}

#[test]
fn half_of_a_result_is_refused_wherever_it_ends() {
    for end in (1..OLD.len()).step_by(997).filter(|end| OLD.is_char_boundary(*end)) {
        refuses(&OLD[..end], &["not a whole result"]);
    }
}

#[test]
fn a_form_of_another_version_is_refused_with_both_versions() {
    for schema in [0, Report::SCHEMA + 1, 99] {
        let other = OLD.replacen("\"schema\": 1", &format!("\"schema\": {schema}"), 1);
        refuses(&other, &[&format!("form {schema} "), &format!("form {}", Report::SCHEMA), env!("CARGO_PKG_VERSION")]);
    }
    // Whatever else a later form may say.
    refuses("{\"schema\": 7, \"framerace\": \"9.9.9\"}", &["9.9.9", "form 7"]);
}

#[test]
fn the_formats_are_as_they_are_kept() {
    // The page is looked at in tests/html.rs: what it is made of is no pleasure to read, and changes with its looks.
    for format in FORMATS.iter().filter(|format| format.name != "html") {
        let text = format.render(&fit_for(format)).unwrap();
        golden(&format!("tests/golden/result.{}", format.name), &text);
    }
}

#[test]
fn json_is_the_format_from_which_all_others_come() {
    let json = FORMATS.iter().find(|format| format.name == "json").unwrap();
    for format in FORMATS {
        let report = fit_for(format);
        let again = Report::from_json(&json.render(&report).unwrap(), "again").unwrap();
        assert_eq!(format.render(&again).unwrap(), format.render(&report).unwrap());
    }
}

#[test]
fn names_cannot_break_the_markdown_and_words_go_back_to_the_shell_as_they_came() {
    let mut report = old();
    report.notes = vec!["a|b`c\n*d*_e<f>&".into()];
    report.command = ["-f", "blur=ksize=5", "my clip.mp4", "it's", ""].map(String::from).into();
    let rendered = |report: &Report| FORMATS.iter().find(|it| it.name == "markdown").unwrap().render(report).unwrap();
    for (name, shown) in [("a_b@c", "`a_b@c` · "), ("a`b", r"a\`b · ")] {
        report.input.name = name.into();
        assert!(rendered(&report).contains(&format!("\n{shown}")), "{}", rendered(&report));
    }
    let text = rendered(&report);
    assert!(text.contains(r"a\|b\`c\\n\*d\*\_e\<f\>&amp;"), "{text}");
    assert!(text.contains(r"-f blur=ksize=5 'my clip.mp4' 'it'\''s' ''"), "{text}");
}
