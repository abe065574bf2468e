//! The result of an experiment: figures by name, with a value for each round. Plain data; knows nothing of what was run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::statistics::{Estimate, median, median_of};

/// One figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Figure {
    /// What it is.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// The middle of the rounds.
    pub median: f64,
    /// The median and where it may really be; none of a single round.
    pub estimate: Option<Estimate>,
    /// Its value in every round.
    pub samples: Vec<f64>,
}

/// All that an experiment gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measured {
    /// What was done, in words.
    pub experiment: String,
    /// Rounds, each measuring everything once, in shuffled order.
    pub rounds: usize,
    /// Processors there were to use.
    pub cores: f64,
    /// Share of all processors' time that other programs and the hypervisor took meanwhile, 0 to 1.
    pub disturbed: f64,
    /// The figures, in the order they are to be read.
    pub figures: Vec<Figure>,
}

impl Figure {
    /// A figure with a value a round.
    pub fn new(name: &str, unit: &str, samples: Vec<f64>) -> Self {
        let (median, estimate) = (median(&samples), median_of(&samples));
        Self { name: name.to_owned(), unit: unit.to_owned(), median, estimate, samples }
    }
}

impl Measured {
    /// The values of a figure, round by round; none if there is no such figure.
    pub fn samples(&self, name: &str) -> &[f64] {
        self.figures.iter().find(|figure| figure.name == name).map_or(&[], |figure| &figure.samples)
    }
}
