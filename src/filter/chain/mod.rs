//! A chain: filters in order, as a recipe that every worker can make its own copy of.

pub(super) mod instance;
pub(super) mod options;
pub(super) mod parse;
pub(super) mod perturb;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};

use super::chain::instance::{ChainInstance, FilterInstance};
use super::chain::parse::{ChainError, parse};
use super::chain::perturb::Alteration;
use super::{Filter, Nature};
use crate::frame::Shape;
use crate::metrics::Buffers;

/// Filters in order. Read one from text (`"grayscale,blur=ksize=5".parse()`), or build one of your own filters.
#[derive(Clone, Default)]
pub struct Chain {
    links: Vec<Link>,
}

#[derive(Clone)]
struct Link {
    label: String,
    /// What the filter was read from; none for a filter of the user's own.
    text: Option<String>,
    make: Arc<dyn Fn() -> Result<Box<dyn Filter>> + Send + Sync>,
}

impl Chain {
    /// An empty chain, to be built with [`then`](Self::then).
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a filter of your own. `make` is called once for every worker.
    #[must_use]
    pub fn then<F>(self, label: &str, make: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Filter + 'static,
    {
        self.push(label, None, Arc::new(move || Ok(Box::new(make()))))
    }

    fn push(
        mut self,
        label: &str,
        text: Option<String>,
        make: Arc<dyn Fn() -> Result<Box<dyn Filter>> + Send + Sync>,
    ) -> Self {
        let before = |link: &&Link| link.label == label || link.label.starts_with(&format!("{label}-"));
        let label = match self.links.iter().filter(before).count() {
            0 => label.to_owned(),
            n => format!("{label}-{}", n + 1),
        };
        self.links.push(Link { label, text, make });
        self
    }

    /// The filters' names; a second blur is `blur-2`.
    pub fn labels(&self) -> Vec<String> {
        self.links.iter().map(|link| link.label.clone()).collect()
    }

    /// The chain as text that reads back as the same chain; none when it has filters of the user's own, which
    /// another process cannot know.
    pub fn by_name(&self) -> Option<String> {
        let texts: Option<Vec<_>> = self.links.iter().map(|link| link.text.clone()).collect();
        Some(texts?.join(","))
    }

    /// The same chain with some filters altered, for an experiment; `how` is told each filter's name.
    #[must_use]
    pub fn altered(&self, how: impl Fn(&str) -> Option<Alteration>) -> Self {
        let alter = |link: &Link| {
            let Some(how) = how(&link.label) else { return link.clone() };
            let make = Arc::clone(&link.make);
            Link {
                label: link.label.clone(),
                text: link.text.as_deref().map(|text| how.write(text)),
                make: Arc::new(move || Ok(how.of(make()?))),
            }
        };
        Self { links: self.links.iter().map(alter).collect() }
    }

    /// Makes the filters, for one worker and one shape of input.
    ///
    /// # Errors
    /// When the chain is empty, or a filter cannot take the image that reaches it.
    pub fn filters(&self, input: Shape) -> Result<Vec<FilterInstance>> {
        ensure!(!self.links.is_empty(), "the chain is empty; try -f grayscale (framerace filters lists them all)");
        let mut filters = Vec::new();
        let (mut shape, mut image) = (input, 0);
        for link in &self.links {
            let filter = (link.make)().with_context(|| format!("filter {}", link.label))?;
            let output = filter.shape(shape).with_context(|| format!("filter {} on {shape}", link.label))?;
            let from = image;
            image += usize::from(filter.nature() == Nature::Pixels);
            filters.push(FilterInstance::new(link.label.clone(), filter, from, image, output));
            shape = output;
        }
        if image == 0 {
            // Nothing would ever write the output.
            filters.push(FilterInstance::new("copy".into(), Box::new(super::copy::Copy), 0, 1, shape));
        }
        Ok(filters)
    }

    /// Makes the whole chain, for one worker and one shape of input.
    ///
    /// # Errors
    /// As [`filters`](Self::filters).
    pub fn live(&self, input: Shape, buffers: Arc<Buffers>) -> Result<ChainInstance> {
        ChainInstance::new(self.filters(input)?, buffers)
    }
}

impl FromStr for Chain {
    type Err = ChainError;

    fn from_str(text: &str) -> Result<Self, ChainError> {
        let add = |chain: Chain, parsed: super::chain::parse::Parsed| {
            let (kind, options, altered) = (parsed.kind, parsed.options, parsed.altered);
            let make = move || {
                let filter = kind.build(&options)?;
                Ok(match altered {
                    Some(altered) => altered.of(filter),
                    None => filter,
                })
            };
            chain.push(kind.name(), Some(parsed.text), Arc::new(make))
        };
        Ok(parse(text)?.into_iter().fold(Chain::new(), add))
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.links.iter().map(|link| link.text.as_ref().unwrap_or(&link.label).as_str()).collect();
        f.write_str(&names.join(","))
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chain({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_reads_back_as_it_was_written() {
        let chain: Chain = "grayscale, blur=ksize=7".parse().unwrap();
        assert_eq!(chain.to_string(), "grayscale,blur=ksize=7");
        assert_eq!(chain.by_name(), Some("grayscale,blur=ksize=7".into()));
    }

    #[test]
    fn the_same_filter_twice_has_two_names() {
        let chain: Chain = "blur,grayscale,blur,blur".parse().unwrap();
        assert_eq!(chain.labels(), ["blur", "grayscale", "blur-2", "blur-3"]);
    }

    #[test]
    fn a_chain_that_writes_nothing_copies() {
        let chain: Chain = "delay=0".parse().unwrap();
        let filters = chain.filters(Shape::bgr(4, 4)).unwrap();
        assert_eq!(filters.iter().map(|f| f.label()).collect::<Vec<_>>(), ["delay", "copy"]);
    }

    #[test]
    fn an_empty_chain_is_refused() {
        assert!(Chain::new().filters(Shape::bgr(4, 4)).is_err());
    }
}
