//! How measured times answer a question: by the interval of several rounds, in each of which every question is asked once,
//! so that what else the machine does meets all of them alike. A question is asked again only while it is undecided.

use std::fmt::Debug;
use std::ops::RangeInclusive;

use framerace::statistics::{SHOWN, ratio};

/// Rounds at least and at most.
const ROUNDS: RangeInclusive<usize> = 5..=20;

/// Rounds in which an answer is counted that is no figure.
const VOTES: usize = 5;

/// A figure that must lie in a range.
pub struct Question<'a> {
    pub name: String,
    pub range: RangeInclusive<f64>,
    pub measure: Box<dyn Fn() -> f64 + 'a>,
}

impl<'a> Question<'a> {
    pub fn new(name: impl Into<String>, range: RangeInclusive<f64>, measure: impl Fn() -> f64 + 'a) -> Self {
        Self { name: name.into(), range, measure: Box::new(measure) }
    }

    /// Whether the figure lies in the range; `None` as long as the interval has a part on either side of a bound.
    fn decided(&self, measured: &[f64]) -> Option<bool> {
        if measured.len() < *ROUNDS.start() {
            return None;
        }
        let interval = ratio(measured, &vec![1.0; measured.len()], SHOWN)?;
        let (low, high) = (self.range.contains(&interval.low), self.range.contains(&interval.high));
        let outside = interval.high < *self.range.start() || interval.low > *self.range.end();
        if low && high { Some(true) } else { outside.then_some(false) }
    }
}

/// Every figure must lie in its range.
pub fn decide(questions: &[Question<'_>]) {
    let mut measured = vec![Vec::new(); questions.len()];
    for _ in 0..*ROUNDS.end() {
        for (question, measured) in questions.iter().zip(&mut measured) {
            if question.decided(measured).is_none() {
                measured.push((question.measure)());
            }
        }
    }
    let mut wrong = Vec::new();
    for (question, measured) in questions.iter().zip(&measured) {
        let interval = ratio(measured, &vec![1.0; measured.len()], SHOWN).expect("positive figures");
        let answer = format!(
            "{}: {:.3} ({:.3} to {:.3}), asked {} times, must be in {:?}",
            question.name,
            interval.value,
            interval.low,
            interval.high,
            measured.len(),
            question.range
        );
        println!("{answer}");
        if question.decided(measured) != Some(true) {
            wrong.push(answer);
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), questions.len(), wrong.join("\n"));
}

/// Whether most of all rounds give the expected answer; `None` as long as that is open.
fn majority<A: PartialEq>(answers: &[A], expected: &A) -> Option<bool> {
    let right = answers.iter().filter(|answer| *answer == expected).count();
    let wrong = answers.len() - right;
    if 2 * right > VOTES { Some(true) } else { (2 * wrong > VOTES).then_some(false) }
}

/// What is asked, the answer expected, and how to ask.
pub type Case<'a, A> = (String, A, Box<dyn Fn() -> A + 'a>);

/// Every case must give the answer that is expected of it in more than half of the rounds. A case is no longer asked once
/// the rounds that are left cannot change that.
pub fn most_often<A: Debug + PartialEq>(cases: &[Case<'_, A>]) {
    let mut answers: Vec<Vec<A>> = cases.iter().map(|_| Vec::new()).collect();
    for _ in 0..VOTES {
        for ((_, expected, ask), answers) in cases.iter().zip(&mut answers) {
            if majority(answers, expected).is_none() {
                answers.push(ask());
            }
        }
    }
    let mut wrong = Vec::new();
    for ((name, expected, _), answers) in cases.iter().zip(&answers) {
        println!("{name}: {answers:?}");
        if majority(answers, expected) != Some(true) {
            wrong.push(format!("{name}: not {expected:?}, but {answers:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} are wrong:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
