//! Lessons as text in lines that fit: the list, the report of one lesson, the summary of all, and the steps of a scene.

use super::LESSONS;
use super::about::About;
use super::judgment::{Expectation, Outcome};
use super::measured::Figure;
use super::report::LessonReport;
use crate::lab::report::{Detail, Grid, Width, confidence, percent, range, three_digits};
use crate::marks::{RIGHT, WRONG};
use crate::statistics::Estimate;

/// The lessons there are: name and claim of each.
pub fn list(width: Width) -> String {
    let indent = LESSONS.iter().map(|lesson| lesson.about().name.len()).max().unwrap_or(0) + 2;
    let line = |about: &About| width.entry(about.name, about.claim, indent);
    LESSONS.iter().map(|lesson| line(lesson.about())).collect()
}

/// A lesson that was given; the answer comes last: whether the claim holds, what was predicted and measured, what to try next.
pub fn to_text(lesson: &LessonReport, detail: Detail, width: Width) -> String {
    let measured = &lesson.measured;
    let input = lesson.input.as_ref().map_or(String::new(), |input| format!(" ({input})"));
    let mut text = format!("{}\n{}\n", lesson.name, "=".repeat(lesson.name.chars().count()));
    text += &part("claim", &lesson.claim, width);
    text += &part("experiment", &format!("{}{input}", measured.experiment), width);
    text += "\n";
    lesson.drawing.lines().for_each(|line| text += &format!("{}\n", (" ".repeat(INDENT) + line).trim_end()));
    text += &part("theory", &format!("{}: {}", lesson.prediction.law, lesson.prediction.formula), width);
    text += &part("measured", &heading(lesson), width);
    table(lesson, width.beside(TABLE)).lines().for_each(|line| text += &format!("{}{line}\n", " ".repeat(TABLE)));
    text += "\n";
    let checks = lesson.verdict.checks.iter();
    // What passed is said where everything is.
    let shown = checks.filter(|check| detail == Detail::Full || check.passes() != Some(true));
    let checks: String = shown.map(|check| width.wrapped(&say(check), 0)).collect();
    text += &if checks.is_empty() { checks } else { checks + "\n" };
    answer(lesson).iter().for_each(|line| text += &width.wrapped(line, 0));
    text + &width.command(&format!("next: {}", lesson.next))
}

/// The answer, a sentence each: whether the claim holds, and how far theory and measurement are apart.
pub(super) fn answer(lesson: &LessonReport) -> Vec<String> {
    let claim = if lesson.verdict.outcome == Outcome::Holds { format!(": {}", lesson.claim) } else { String::new() };
    let verdict = format!("{} {}{claim}", lesson.verdict.outcome.mark(), verdict(lesson));
    [verdict].into_iter().chain(most_telling(lesson)).collect()
}

/// A figure as predicted and as measured: the one in which they are furthest apart.
fn most_telling(lesson: &LessonReport) -> Option<String> {
    let both = lesson.measured.figures.iter().filter_map(|figure| Some((figure, lesson.predicted(figure)?)));
    let known = both.filter(|(figure, predicted)| figure.median > 0.0 && predicted.median > 0.0);
    let off = |(figure, predicted): &(&Figure, &Figure)| (figure.median / predicted.median).ln().abs();
    let (figure, predicted) = known.max_by(|a, b| off(a).total_cmp(&off(b)))?;
    let share = (figure.median / predicted.median - 1.0).abs();
    Some(format!(
        "furthest from theory: {}, predicted {}, measured {} {} ({} off)",
        figure.name,
        three_digits(predicted.median),
        three_digits(figure.median),
        figure.unit,
        percent(share)
    ))
}

/// How many lessons ended how.
pub fn summary(lessons: &[LessonReport], width: Width) -> String {
    summary_lines(lessons).iter().map(|line| width.wrapped(line, 0)).collect()
}

/// The same, a line for each outcome.
pub(super) fn summary_lines(lessons: &[LessonReport]) -> Vec<String> {
    let names = |outcome: Outcome| {
        let ended = lessons.iter().filter(|lesson| lesson.verdict.outcome == outcome);
        ended.map(|lesson| lesson.name.as_str()).collect::<Vec<_>>()
    };
    let line = |outcome: Outcome| match names(outcome) {
        names if names.is_empty() => None,
        names => {
            let (mark, word, count) = (outcome.mark(), outcome.words(), names.len());
            Some(format!("{mark} {word} ({count}): {}", names.join(", ")))
        }
    };
    [Outcome::Holds, Outcome::DoesNotHold, Outcome::NotDecided].into_iter().filter_map(line).collect()
}

