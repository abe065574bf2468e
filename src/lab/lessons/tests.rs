//! Every lesson in the list, held to the same questions.

use super::*;

#[test]
fn every_verdict_comes_from_the_figures() {
    for lesson in LESSONS {
        let name = lesson.about().name;
        let (holds, fails) = lesson.made_up();
        let verdict = lesson.judge(&holds);
        assert_eq!(verdict.outcome, Outcome::Holds, "{name}: {verdict:#?}");
        let verdict = lesson.judge(&fails);
        assert_eq!(verdict.outcome, Outcome::DoesNotHold, "{name}: {verdict:#?}");
        assert!(verdict.because.len() > 10, "{name}: {verdict:#?}");
        let others = Measured { disturbed: 0.5, ..fails };
        assert_eq!(lesson.judge(&others).outcome, Outcome::NotDecided, "{name}: others were at work");
        let once = Measured { rounds: 1, ..holds.clone() };
        assert_eq!(lesson.judge(&once).outcome, Outcome::NotDecided, "{name}: one round");
        // Nothing of what was measured is left: nothing can be said.
        let nothing = Measured { figures: Vec::new(), ..holds };
        assert_eq!(lesson.judge(&nothing).outcome, Outcome::NotDecided, "{name}: nothing was measured");
    }
}

#[test]
fn figures_that_scatter_decide_nothing() {
    for lesson in LESSONS {
        let (holds, _) = lesson.made_up();
        let scatter = |figure: &Figure| {
            let wild = |(at, value): (usize, &f64)| {
                let by = [1.0, 9.0, 0.1, 5.0, 0.3][(at + figure.name.len()) % 5];
                value * by + (by - 1.0_f64).max(0.0)
            };
            Figure::new(&figure.name, &figure.unit, figure.samples.iter().enumerate().map(wild).collect())
        };
        let wild = Measured { figures: holds.figures.iter().map(scatter).collect(), ..holds };
        let verdict = lesson.judge(&wild);
        assert_ne!(verdict.outcome, Outcome::Holds, "{}: {verdict:#?}", lesson.about().name);
    }
}

#[test]
fn every_lesson_says_what_it_is_in_80_columns() {
    for lesson in LESSONS {
        let about = lesson.about();
        let name = about.name;
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{name}");
        assert_eq!(LESSONS.iter().filter(|other| other.about().name == name).count(), 1, "{name}");
        assert!(about.claim.ends_with('.') && about.claim.len() < 160, "{name}: {}", about.claim);
        assert!(about.next.starts_with("framerace ") && about.next.len() <= 76, "{name}: {}", about.next);
        let lines = about.explanation.lines().count();
        assert!((12..=40).contains(&lines), "{name}: {lines} lines are not half a page");
        let (holds, fails) = lesson.made_up();
        for measured in [holds, fails] {
            let (theory, verdict) = (lesson.predict(&measured), lesson.judge(&measured));
            assert!(!theory.law.is_empty() && !theory.formula.is_empty(), "{name}");
            for figure in &theory.predicted {
                assert_eq!(measured.samples(&figure.name).len(), figure.samples.len(), "{name}: {}", figure.name);
            }
            let input = about.on_frames.then(|| "synthetic:320x240@0x32".to_owned());
            let text = to_text(&LessonReport::new(about, input, measured, theory, verdict, Default::default()));
            let widest = text.lines().chain(about.explanation.lines()).map(|line| line.chars().count()).max();
            assert!(widest <= Some(80), "{name}: {widest:?}\n{text}");
            for part in ["claim ", "experiment ", "theory ", "measured ", "verdict ", "next\n"] {
                assert!(text.contains(&format!("\n{part}")), "{name}: {part}\n{text}");
            }
        }
    }
    assert!(list().lines().all(|line| line.chars().count() <= 80));
}
