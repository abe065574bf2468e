//! A pool's ordered map, its unordered map, and a parallel iterator of rayon, on the same list.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::channel;
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rayon::prelude::*;

use super::{About, Expectation, Lab, Lesson, Measured, Notes, Theory};
use crate::pipeline::Reorder;

/// The lesson.
pub struct Map;

const ITEMS: u64 = 31;
const WORKERS: usize = 4;
/// The first item is slow, all others are alike.
const SLOW_MS: u64 = 80;
const OTHER_MS: u64 = 8;

const WAYS: [&str; 3] = ["ordered", "unordered", "rayon"];

impl Lesson for Map {
    fn about(&self) -> About {
        About {
            name: "map",
            claim: "Ordered, unordered or rayon: a list takes the same time; in order, one slow item holds up the rest.",
            drawing: "
                   ┌▶ worker ─┐
  list: S o o o o ─┼▶ worker ─┼▶ results: as they come, or in order
                   └▶ worker ─┘",
            explanation: include_str!("map.md"),
            next: "framerace compare synthetic:320x240@0x200 -f delay=5 -s threads,rayon -w 4",
            on_frames: false,
        }
    }

    fn measure(&self, lab: &Lab<'_>) -> Result<Measured> {
        let by_pool = |way: &'static str| {
            move |notes: &mut Notes| {
                note(notes, way, &pool(way == WAYS[0]));
                Ok(())
            }
        };
        let crew = rayon::ThreadPoolBuilder::new().num_threads(WORKERS).build().context("cannot start its threads")?;
        let by_rayon = |notes: &mut Notes| {
            let from = Instant::now();
            let results: Vec<u64> = crew.install(|| (0..ITEMS).into_par_iter().map(work).collect());
            // All of them are there at once, at the end.
            note(notes, WAYS[2], &vec![from.elapsed(); results.len()]);
            Ok(())
        };
        lab.rounds(
            format!("{ITEMS} items by {WORKERS} workers: the first waits {SLOW_MS} ms, each other one {OTHER_MS} ms"),
            &[&by_pool(WAYS[0]), &by_pool(WAYS[1]), &by_rayon],
        )
    }

    fn predict(&self, measured: &Measured) -> Theory {
        let sum = SLOW_MS + (ITEMS - 1) * OTHER_MS;
        let all = (sum as f64 / WORKERS as f64).max(SLOW_MS as f64);
        // One worker has the slow item; the others have the rest to themselves.
        let half = ((ITEMS / 2).div_ceil(WORKERS as u64 - 1) * OTHER_MS) as f64;
        let [ordered, unordered] =
            [measured.always(&half_of(WAYS[0]), SLOW_MS as f64), measured.always(&half_of(WAYS[1]), half)];
        Theory {
            law: "sum of the items shared, or the longest of them",
            formula: "T = max(longest, sum ÷ workers); in order, nothing leaves before the first",
            predicted: WAYS
                .map(|way| measured.always(&all_of(way), all))
                .into_iter()
                .chain([ordered, unordered])
                .collect(),
        }
    }

    fn checks(&self, measured: &Measured) -> Vec<Expectation> {
        let [ordered, unordered, rayon] = WAYS.map(|way| measured.samples(&all_of(way)).to_vec());
        let [half_ordered, half_unordered, _] = WAYS.map(|way| measured.samples(&half_of(way)).to_vec());
        vec![
            Expectation::ratio("all: ordered ÷ unordered", &ordered, &unordered)
                .about(1.0, 0.15)
                .or("keeping the order changed the whole time"),
            Expectation::ratio("all: rayon ÷ unordered", &rayon, &unordered)
                .about(1.0, 0.35)
                .or("rayon shares the list out another way"),
            Expectation::ratio("half of it: ordered ÷ unordered", &half_ordered, &half_unordered)
                .at_least(1.3)
                .or("the slow item held nobody up"),
        ]
    }

    #[cfg(test)]
    fn made_up(&self) -> (Measured, Measured) {
        let made_up = |half: f64| {
            let rows = [(all_of("ordered"), 89.5), (half_of("ordered"), half), (all_of("unordered"), 88.5)];
            let more = [(half_of("unordered"), 40.5), (all_of("rayon"), 92.5), (half_of("rayon"), 92.5)];
            let rows: Vec<_> = rows.into_iter().chain(more).collect();
            Measured::made_up(2.0, &rows.iter().map(|(name, value)| (name.as_str(), *value)).collect::<Vec<_>>())
        };
        (made_up(80.5), made_up(40.5))
    }
}

fn all_of(way: &str) -> String {
    format!("{way}, all results")
}

fn half_of(way: &str) -> String {
    format!("{way}, half of them")
}

/// Notes when half of the results were there, and when all.
fn note(notes: &mut Notes, way: &str, at: &[Duration]) {
    let ms = |at: Option<&Duration>| at.map_or(f64::NAN, |at| at.as_secs_f64() * 1e3);
    notes.add(&half_of(way), "ms", ms(at.get(at.len() / 2)));
    notes.add(&all_of(way), "ms", ms(at.last()));
}

/// What is done with an item.
fn work(item: u64) -> u64 {
    sleep(Duration::from_millis(if item == 0 { SLOW_MS } else { OTHER_MS }));
    item
}

/// Threads that take one item after the other; tells when each result was there, in order or as they come.
fn pool(ordered: bool) -> Vec<Duration> {
    let (from, next, (done, results)) = (Instant::now(), AtomicU64::new(0), channel());
    scope(|s| {
        for _ in 0..WORKERS {
            let (done, next) = (done.clone(), &next);
            s.spawn(move || {
                let items = std::iter::repeat_with(|| next.fetch_add(1, Relaxed)).take_while(|item| *item < ITEMS);
                items.map(work).try_for_each(|item| done.send(item))
            });
        }
        drop(done);
        let (mut waiting, mut at) = (Reorder::default(), Vec::new());
        for (number, item) in (0..).zip(results) {
            // As they come, each has the number at which it came.
            waiting.push(if ordered { item } else { number }, item);
            at.extend(std::iter::from_fn(|| waiting.pop()).map(|_| from.elapsed()));
        }
        at
    })
}
