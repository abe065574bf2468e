//! The filters that a chain may name: the built-in ones, and those of providers that a program adds.
//!
//! A provider stands for a family of filters that the library does not know, such as functions in another language:
//! `python=module:function` is the provider `python` with the options `module:function`. A chain crosses to worker
//! processes as its text, so the program of the workers must add the same providers.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use linkme::distributed_slice;

use super::kind::{Filter, FilterKind};
use super::{FILTERS, find};
use crate::near_miss::unknown;

/// The command that lists filters.
const LIST: &str = "framerace filters";

/// The provider that this program does not have, and the module for Python has.
const PYTHON: &str = "python";

/// What ffmpeg and others call some filters.
const ELSEWHERE: &[(&str, &str)] = &[
    ("boxblur", "blur=type=box"),
    ("edgedetect", "edges"),
    ("format", "grayscale"),
    ("gblur", "blur"),
    ("scale", "resize=WIDTH:HEIGHT"),
];

/// Makes a filter, once for each worker.
pub type MakeFilter = Arc<dyn Fn() -> Result<Box<dyn Filter>> + Send + Sync>;

/// A source of filters that are not built in.
pub trait FilterProvider: Send + Sync {
    /// The name by which chains call it.
    fn name(&self) -> &str;

    /// What it provides, in one line, for lists.
    fn summary(&self) -> &str {
        "filters of this program"
    }

    /// Reads the text behind the name and the equals sign, empty if there is none, and returns how to make the filter. The
    /// text holds no comma, which ends a filter.
    ///
    /// # Errors
    /// What is wrong with the text, and what would be right.
    fn parse(&self, options: &str) -> Result<MakeFilter>;

    /// What else is known of the filter of such a text, which could be [parsed](Self::parse).
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    fn traits(&self, options: &str) -> Result<Traits> {
        let _ = options;
        Ok(Traits::default())
    }
}

/// What is known of a filter before one is made. All of it may be left at nothing.
#[derive(Clone, Debug, Default)]
pub struct Traits {
    /// Its name in reports; the provider's where there is none.
    pub label: Option<String>,
    /// How it is shown, where its text is not for people to read.
    pub shown: Option<String>,
    /// Files and folders that it reads as it works: worker processes may read them.
    pub readable: Vec<PathBuf>,
    /// Why no other process can make it, if none can.
    pub only_here: Option<String>,
    /// Why it must see every frame in order, and so have one worker only, if it must.
    pub one_worker: Option<String>,
    /// The lock that all filters of its kind in a process stand in line for, as a verdict names it.
    pub lock: Option<String>,
    /// What a report says of it.
    pub note: Option<String>,
}

/// Makes a provider.
pub type MakeProvider = fn() -> Arc<dyn FilterProvider>;

/// The providers that a program is linked with. Whoever links some puts them here, in the program and so in its worker
/// processes:
///
/// ```ignore
/// #[linkme::distributed_slice(framerace::filter::FILTER_PROVIDERS)]
/// static MINE: framerace::filter::MakeProvider = || std::sync::Arc::new(Mine);
/// ```
#[distributed_slice]
pub static FILTER_PROVIDERS: [MakeProvider];

/// The filters that a chain may name. By default the built-in ones, and those of [`FILTER_PROVIDERS`].
#[derive(Clone)]
pub struct Registry {
    providers: Vec<Arc<dyn FilterProvider>>,
}

/// What a name stands for.
pub(super) enum Entry<'a> {
    BuiltIn(&'static FilterKind),
    Provided(&'a dyn FilterProvider),
}

impl Default for Registry {
    fn default() -> Self {
        Self { providers: FILTER_PROVIDERS.iter().map(|make| make()).collect() }
    }
}

impl Registry {
    /// Adds a provider. A name that is taken already keeps its first meaning.
    #[must_use]
    pub fn with(mut self, provider: impl FilterProvider + 'static) -> Self {
        self.providers.push(Arc::new(provider));
        self
    }

    /// The providers, with what they provide.
    pub fn providers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.providers.iter().map(|provider| (provider.name(), provider.summary()))
    }

    pub(super) fn find(&self, name: &str) -> Option<Entry<'_>> {
        let provided = || self.providers.iter().find(|provider| provider.name() == name);
        find(name).map(Entry::BuiltIn).or_else(|| provided().map(|found| Entry::Provided(&**found)))
    }

    /// The names to choose from, those for tests left out.
    pub(super) fn names(&self) -> Vec<&str> {
        let built_in = FILTERS.iter().filter(|kind| !kind.hidden).map(|kind| kind.name);
        let provided = self.providers.iter().map(|provider| provider.name());
        built_in.chain(provided).collect()
    }

    /// That there is no such filter, and what to write instead.
    pub(super) fn unknown(&self, name: &str) -> String {
        if name.contains([';', '|', '+', ' ']) {
            return format!("no filter '{name}'; filters have commas between, as in grayscale,blur; see {LIST}");
        }
        if name == PYTHON {
            return format!(
                "no filter '{name}' in this program: functions in Python are for the framerace that pip installs; in a \
                 Python environment, pip install the source of framerace, and use its framerace command"
            );
        }
        if let Some((_, ours)) = ELSEWHERE.iter().find(|(theirs, _)| *theirs == name) {
            return format!("no filter '{name}'; here it is {ours}; see {LIST}");
        }
        // `canny` is a way to find edges.
        let with_word = |kind: &&'static FilterKind| {
            let option = kind.options.iter().find(|option| option.values.words().contains(&name))?;
            Some((kind.name, option.name))
        };
        if let Some((kind, option)) = FILTERS.iter().find_map(with_word) {
            return format!("no filter '{name}'; did you mean {kind}={option}={name}? see {LIST}");
        }
        unknown("filter", name, self.names(), LIST)
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Registry({})", self.names().join(", "))
    }
}