impl Outcome {
    /// As people read it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::DoesNotHold => "does not hold here",
            Self::NotDecided => "not decided",
        }
    }

    /// The mark before it.
    fn mark(self) -> &'static str {
        match self {
            Self::Holds => RIGHT,
            Self::DoesNotHold => WRONG,
            Self::NotDecided => UNKNOWN,
        }
    }
}

/// Stands before what cannot be told.
const UNKNOWN: &str = "?";

/// Where the text of a part begins.
const INDENT: usize = 12;
/// Where tables begin: they need the room.
const TABLE: usize = 4;

/// A part of a lesson: its name in the margin, then its text.
fn part(name: &str, text: &str, width: Width) -> String {
    "\n".to_owned() + &width.entry(name, text, INDENT)
}

pub(super) fn heading(lesson: &LessonReport) -> String {
    let measured = &lesson.measured;
    let rounds = match measured.rounds {
        1 => "1 round".to_owned(),
        n => format!("{n} rounds, interleaved; medians with their {}", interval_head(lesson)),
    };
    let disturbed = match measured.disturbed {
        little if little < 0.02 => String::new(),
        much => format!("; other programs took {} of the machine", percent(much)),
    };
    format!("{rounds}{disturbed}")
}

fn table(lesson: &LessonReport, width: Width) -> String {
    let mut table = Grid::new(["", "predicted", "measured", &interval_head(lesson), ""], 1);
    for figure in &lesson.measured.figures {
        let [predicted, measured, interval] = cells(lesson, figure);
        table.row([figure.name.as_str(), &predicted, &measured, &interval, &figure.unit]);
    }
    table.left(4).text(width)
}

/// What stands above the intervals of the medians: `97 % CI`. All have as many rounds, so one level.
pub(super) fn interval_head(lesson: &LessonReport) -> String {
    lesson.measured.figures.iter().find_map(|figure| figure.estimate).map_or("CI".into(), confidence)
}

/// A figure as predicted, as measured, and its interval; nothing where there is nothing to say.
pub(super) fn cells(lesson: &LessonReport, figure: &Figure) -> [String; 3] {
    let predicted = lesson.predicted(figure).map_or(String::new(), |predicted| three_digits(predicted.median));
    let interval = |at: Estimate| if at.low == at.high { String::new() } else { range(at.low, at.high) };
    [predicted, three_digits(figure.median), figure.estimate.map_or("–".into(), interval)]
}

pub(super) fn verdict(lesson: &LessonReport) -> String {
    let (word, because) = (lesson.verdict.outcome.words(), &lesson.verdict.because);
    if because.is_empty() { word.to_owned() } else { format!("{word}, because {because}") }
}

/// A check in a line: `✓ one ÷ two: 1.02 (97 % CI 1.01–1.03), expected 0.90 to 1.10`.
pub(super) fn say(check: &Expectation) -> String {
    let mark = match check.passes() {
        Some(true) => RIGHT,
        Some(false) => WRONG,
        None => UNKNOWN,
    };
    let value = match check.estimate {
        Some(at) if at.low == at.high => three_digits(at.value),
        Some(at) => format!("{} ({} {})", three_digits(at.value), confidence(at), range(at.low, at.high)),
        None => "unknown".to_owned(),
    };
    format!("{mark} {}: {value}, expected {}", check.figure, check.expected())
}

/// A step of a scene as it was shown: one setting of the pipeline, and what was measured with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// The caption, or the settings in words.
    pub what: String,
    /// Frames a second by prediction, if there is one.
    pub predicted: Option<f64>,
    /// Frames a second that were measured.
    pub measured: Option<f64>,
    /// What limited it: the stage and the kind of limit.
    pub limit: String,
}

/// The steps of a lesson that were shown.
pub fn shown_text(about: &About, shown: &[Shown], width: Width) -> String {
    const INDENT: usize = 4;
    let fps = |fps: Option<f64>| fps.map_or("–".to_owned(), |fps| format!("{} FPS", three_digits(fps)));
    let step = |(number, shown): (usize, &Shown)| {
        let what = width.wrapped(&shown.what, INDENT);
        let figures =
            format!("predicted {} · measured {} · {}", fps(shown.predicted), fps(shown.measured), shown.limit);
        format!("{number:>2}  {}{}", what.trim_start(), width.wrapped(&figures, INDENT))
    };
    let steps: String = (1..).zip(shown).map(step).collect();
    format!("{}\n{}\n{steps}", about.name, width.wrapped(about.claim, 0))
}
