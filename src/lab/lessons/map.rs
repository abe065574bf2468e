//! A pool's ordered map, its unordered map, and a parallel iterator of rayon, on the same list.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::channel;
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rayon::prelude::*;

use super::{Arm, Expectation, Lesson, Measured, Words, read};
use crate::host::shortage::start;
use crate::pipeline::Reorder;

pub static MAP: Lesson = Lesson {
    about: Words::new(|| read(include_str!("map.md"))),
    title: |_, _| {
        format!("{ITEMS} items by {WORKERS} workers: the first waits {SLOW_MS} ms, each other one {OTHER_MS} ms")
    },
    arms,
    checks,
};

const ITEMS: u64 = 31;
const WORKERS: usize = 4;
/// The first item is slow, all others are alike.
const SLOW_MS: u64 = 80;
const OTHER_MS: u64 = 8;

const ORDERED: &str = "ordered";
const UNORDERED: &str = "unordered";
const RAYON: &str = "rayon";

fn arms(_: f64) -> Vec<Arm> {
    let slow = SLOW_MS as f64;
    let all = ((SLOW_MS + (ITEMS - 1) * OTHER_MS) as f64 / WORKERS as f64).max(slow);
    // One worker has the slow item; the others have the rest to themselves.
    let half = ((ITEMS / 2).div_ceil(WORKERS as u64 - 1) * OTHER_MS) as f64;
    let by_pool = |way: &str, ordered, half| {
        let arm = Arm::other(move |_| times(&pool(ordered)?)).value(half_of(way), "ms").predicted(half);
        arm.value(all_of(way), "ms").predicted(all)
    };
    let by_rayon = Arm::other(|_| times(&parallel_iterator()?));
    vec![
        by_pool(ORDERED, true, slow),
        by_pool(UNORDERED, false, half),
        by_rayon.value(half_of(RAYON), "ms").value(all_of(RAYON), "ms").predicted(all),
    ]
}

fn checks(measured: &Measured) -> Vec<Expectation> {
    vec![
        Expectation::ratio(measured, "all: ordered ÷ unordered", &all_of(ORDERED), &all_of(UNORDERED))
            .about_one(0.15, "keeping the order changed the whole time"),
        Expectation::ratio(measured, "all: rayon ÷ unordered", &all_of(RAYON), &all_of(UNORDERED))
            .about_one(0.35, "rayon shares the list out another way"),
        Expectation::ratio(measured, "half of it: ordered ÷ unordered", &half_of(ORDERED), &half_of(UNORDERED))
            .at_least(1.3, "the slow item held nobody up"),
    ]
}

fn all_of(way: &str) -> String {
    format!("{way}, all results")
}

fn half_of(way: &str) -> String {
    format!("{way}, half of them")
}

/// Milliseconds until half of the results were there, and until all were.
fn times(at: &[Duration]) -> Result<Vec<f64>> {
    let (half, all) = (at.get(at.len() / 2), at.last());
    Ok([half, all].map(|at| at.map_or(f64::NAN, |at| at.as_secs_f64() * 1e3)).into())
}

fn work(item: u64) -> u64 {
    sleep(Duration::from_millis(if item == 0 { SLOW_MS } else { OTHER_MS }));
    item
}

/// A parallel iterator; when each result was there: all of them at once, at the end.
fn parallel_iterator() -> Result<Vec<Duration>> {
    let crew = rayon::ThreadPoolBuilder::new().num_threads(WORKERS).build().context("cannot start its threads")?;
    let from = Instant::now();
    let results: Vec<u64> = crew.install(|| (0..ITEMS).into_par_iter().map(work).collect());
    Ok(vec![from.elapsed(); results.len()])
}

/// Threads that take one item after the other; tells when each result was there, in order or as they come.
fn pool(ordered: bool) -> Result<Vec<Duration>> {
    let (from, next, (done, results)) = (Instant::now(), AtomicU64::new(0), channel());
    scope(|s| {
        for _ in 0..WORKERS {
            let (done, next) = (done.clone(), &next);
            start(s, move || {
                let items = std::iter::repeat_with(|| next.fetch_add(1, Relaxed)).take_while(|item| *item < ITEMS);
                items.map(work).try_for_each(|item| done.send(item))
            })?;
        }
        drop(done);
        let (mut waiting, mut at) = (Reorder::default(), Vec::new());
        for (number, item) in (0..).zip(results) {
            // As they come, each has the number at which it came.
            waiting.push(if ordered { item } else { number }, item);
            at.extend(std::iter::from_fn(|| waiting.pop()).map(|_| from.elapsed()));
        }
        Ok(at)
    })
}
