//! The answer of a comparison of two results in a few lines: what became faster or slower beyond the noise, what else changed, and
//! the command to go on with.

use super::{Change, Diff};
use crate::lab::report::{Width, listed, percent, three_digits};
use crate::text::for_shell;

/// So many are named; of more there is a number.
const NAMED: usize = 3;

/// The answer, in lines that fit.
pub(super) fn answer(diff: &Diff, files: [&str; 2], width: Width) -> String {
    let lines: Vec<_> = [speed(diff), others(diff)].into_iter().flatten().collect();
    let text: String = lines.iter().map(|line| width.wrapped(line, 0)).collect();
    text + &width.command(&format!("next: {}", next(diff, files)))
}

fn changes<'a>(diff: &'a Diff, metric: &'a str) -> impl Iterator<Item = &'a Change> {
    diff.changes.iter().filter(move |change| change.metric.name == metric)
}

/// What became of the speed: which strategies are slower beyond the noise, which faster.
fn speed(diff: &Diff) -> Option<String> {
    let all: Vec<_> = changes(diff, "fps").collect();
    if all.iter().all(|change| change.is_none().is_none()) {
        let of = |change: &&Change| Some(format!("{} {}", change.strategy, signed(change.share?)));
        let named: Vec<_> = all.iter().take(NAMED).filter_map(of).collect();
        return Some(format!("FPS: {}; single rounds do not tell whether that is more than noise.", listed(&named)));
    }
    let beyond_noise = |better: bool| -> Vec<_> {
        all.iter().filter(|change| change.is_none() == Some(false) && change.is_better() == Some(better)).collect()
    };
    let [slower, faster] = [beyond_noise(false), beyond_noise(true)];
    let say = |some: &[&&Change], word: &str| match some {
        [] => None,
        some if some.len() > NAMED => Some(format!("{} of {} are {word}", some.len(), all.len())),
        some => {
            let each = some.iter().map(|c| {
                let share = signed(c.share.unwrap_or(0.0).abs());
                let (share, before, after) =
                    (share.trim_start_matches('+'), three_digits(c.before), three_digits(c.after));
                format!("{} is {share} {word} ({before} to {after} FPS)", c.strategy)
            });
            Some(listed(&each.collect::<Vec<_>>()))
        }
    };
    let said: Vec<_> = [say(&slower, "slower"), say(&faster, "faster")].into_iter().flatten().collect();
    Some(match (said.is_empty(), all.len()) {
        (true, 1) => format!("No change of speed shown{}.", doubt(diff)),
        (true, n) => format!("No change of speed shown in {n} strategies{}.", doubt(diff)),
        _ => format!("{}.", said.join("; ")),
    })
}

/// A change of speed that the rounds leave open, and that is too large to be passed over: half the width of an interval.
const WIDE: f64 = 0.1;

/// How much the rounds leave open, where that is much.
fn doubt(diff: &Diff) -> String {
    let widest = open(diff);
    if widest > WIDE { format!("; the rounds leave up to ±{} open", percent(widest)) } else { String::new() }
}

fn open(diff: &Diff) -> f64 {
    changes(diff, "fps").filter_map(|change| change.interval).map(|[low, high]| (high - low) / 2.0).fold(0.0, f64::max)
}

/// What else changed beyond the noise, for the worse or the better.
fn others(diff: &Diff) -> Option<String> {
    let sure = diff.changes.iter().filter(|c| c.metric.name != "fps" && c.is_none() == Some(false));
    let say = |c: &Change| Some(format!("{} of {} {}", c.metric.title, c.strategy, signed(c.share?)));
    let said: Vec<_> = sure.filter_map(say).collect();
    let more = said.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!said.is_empty()).then(|| format!("Also: {}{more}.", said[..said.len().min(NAMED)].join(", ")))
}

/// More rounds where these do not tell; the cause of what became slower; otherwise the gate that keeps it so.
fn next(diff: &Diff, files: [&str; 2]) -> String {
    let [before, after] = files.map(for_shell);
    let told = changes(diff, "fps").any(|change| change.is_none().is_some());
    let slower = changes(diff, "fps").any(|c| c.is_none() == Some(false) && c.is_better() == Some(false));
    match (told && open(diff) <= WIDE, slower) {
        (false, false) => format!("{} --rounds 6 --json {after}", diff.again),
        (_, true) => format!("framerace report {after} -v"),
        _ => format!("framerace diff {before} {after} --fail-if 'fps<-5%'"),
    }
}

/// A share with its sign, as a percentage: `-5.2 %`.
pub(super) fn signed(share: f64) -> String {
    let percent = format!("{:+.1}", share * 100.0);
    // Nothing has no sign.
    let percent = if matches!(percent.as_str(), "+0.0" | "-0.0") { "0.0" } else { &percent };
    format!("{percent} %")
}
