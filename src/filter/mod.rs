//! Filters: what is done to a frame's pixels, and the list of those that have a name.
//!
//! A filter reads one image and writes another. It knows no queue, thread or strategy.
//!
//! One more filter costs one file here, its `mod` line and its line in [`FILTERS`].

mod chain;
mod context;
mod kind;
mod options;
mod registry;

mod blur;
mod copy;
mod delay;
mod edges;
mod fault;
mod grayscale;
mod resize;
mod spin;
mod threshold;

pub use self::chain::instance::{ChainInstance, FilterError, FilterInstance};
pub(crate) use self::chain::instance::{FilterWork, panic_message, shapes_between};
pub use self::chain::parse::ChainError;
pub use self::chain::perturb::Perturbation;
pub use chain::Chain;
pub use context::FrameContext;
pub(crate) use fault::WrongReply;
pub use kind::{Filter, FilterKind, Nature, Reach};
pub use options::{OptionSpec, Options, Values};
pub use registry::{FILTER_PROVIDERS, FilterProvider, MakeFilter, MakeProvider, Registry, Traits};
pub(crate) use spin::use_cpu;

/// Every filter that has a name, in the order they are listed. Those that are hidden come last.
pub const FILTERS: &[&FilterKind] = &[
    &grayscale::KIND,
    &blur::KIND,
    &edges::KIND,
    &resize::KIND,
    &threshold::KIND,
    &delay::KIND,
    &spin::KIND,
    &copy::KIND,
    &fault::KIND,
];

/// The filter with this name.
pub fn find(name: &str) -> Option<&'static FilterKind> {
    FILTERS.iter().copied().find(|kind| kind.name == name)
}
