//! The answer of a batch, which comes last: how many files were done, how fast, and how to go on.

use std::ffi::OsString;

use framerace::batch::{Outcome, Summary};
use framerace::lab::report::{Width, counted};
use framerace::text::for_shell;

use super::summary::bottlenecks;

/// A command that is longer is not told again.
const LONGEST: usize = 150;

/// A few lines that fit on a usual terminal. `arguments` are those of this program.
pub fn answer(summary: &Summary, arguments: &[OsString], width: Width) -> String {
    let speed = speed(summary).map_or(String::new(), |speed| width.sentence(&speed));
    let next =
        next(summary).map_or(String::new(), |flags| width.command(&format!("next: {}", again(arguments, &flags))));
    width.sentence(&outcomes(summary)) + &speed + &next
}

/// `10 files in 3.2 s: 3 done, 2 skipped (done before), 5 failed`.
fn outcomes(summary: &Summary) -> String {
    let left = summary.left + summary.count(|outcome| *outcome == Outcome::Stopped || outcome.why_not_now().is_some());
    let counts = [
        (summary.count(|outcome| *outcome == Outcome::Done), "done"),
        (summary.count(|outcome| outcome.damage().is_some()), "damaged"),
        (summary.count(|outcome| *outcome == Outcome::Skipped), "skipped (done before)"),
        (summary.count(|outcome| outcome.kept().is_some()), "kept"),
        (summary.count(|outcome| outcome.why().is_some()), "failed"),
        (summary.count(|outcome| outcome.elsewhere().is_some()), "elsewhere"),
        (left, "left"),
    ];
    let counts: Vec<_> = counts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    let files = counted(summary.ended.len() + summary.left, "file");
    format!("{files} in {:.1} s: {}", summary.seconds, counts.join(", "))
}

/// How fast it was; none where nothing was done.
fn speed(summary: &Summary) -> Option<String> {
    let (frames, plays, seconds) = (summary.frames(), summary.plays(), summary.seconds.max(1e-9));
    let times = if plays > 0.0 { format!(", {:.1} × real time", plays / seconds) } else { String::new() };
    let limit = bottlenecks(summary).into_iter().next();
    let limit = limit.map_or(String::new(), |(stage, _)| format!("; limited by {stage}"));
    let (shown, fps, memory) = (counted(frames as usize, "frame"), frames as f64 / seconds, summary.peak_memory >> 20);
    (frames > 0).then(|| format!("{shown} at {fps:.0} FPS{times}, in {memory} MB{limit}"))
}

/// What to add to the command to go on; none where all is done.
fn next(summary: &Summary) -> Option<Vec<&'static str>> {
    let some = |test: fn(&Outcome) -> bool| summary.count(test) > 0;
    let flags = [
        ("--retry", some(|outcome| matches!(outcome, Outcome::Failed(_) | Outcome::FailedBefore(_)))),
        ("--redo", some(|outcome| outcome.kept().is_some())),
    ];
    let flags: Vec<_> = flags.into_iter().filter(|(_, wanted)| *wanted).map(|(flag, _)| flag).collect();
    let unfinished = |outcome: &Outcome| match outcome {
        Outcome::Stopped | Outcome::DiskFull(_) => true,
        other => other.why_not_now().or(other.elsewhere()).is_some(),
    };
    (!flags.is_empty() || summary.left > 0 || summary.count(unfinished) > 0).then_some(flags)
}

/// The same command with these flags, as a shell takes it.
fn again(arguments: &[OsString], flags: &[&str]) -> String {
    let given = arguments.iter().skip(1).map(|word| word.to_string_lossy());
    let flags: Vec<_> = flags.iter().copied().filter(|flag| !given.clone().any(|word| word == *flag)).collect();
    let words: Vec<_> = given.map(|word| for_shell(&word)).chain(flags.iter().map(|flag| (*flag).to_owned())).collect();
    let command = format!("{} {}", env!("CARGO_PKG_NAME"), words.join(" "));
    let is_clear = command.len() <= LONGEST && !words.iter().any(|word| word == "-" || word == "--");
    match (is_clear, flags.as_slice()) {
        (true, _) => command,
        (false, []) => "the same command again".into(),
        (false, flags) => format!("the same command with {}", flags.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use framerace::batch::{Ended, Figures};

    use super::*;

    fn summary(outcomes: Vec<Outcome>) -> Summary {
        let figures = |outcome: &Outcome| match outcome {
            Outcome::Done => Figures {
                frames_out: 250,
                duration_out_s: 10.0,
                seconds: 2.0,
                limited_by: Some("sink (encode)".into()),
                ..Figures::default()
            },
            _ => Figures::default(),
        };
        let ended = |outcome: Outcome| Ended {
            input: "in/a.mkv".into(),
            output: "a.mkv".into(),
            figures: figures(&outcome),
            outcome,
        };
        Summary {
            ended: outcomes.into_iter().map(ended).collect(),
            seconds: 4.0,
            peak_memory: 300 << 20,
            ..Summary::default()
        }
    }

    fn said(outcomes: Vec<Outcome>, arguments: &str) -> String {
        let arguments: Vec<_> = arguments.split(' ').map(OsString::from).collect();
        let text = answer(&summary(outcomes), &arguments, Width::default());
        assert!(text.lines().all(|line| line.chars().count() < 80) && text.lines().count() <= 4, "{text}");
        text
    }

    #[test]
    fn all_done_needs_no_next_step() {
        let text = said(vec![Outcome::Done, Outcome::Done, Outcome::Skipped], "framerace batch in -o out -f blur");
        assert_eq!(
            text,
            "3 files in 4.0 s: 2 done, 1 skipped (done before)\n500 frames at 125 FPS, 5.0 × real time, in 300 MB; limited by sink (encode)\n"
        );
    }

    #[test]
    fn what_is_left_names_the_command_to_go_on() {
        let (failed, kept) = (|| Outcome::Failed("it is empty".into()), || Outcome::Kept("-f edges".into()));
        let text = said(vec![failed(), kept()], "framerace batch 'a b' -o out -f blur");
        assert!(text.ends_with("\nnext: framerace batch ''\\''a' 'b'\\''' -o out -f blur --retry --redo\n"), "{text}");
        let text = said(vec![failed()], "framerace batch in -o out -f blur --retry");
        assert!(text.ends_with("next: framerace batch in -o out -f blur --retry\n"), "{text}");
        let many = vec!["clip.mp4"; 100].join(" ");
        let text = said(vec![kept()], &format!("framerace batch {many} -o out -f blur"));
        assert!(text.ends_with("next: the same command with --redo\n"), "{text}");
        let text = said(vec![Outcome::Stopped], "framerace batch - -o out -f blur");
        assert!(text.ends_with("next: the same command again\n"), "{text}");
    }
}
