//! The price list: what a thread, a process, the handoff of a frame and a fresh memory page cost on this machine for frames
//! of one size, and from which filter time on they pay off.
//!
//! Every figure is measured, after a warm-up, in rounds that do everything once in shuffled order. Strategies are known
//! by name only and run with [`run`](crate::run::run), as any program could do.
//!
//! The chain is `grayscale,spin=MS`. With `spin` alone the whole frame would be copied at the end; grayscale writes an
//! output, as real filters do. Its time is part of the time of the chain: "2 ms" is grayscale, and spin for the rest of
//! the 2 ms. Times shorter than that of grayscale cannot be measured, so it alone is the first point.

mod answer;
mod break_even;
mod list;
mod page;
mod parts;
mod plan;
mod rounds;
mod summary;
mod table;

pub use break_even::{BreakEven, PaysFrom};
pub use list::{FrameSize, PricePoint, Prices, StrategyPrices, TouchPrices};
pub use page::to_html;
pub use plan::MicrobenchPlan;
pub use rounds::measure;
pub use table::to_table;
