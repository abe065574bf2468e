//! The shards of a plan as a table, as bars, and in one line.

use framerace::batch::ShardStatus;
use framerace::lab::report::counted;

/// Shards that have a line of their own; of more the first that are not over are shown.
const MOST: usize = 40;

/// Whether nothing of it is left to do.
pub fn is_over(shard: &ShardStatus) -> bool {
    shard.done + shard.failed == shard.pieces
}

/// A line a shard.
pub fn table(shards: &[ShardStatus]) -> String {
    let mut text = format!(
        "{:>6} {:>14} {:>7} {:>7} {:>19} {:>8} {:>9}\n",
        "shard", "files", "failed", "begun", "frames", "FPS", "left"
    );
    let shown = shown(shards);
    for shard in &shown {
        let frames = shard.of_frames.map_or(shard.frames.to_string(), |all| format!("{}/{all}", shard.frames));
        let fps = shard.fps.map_or("-".into(), |fps| format!("{fps:.0}"));
        text += &format!(
            "{:>6} {:>14} {:>7} {:>7} {frames:>19} {fps:>8} {:>9}\n",
            shard.shard,
            format!("{}/{}", shard.done, shard.pieces),
            shard.failed,
            shard.begun,
            left(shard)
        );
    }
    text + &more(shards, shown.len())
}

/// A bar a shard, of so many columns.
pub fn bars(shards: &[ShardStatus], columns: usize) -> Vec<String> {
    let shown = shown(shards);
    let width = columns.saturating_sub(36).clamp(10, 60);
    let bar = |shard: &&ShardStatus| {
        let part = part(shard);
        let full = (part * width as f64) as usize;
        let bar = "█".repeat(full) + &"░".repeat(width - full);
        let failed = if shard.failed > 0 { format!(" {} failed", shard.failed) } else { String::new() };
        format!("{:>5} {bar} {:>3.0} % {:>9}{failed}", shard.shard, part * 100.0, left(shard))
    };
    let mut lines: Vec<_> = shown.iter().map(bar).collect();
    let more = more(shards, shown.len());
    lines.extend((!more.is_empty()).then(|| more.trim_end().to_owned()));
    lines.push(sum(shards));
    lines
}

/// All shards in a line.
pub fn sum(shards: &[ShardStatus]) -> String {
    let add = |of: fn(&ShardStatus) -> usize| shards.iter().map(of).sum::<usize>();
    let (pieces, done, failed) = (add(|s| s.pieces), add(|s| s.done), add(|s| s.failed));
    let frames: u64 = shards.iter().map(|shard| shard.frames).sum();
    let fps: f64 = shards.iter().filter(|shard| !is_over(shard)).filter_map(|shard| shard.fps).sum();
    let over = shards.iter().filter(|shard| is_over(shard)).count();
    let failed = if failed > 0 { format!(", {failed} failed") } else { String::new() };
    let speed = if fps > 0.0 { format!(", at {fps:.0} FPS") } else { String::new() };
    let longest = shards.iter().filter(|shard| !is_over(shard)).filter_map(|shard| shard.left_s).reduce(f64::max);
    let rest = longest.map_or(String::new(), |seconds| format!(", {} left", clock(seconds)));
    format!(
        "{done} of {} done{failed}, {over} of {} over; {frames} frames{speed}{rest}",
        counted(pieces, "file"),
        counted(shards.len(), "shard")
    )
}

fn shown(shards: &[ShardStatus]) -> Vec<&ShardStatus> {
    if shards.len() <= MOST {
        return shards.iter().collect();
    }
    shards.iter().filter(|shard| !is_over(shard)).take(MOST).collect()
}

fn more(shards: &[ShardStatus], shown: usize) -> String {
    let more = shards.len() - shown;
    if more > 0 { format!("and {}\n", counted(more, "more shard")) } else { String::new() }
}

/// How much of it is done: by frames where their number is known.
fn part(shard: &ShardStatus) -> f64 {
    match shard.of_frames {
        _ if is_over(shard) => 1.0,
        Some(all) if all > 0 => (shard.frames as f64 / all as f64).min(1.0),
        _ => shard.done as f64 / shard.pieces.max(1) as f64,
    }
}

fn left(shard: &ShardStatus) -> String {
    match shard.left_s {
        _ if is_over(shard) => "over".into(),
        Some(seconds) => clock(seconds),
        None => "-".into(),
    }
}

fn clock(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{}:{:02} min", seconds / 60, seconds % 60),
        _ => format!("{}:{:02} h", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shard(shard: usize, done: usize, frames: u64) -> ShardStatus {
        let (fps, left_s) = (Some(50.0), Some((100 - frames) as f64 / 50.0));
        ShardStatus { shard, pieces: 4, done, frames, of_frames: Some(100), fps, left_s, ..ShardStatus::default() }
    }

    #[test]
    fn a_bar_a_shard_and_a_line_for_all() {
        let lines = bars(&[shard(0, 4, 100), shard(1, 1, 25)], 80);
        assert!(lines[0].contains("100 %") && lines[0].ends_with("over"), "{lines:?}");
        assert!(lines[1].contains(" 25 %") && lines[1].ends_with("2 s"), "{lines:?}");
        assert_eq!(lines[2], "5 of 8 files done, 1 of 2 shards over; 125 frames, at 50 FPS, 2 s left");
        assert!(lines.iter().all(|line| line.chars().count() < 80), "{lines:?}");
    }

    #[test]
    fn of_many_shards_those_are_shown_that_are_not_over() {
        let shards: Vec<_> = (0..100).map(|n| if n < 90 { shard(n, 4, 100) } else { shard(n, 1, 25) }).collect();
        let text = table(&shards);
        assert!(text.lines().count() == 12 && text.ends_with("and 90 more shards\n"), "{text}");
    }
}
