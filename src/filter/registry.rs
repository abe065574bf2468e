//! The filters that a chain may name: the built-in ones, and those of providers that a program adds.
//!
//! A provider stands for a family of filters that the library does not know, such as functions in another language:
//! `python=module:function` is the provider `python` with the options `module:function`. A chain crosses to worker
//! processes as its text, so the program of the workers must add the same providers.

use std::sync::Arc;

use anyhow::Result;

use super::FILTERS;
use super::kind::{Filter, FilterKind};

/// Makes a filter, once for each worker.
pub type MakeFilter = Arc<dyn Fn() -> Result<Box<dyn Filter>> + Send + Sync>;

/// A source of filters that are not built in.
pub trait FilterProvider: Send + Sync {
    /// The name by which chains call it.
    fn name(&self) -> &str;

    /// Reads the text behind the name and the equals sign, empty if there is none, and returns how to make the filter. The
    /// text holds no comma, which ends a filter.
    ///
    /// # Errors
    /// What is wrong with the text, and what would be right.
    fn parse(&self, options: &str) -> Result<MakeFilter>;
}

/// The filters that a chain may name. By default the built-in ones.
#[derive(Clone, Default)]
pub struct Registry {
    providers: Vec<Arc<dyn FilterProvider>>,
}

/// What a name stands for.
pub(super) enum Entry<'a> {
    BuiltIn(&'static dyn FilterKind),
    Provided(&'a dyn FilterProvider),
}

impl Registry {
    /// Adds a provider. A name that is taken already keeps its first meaning.
    #[must_use]
    pub fn with(mut self, provider: impl FilterProvider + 'static) -> Self {
        self.providers.push(Arc::new(provider));
        self
    }

    pub(super) fn find(&self, name: &str) -> Option<Entry<'_>> {
        let provided = || self.providers.iter().find(|provider| provider.name() == name);
        let built_in = FILTERS.iter().find(|kind| kind.name() == name);
        built_in.map(|kind| Entry::BuiltIn(*kind)).or_else(|| provided().map(|found| Entry::Provided(&**found)))
    }

    /// The names to choose from, those for tests left out.
    pub(super) fn names(&self) -> String {
        let built_in = FILTERS.iter().filter(|kind| !kind.hidden()).map(|kind| kind.name());
        let provided = self.providers.iter().map(|provider| provider.name());
        built_in.chain(provided).collect::<Vec<_>>().join(", ")
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Registry({})", self.names())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::{Chain, copy};
    use crate::frame::Shape;

    /// Provides copies by the names `1` to `3`.
    struct Copies;

    impl FilterProvider for Copies {
        fn name(&self) -> &str {
            "copies"
        }

        fn parse(&self, options: &str) -> Result<MakeFilter> {
            anyhow::ensure!(["1", "2", "3", "a:b"].contains(&options), "no copy '{options}' (there is 1 to 3)");
            Ok(Arc::new(|| Ok(Box::new(copy::Copy))))
        }
    }

    #[test]
    fn filters_of_a_provider_are_parsed_by_it_and_keep_their_text() {
        let registry = Registry::default().with(Copies);
        let chain = Chain::parse("grayscale,copies=2,copies=a:b:slowed=5,blur", &registry).unwrap();
        assert_eq!(chain.labels(), ["grayscale", "copies", "copies-2", "blur"]);
        assert_eq!(chain.by_name(), Some("grayscale,copies=2,copies=a:b:slowed=5,blur".into()));
        assert_eq!(chain.filters(Shape::bgr(4, 4)).unwrap().len(), 4);
        let error = Chain::parse("blur,copies=4", &registry).unwrap_err();
        assert_eq!((error.column, error.message.as_str()), (13, "copies: no copy '4' (there is 1 to 3)"));
    }

    #[test]
    fn a_name_without_its_provider_is_refused_with_the_names_there_are() {
        let error = "copies=2".parse::<Chain>().unwrap_err();
        assert!(error.message.ends_with("spin)"), "{error}");
        let error = Chain::parse("copy-s", &Registry::default().with(Copies)).unwrap_err();
        assert!(error.message.ends_with("spin, copies)"), "{error}");
    }
}
