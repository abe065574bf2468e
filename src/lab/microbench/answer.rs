//! The answer of the price list in a few lines: what a start and a handoff cost, from which filter on what pays, and the
//! command to go on with.

use super::break_even::BreakEven;
use super::list::{Prices, StrategyPrices};
use crate::lab::report::{Width, counted, listed, three_digits};

/// The filter time at which it is said when a start is paid, or the next shorter one that was measured.
pub(super) const TYPICAL: f64 = 5.0;

/// The answer, in lines that fit.
pub(super) fn answer(prices: &Prices, width: Width) -> String {
    let text: String = sentences(prices).iter().map(|sentence| width.wrapped(sentence, 0)).collect();
    text + &width.command(&format!("next: {}", next(prices)))
}

/// The answer, a sentence each.
pub(super) fn sentences(prices: &Prices) -> [String; 2] {
    [costs(prices), pays(prices)]
}

/// The command to go on with.
pub(super) fn next(prices: &Prices) -> String {
    let frame = &prices.frame;
    format!("framerace compare synthetic:{}x{}@0x200 -w {}", frame.width, frame.height, prices.workers)
}

fn costs(prices: &Prices) -> String {
    let start = format!(
        "A thread starts in {} µs, a worker process in {} ms",
        three_digits(prices.thread_start_us.median),
        three_digits(prices.process_start_ms.median)
    );
    let handoff = |strategy: &StrategyPrices| {
        Some(format!("{} to {} and back", us(strategy.handoff_us.as_ref()?.median), strategy.name))
    };
    let handoffs: Vec<_> = prices.strategies.iter().filter_map(handoff).collect();
    match handoffs.is_empty() {
        true => format!("{start}."),
        false => format!("{start}; a frame takes {}.", listed(&handoffs)),
    }
}

fn us(time: f64) -> String {
    if time < 1e3 { format!("{} µs", three_digits(time)) } else { format!("{} ms", three_digits(time / 1e3)) }
}

/// From which filter on each is faster than `sequential`.
fn pays(prices: &Prices) -> String {
    let say = |strategy: &StrategyPrices| {
        let pays = strategy.pays_from?.median;
        let what = match pays {
            BreakEven::Never => format!("not even at {}", ms(longest(prices))),
            BreakEven::FromTheStart => "from the shortest filter on".to_owned(),
            BreakEven::From { .. } => format!("from {} a frame", break_even(pays, prices)),
        };
        Some(format!("{} {what}", strategy.name))
    };
    let each: Vec<_> = prices.strategies.iter().filter_map(say).collect();
    format!("Faster than sequential with {}: {}.", counted(prices.workers, "worker"), each.join(", "))
}

/// A time of filters; grayscale of a small frame takes some microseconds.
pub(super) fn ms(time: f64) -> String {
    if time < 0.1 { format!("{time:.3} ms") } else { format!("{} ms", three_digits(time)) }
}

fn longest(prices: &Prices) -> f64 {
    prices.strategies.first().and_then(|s| s.points.last()).map_or(0.0, |point| point.filter_ms)
}

/// A break-even in words: `1.23 ms`, or that it lies before or beyond what was measured.
pub(super) fn break_even(pays: BreakEven, prices: &Prices) -> String {
    let shortest = prices.strategies.first().and_then(|s| s.points.first()).map_or(0.0, |point| point.filter_ms);
    match pays {
        BreakEven::FromTheStart => format!("≤ {}", ms(shortest)),
        BreakEven::From { filter_ms } => ms(filter_ms),
        BreakEven::Never => format!("> {}", ms(longest(prices))),
    }
}
