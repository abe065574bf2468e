//! The price list: what a thread, a process, a hand-over and a fresh page cost on this machine for frames of one size,
//! and from which filter on they pay.
//!
//! Nothing here is a guess from a data sheet: every figure is measured, in rounds that do everything once in shuffled
//! order, after a warm-up. It is a plain user of [`strategy::run`](crate::run::run), and knows no strategy but by
//! its name: what it does, any program can do.
//!
//! The chain is `grayscale,spin=MS`. A chain of `spin` alone would end in a hidden copy of the whole frame; grayscale
//! writes an output as filters do, a third of its input, and its own time is part of the time a filter takes: "2 ms"
//! is grayscale and as much spin as is left of 2 ms. Less than grayscale cannot be measured; that is the first point.

mod break_even;
mod list;
mod parts;
mod rounds;
mod summary;
mod table;

pub use break_even::{BreakEven, PaysFrom};
pub use list::{FrameSize, Point, Prices, SCHEMA, StrategyPrices, TouchPrices, schema, to_json};
pub use rounds::{Plan, measure};
pub use table::to_table;
