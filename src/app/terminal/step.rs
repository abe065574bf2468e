//! One line of progress for a series of runs: the round, who leads by how much and whether that is sure, and the time left.
//! Numbers and names in, text out.

use std::time::Duration;

use framerace::pipeline::{Standing, Step};

use super::line::{clock, fits, fitted};

/// The line, shorter than `columns`. What is about to run began `since`, and has delivered so many frames by now.
pub(super) fn step_line(step: &Step, since: Duration, delivered: u64, columns: usize) -> String {
    let round = match (step.round, step.rounds) {
        (0, _) => "warm-up".to_owned(),
        (n, 0) => format!("round {n}"),
        (n, all) => format!("round {n} of {all}"),
    };
    let left = step.left.map(|left| {
        let at_most = if step.rounds == 0 { "≤ " } else { "" };
        format!("{at_most}{} left", clock(left.saturating_sub(since)))
    });
    let percent = Some((step.done * 100.0) as u64);
    // Frames in other processes are not counted here. A little low at first, because the time includes the start of the run.
    let fps = (delivered > 0).then(|| format!("{:.0} FPS", delivered as f64 / since.as_secs_f64()));
    let now = [Some(step.strategy.clone()).filter(|name| !name.is_empty()), fps].into_iter().flatten();
    let Some(standing) = &step.standing else {
        return fitted("", percent, [Some(round)].into_iter().flatten().chain(now).chain(left).collect(), columns);
    };
    // The fewer leaders, the shorter.
    let figures = |leaders: usize| -> Vec<String> {
        [Some(round.clone()), Some(lead(standing, leaders)), left.clone()].into_iter().flatten().collect()
    };
    let leaders = (1..=standing.leaders.len()).rev().find(|leaders| fits("", percent, &figures(*leaders), columns));
    let now = step.strategy.clone();
    fitted("", percent, figures(leaders.unwrap_or(1)).into_iter().chain([format!("now {now}")]).collect(), columns)
}

/// `threads 244, rayon 241 (tied)`, `threads 244 leads rayon 212`, and of too few rounds `threads 244, rayon 241`.
fn lead(standing: &Standing, leaders: usize) -> String {
    let leaders = &standing.leaders[..leaders.min(standing.leaders.len())];
    // What the values of a sweep have in common need not be said twice.
    let first_word = |name: &str| name.split_once(' ').map(|(first, _)| first.to_owned());
    let common = leaders.first().and_then(|(name, _)| first_word(name));
    let common = common.filter(|common| leaders.iter().all(|(name, _)| first_word(name).as_ref() == Some(common)));
    let short = |name: &str| match &common {
        Some(common) => name[common.len()..].trim_start().to_owned(),
        None => name.to_owned(),
    };
    let each: Vec<_> = leaders.iter().map(|(name, fps)| format!("{} {fps:.0}", short(name))).collect();
    match (&each[..], standing.tied) {
        ([one, two], Some(false)) => format!("{one} leads {two}"),
        (_, Some(true)) => format!("{} (tied)", each.join(", ")),
        _ => each.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(tied: Option<bool>, names: [&str; 2], rounds: usize) -> Step {
        let leaders = names.map(String::from).into_iter().zip([244.4, 240.6]).collect();
        let left = Some(Duration::from_secs(34));
        Step {
            strategy: "stages".into(),
            round: 4,
            rounds,
            done: 0.43,
            standing: Some(Standing { leaders, tied }),
            left,
        }
    }

    fn line(step: &Step, columns: usize) -> String {
        step_line(step, Duration::from_secs(3), 0, columns)
    }

    #[test]
    fn it_says_who_leads_and_how_sure_that_is() {
        let tied = step(Some(true), ["threads", "rayon"], 0);
        assert_eq!(line(&tied, 80), "████░░░░░░  43 % · round 4 · threads 244, rayon 241 (tied) · ≤ 0:31 left");
        assert!(line(&tied, 120).ends_with(" left · now stages"));
        let sure = step(Some(false), ["threads workers=4", "threads workers=2"], 7);
        assert!(
            line(&sure, 100).contains("round 4 of 7 · workers=4 244 leads workers=2 241 · 0:31 left"),
            "{}",
            line(&sure, 100)
        );
        let early = step(None, ["threads", "rayon"], 0);
        assert!(line(&early, 80).contains(" · threads 244, rayon 241 · "));
        let first = Step { standing: None, left: None, round: 1, ..tied };
        assert_eq!(line(&first, 80), "████░░░░░░  43 % · round 1 · stages");
    }

    #[test]
    fn it_never_reaches_the_end_of_the_line() {
        for names in [["processes-pipe", "global-lock"], ["threads size=1920x1080", "夏休み夏休み夏休み夏休み夏休み"]]
        {
            for (columns, tied) in (20..130).zip([Some(true), Some(false), None].into_iter().cycle()) {
                let line = line(&step(tied, names, 0), columns);
                assert!(console::measure_text_width(&line) < columns, "{columns}: {line}");
                assert!(columns < 80 || line.contains("left"), "{columns}: {line}");
            }
        }
    }
}
