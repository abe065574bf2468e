//! The page of lessons: what it holds, whatever the lessons gave; and how it stands in a browser, if there is one.

use crate::common::{browser, framerace, stderr};
use framerace::lab::lessons::{DemoReport, LESSONS, Outcome, to_html, to_text};
use framerace::lab::report::{Detail, Width};
use framerace::statistics::Estimate;

/// What this page is asked from within.
const ASKED: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/html/lessons.js"));

/// A page that the program wrote.
fn real() -> String {
    let output = framerace(&["demo", "join-in-the-loop", "--rounds", "2", "--html", "-"]);
    assert!(output.status.success(), "{}", stderr(&output));
    crate::common::stdout(&output)
}

#[test]
fn the_answer_of_the_terminal_stands_at_the_top() {
    let page = real();
    let report = browser::result_in::<DemoReport>(&page);
    let text = to_text(&report.lessons[0], Detail::Brief, Width::default()).replace("\\\n", "");
    let answer = browser::answer_in(&page);
    // The headline names the lesson; what follows is what the terminal ends with.
    let answer = answer.split_once(". ").expect("an answer").1;
    assert!(answer.len() > 30 && browser::words(&text).ends_with(answer), "{text}\n{answer}");
}

/// All lessons, each with the figures of one of them, multiplied by `scale`.
fn made_up(one: &DemoReport, scale: f64) -> DemoReport {
    let outcomes = [Outcome::Holds, Outcome::DoesNotHold, Outcome::NotDecided];
    let lesson = |(at, name): (usize, &str)| {
        let mut lesson = one.lessons[0].clone();
        lesson.name = name.into();
        lesson.verdict.outcome = outcomes[at % 3];
        lesson.verdict.because = if at % 3 == 0 { String::new() } else { "the figures were made up".into() };
        for figure in lesson.measured.figures.iter_mut().chain(&mut lesson.prediction.figures) {
            figure.median *= scale;
            let median = figure.median;
            figure.estimate = Some(Estimate { value: median, low: median * 0.9, high: median * 1.2, level: 0.97 });
        }
        lesson
    };
    let lessons = LESSONS.iter().map(|lesson| lesson.about().name).enumerate().map(lesson).collect();
    DemoReport { lessons, ..one.clone() }
}

/// Lessons whose every text would break out of where it stands.
fn hostile(one: &DemoReport) -> DemoReport {
    const NAME: &str =
        "</script><script>hacked=1</script>\"'><img src=x onerror=hacked=1>&amp;{{ json }}<!--\u{202e}\u{0}";
    let mut report = one.clone();
    report.machine.cpu = NAME.into();
    for lesson in &mut report.lessons {
        lesson.claim = NAME.into();
        lesson.drawing = NAME.into();
        lesson.input = Some(NAME.into());
        lesson.next = NAME.into();
        lesson.prediction.law = NAME.into();
        lesson.measured.experiment = NAME.into();
        lesson.verdict.because = NAME.into();
        lesson.measured.figures.iter_mut().for_each(|figure| figure.name += NAME);
    }
    report
}

#[test]
fn a_page_needs_nothing_else_and_holds_its_result() {
    let real = browser::result_in::<DemoReport>(&real());
    for report in [made_up(&real, 1.0), hostile(&real), DemoReport { lessons: Vec::new(), ..real.clone() }] {
        let page = to_html(&report).unwrap();
        assert_eq!(browser::result_in::<DemoReport>(&page), report);
        assert_eq!(page.matches("<script").count(), 1, "the result itself");
        assert!(!page.contains("<img"));
        assert!(page.len() < 1_000_000, "{} bytes", page.len());
        // Links lead to cards of this page; an address that a lesson names is text.
        let page = page.replace("href=\"#", "").replace("http://www.w3.org/2000/svg", "");
        for word in ["href=", "\"http", "\"//", "url(", "@import", "@font-face", "<link", "<iframe"] {
            assert!(!page.contains(word), "{word}");
        }
    }
    for scale in [0.0, 1e-9, 1e12] {
        let page = to_html(&made_up(&real, scale)).unwrap();
        let words = page.split("<script").next().unwrap_or_default();
        assert!(!words.contains("NaN") && !words.contains(">inf"), "{scale}");
    }
}

#[test]
fn a_page_stands_in_a_browser() {
    let Some(chromium) = browser::chromium() else { return };
    let page = real();
    let report = browser::result_in::<DemoReport>(&page);
    let others = [made_up(&report, 1.0), made_up(&report, 1e6), hostile(&report)];
    let others = others.iter().map(|report| to_html(report).unwrap());
    browser::all_fine(chromium, &[vec![page], others.collect()].concat(), ASKED);
}
