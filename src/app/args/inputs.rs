//! Several inputs on one command line, and which filters are for which of them: what stands between two inputs is for the one
//! before it, what stands before all is for those that have none of their own. Where filters stand after the last input only,
//! they are for all.

use clap::ArgMatches;

/// The names of the two arguments whose places count.
pub const INPUTS: &str = "inputs";
pub const FILTERS: &str = "filters";

/// For each `-f` the input that it stands behind: none if it stands before all.
#[derive(Clone, Default)]
pub struct GivenFor(Vec<Option<usize>>);

impl GivenFor {
    pub fn read(matches: &ArgMatches) -> Self {
        let places = |name: &str| matches.indices_of(name).into_iter().flatten().collect::<Vec<_>>();
        let inputs = places(INPUTS);
        let behind = |filter: usize| inputs.iter().filter(|input| **input < filter).count().checked_sub(1);
        Self(places(FILTERS).into_iter().map(behind).collect())
    }

    /// The chain of one of so many inputs, as text.
    pub fn chain(&self, filters: &[String], input: usize, inputs: usize) -> String {
        let last = inputs.checked_sub(1);
        let for_all = inputs == 1 || self.0.iter().all(|behind| *behind == last);
        let of = |wanted: Option<usize>| -> Vec<&str> {
            let placed = filters.iter().zip(&self.0);
            placed.filter(|(_, behind)| for_all || **behind == wanted).map(|(filter, _)| filter.as_str()).collect()
        };
        let (own, first) = (of(Some(input)), of(None));
        match (own.is_empty(), first.is_empty()) {
            (false, _) => own.join(","),
            (true, false) => first.join(","),
            (true, true) => DEFAULT_CHAIN.to_owned(),
        }
    }
}

/// What is done to frames where nothing else is said.
pub const DEFAULT_CHAIN: &str = "grayscale,blur=ksize=5,edges";

#[cfg(test)]
mod tests {
    use super::*;

    fn chains(behind: &[Option<usize>], inputs: usize) -> Vec<String> {
        let filters: Vec<_> = (0..behind.len()).map(|n| format!("f{n}")).collect();
        let given = GivenFor(behind.to_vec());
        (0..inputs).map(|input| given.chain(&filters, input, inputs)).collect()
    }

    #[test]
    fn a_filter_is_for_the_input_before_it_or_for_all() {
        assert_eq!(chains(&[Some(0), Some(1)], 2), ["f0", "f1"]);
        assert_eq!(chains(&[None, Some(1)], 3), ["f0", "f1", "f0"]);
        assert_eq!(chains(&[Some(0), Some(0)], 1), ["f0,f1"]);
        assert_eq!(chains(&[None, Some(0)], 1), ["f0,f1"]);
        assert_eq!(chains(&[Some(1), Some(1)], 2), ["f0,f1", "f0,f1"]);
        assert_eq!(chains(&[Some(0)], 2), ["f0", DEFAULT_CHAIN]);
        assert_eq!(chains(&[None, None, Some(0), Some(0)], 2), ["f2,f3", "f0,f1"]);
    }
}
