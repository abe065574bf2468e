//! A chain: filters in order, as a description of which every worker makes its own instance.

pub(super) mod instance;
pub(super) mod parse;
pub(super) mod perturb;

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use self::instance::{ChainInstance, FilterInstance};
use self::parse::{ChainError, parse};
use self::perturb::Perturbation;
use super::{Filter, MakeFilter, Registry, Traits};
use crate::frame::{Pixels, Shape};
use crate::metrics::Buffers;

/// Filters in order. Read one from text (`"grayscale,blur=ksize=5".parse()`), or build one of your own filters.
#[derive(Clone, Default)]
pub struct Chain {
    filters: Vec<NamedFilter>,
}

/// A filter of a chain, and how to make it.
#[derive(Clone)]
struct NamedFilter {
    label: String,
    /// The text that it was read from; none for a filter that is code of the program.
    text: Option<String>,
    make: MakeFilter,
    traits: Traits,
}

impl Chain {
    /// An empty chain, to be built with [`then`](Self::then).
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a chain that may name the filters of this registry.
    ///
    /// # Errors
    /// What is wrong with the text, at which column, and what would be right.
    pub fn parse(text: &str, registry: &Registry) -> Result<Self, ChainError> {
        let add = |chain: Self, parsed: parse::Parsed| {
            chain.push(&parsed.name, Some(parsed.text), parsed.make, parsed.traits)
        };
        Ok(parse(text, registry)?.into_iter().fold(Self::new(), add))
    }

    /// Adds a filter of your own. `make` is called once for every worker.
    #[must_use]
    pub fn then<F>(self, label: &str, make: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Filter + 'static,
    {
        self.push(label, None, Arc::new(move || Ok(Box::new(make()))), Traits::default())
    }

    fn push(mut self, label: &str, text: Option<String>, make: MakeFilter, traits: Traits) -> Self {
        let same = |filter: &&NamedFilter| filter.label == label || filter.label.starts_with(&format!("{label}-"));
        let label = match self.filters.iter().filter(same).count() {
            0 => label.to_owned(),
            n => format!("{label}-{}", n + 1),
        };
        self.filters.push(NamedFilter { label, text, make, traits });
        self
    }

    /// The filters' names; a second blur is `blur-2`.
    pub fn labels(&self) -> Vec<String> {
        self.filters.iter().map(|filter| filter.label.clone()).collect()
    }

    /// The chain as text that reads back as the same chain; none if a filter is code of this program, which another process
    /// cannot know.
    pub fn by_name(&self) -> Option<String> {
        let texts: Option<Vec<_>> = self.filters.iter().map(|filter| filter.text.clone()).collect();
        Some(texts?.join(","))
    }

    /// Why worker processes cannot make it, if they cannot.
    pub fn only_here(&self) -> Option<&str> {
        self.traits(|traits| traits.only_here.as_deref())
    }

    /// Why it must see every frame in order, and so have one worker only, if it must.
    pub fn one_worker(&self) -> Option<&str> {
        self.traits(|traits| traits.one_worker.as_deref())
    }

    /// The lock that its filters stand in line for, if there is one.
    pub fn lock(&self) -> Option<&str> {
        self.traits(|traits| traits.lock.as_deref())
    }

    /// What a report says of its filters, each note once.
    pub fn notes(&self) -> BTreeSet<&str> {
        self.filters.iter().filter_map(|filter| filter.traits.note.as_deref()).collect()
    }

    /// Files and folders that its filters read as they work.
    pub fn readable(&self) -> BTreeSet<PathBuf> {
        self.filters.iter().flat_map(|filter| filter.traits.readable.iter().cloned()).collect()
    }

    fn traits<'a>(&'a self, of: impl Fn(&'a Traits) -> Option<&'a str>) -> Option<&'a str> {
        self.filters.iter().find_map(|filter| of(&filter.traits))
    }

    /// The same chain with some filters perturbed, for an experiment; `how` is given each filter's label.
    #[must_use]
    pub fn perturbed(&self, how: impl Fn(&str) -> Option<Perturbation>) -> Self {
        let perturb = |filter: &NamedFilter| {
            let Some(how) = how(&filter.label) else { return filter.clone() };
            let make = Arc::clone(&filter.make);
            NamedFilter {
                label: filter.label.clone(),
                text: filter.text.as_deref().map(|text| how.write(text)),
                make: Arc::new(move || Ok(how.apply_to(make()?))),
                traits: filter.traits.clone(),
            }
        };
        Self { filters: self.filters.iter().map(perturb).collect() }
    }

    /// The time that a frame takes on any machine, by what those filters say that only simulate work.
    pub fn declared(&self) -> Duration {
        self.filters.iter().filter_map(|filter| Some((filter.make)().ok()?.declared())).sum()
    }

    /// What the reader is asked for: what the first filter [reads](Filter::reads).
    pub fn reads(&self) -> Pixels {
        let first = self.filters.first().and_then(|filter| (filter.make)().ok());
        first.map_or(Pixels::Bgr8, |filter| filter.reads())
    }

    /// Makes the filters, for one worker and one shape of input.
    ///
    /// # Errors
    /// When the chain is empty, or a filter cannot take the image that reaches it.
    pub fn filters(&self, input: Shape) -> Result<Vec<FilterInstance>> {
        ensure!(!self.filters.is_empty(), "the chain is empty; try -f grayscale (framerace filters lists them all)");
        let mut filters = Vec::new();
        let (mut shape, mut image) = (input, 0);
        for NamedFilter { label, make, .. } in &self.filters {
            let filter = make().with_context(|| format!("filter {label}"))?;
            let output = filter.shape(shape).with_context(|| format!("filter {label} on {shape}"))?;
            filters.push(FilterInstance::new(label.clone(), filter, image, output));
            image = filters[filters.len() - 1].images().1;
            shape = output;
        }
        if image == 0 {
            // Nothing would ever write the output.
            filters.push(FilterInstance::new("copy".into(), Box::new(super::copy::Copy), 0, shape));
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

    /// Reads a chain of built-in filters.
    fn from_str(text: &str) -> Result<Self, ChainError> {
        Self::parse(text, &Registry::default())
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |filter: &NamedFilter| {
            filter.traits.shown.as_ref().or(filter.text.as_ref()).unwrap_or(&filter.label).clone()
        };
        let names: Vec<_> = self.filters.iter().map(text).collect();
        f.write_str(&names.join(","))
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chain({self})")
    }
}
