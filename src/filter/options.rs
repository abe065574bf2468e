//! Options of built-in filters: the values they take, their defaults and their units. One table serves the parser, the help
//! and the tests.

use std::fmt;

use crate::near_miss::{nearest, unknown};

/// One option of a filter.
#[derive(Clone, Copy, Debug)]
pub struct OptionSpec {
    /// Its name.
    pub name: &'static str,
    /// The values it takes.
    pub values: Values,
    /// The value it has when nothing is said.
    pub default: &'static str,
    /// What it means.
    pub help: &'static str,
}

impl OptionSpec {
    pub(super) const fn new(name: &'static str, values: Values, default: &'static str, help: &'static str) -> Self {
        Self { name, values, default, help }
    }
}

/// The values an option takes.
#[derive(Clone, Copy, Debug)]
pub enum Values {
    /// Whole numbers from the first to the second.
    Whole(i32, i32),
    /// Odd whole numbers from the first to the second.
    Odd(i32, i32),
    /// Numbers from the first to the second.
    Number(f64, f64),
    /// One of these words.
    Word(&'static [&'static str]),
}

/// The values of a filter's options, checked against their specs.
#[derive(Clone, Debug)]
pub struct Options {
    specs: &'static [OptionSpec],
    values: Vec<String>,
}

impl Values {
    /// The words it may be; none of a number.
    pub fn words(&self) -> &'static [&'static str] {
        if let Self::Word(words) = *self { words } else { &[] }
    }

    /// What kind of value it is, and its range.
    pub fn in_full(&self) -> String {
        match self {
            Self::Whole(min, max) => format!("a whole number from {min} to {max}"),
            Self::Odd(min, max) => format!("an odd number from {min} to {max}"),
            Self::Number(min, max) => format!("a number from {min} to {max}"),
            Self::Word(words) => format!("one of {}", words.join(", ")),
        }
    }

    /// Whether `text` is such a value.
    fn take(&self, text: &str) -> bool {
        match *self {
            Self::Whole(min, max) => text.parse::<i32>().is_ok_and(|v| (min..=max).contains(&v)),
            Self::Odd(min, max) => text.parse::<i32>().is_ok_and(|v| (min..=max).contains(&v) && v % 2 == 1),
            Self::Number(min, max) => text.parse::<f64>().is_ok_and(|v| (min..=max).contains(&v)),
            Self::Word(words) => words.contains(&text),
        }
    }
}

impl fmt::Display for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Whole(min, max) => write!(f, "{min} to {max}"),
            Self::Odd(min, max) => write!(f, "odd, {min} to {max}"),
            Self::Number(min, max) => write!(f, "{min} to {max}"),
            Self::Word(words) => write!(f, "{}", words.join(", ")),
        }
    }
}

impl Options {
    /// Every option at its default.
    pub fn defaults(specs: &'static [OptionSpec]) -> Self {
        Self { specs, values: specs.iter().map(|spec| spec.default.to_owned()).collect() }
    }

    /// Sets an option.
    ///
    /// # Errors
    /// What is wrong with the name or the value, and what would be right.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let Some(at) = self.specs.iter().position(|spec| spec.name == name) else {
            return Err(match self.specs {
                [] => format!("no option '{name}'; it takes none"),
                specs => unknown("option", name, specs.iter().map(|spec| spec.name), ""),
            });
        };
        let values = &self.specs[at].values;
        if !values.take(value) {
            let near = nearest(value, values.words().iter().copied());
            let near = near.map_or(String::new(), |near| format!("; did you mean {name}={near}?"));
            return Err(format!("{name}={value} is invalid: takes {}{near}", values.in_full()));
        }
        self.values[at] = value.to_owned();
        Ok(())
    }

    /// The name of the option at a position, for values given without a name.
    pub fn name_at(&self, position: usize) -> Option<&'static str> {
        self.specs.get(position).map(|spec| spec.name)
    }

    /// A word.
    pub fn word(&self, name: &str) -> &str {
        let at = self.specs.iter().position(|spec| spec.name == name);
        at.map_or("", |at| &self.values[at])
    }

    /// A whole number.
    pub fn whole(&self, name: &str) -> i32 {
        self.word(name).parse().unwrap_or_default()
    }

    /// A number.
    pub fn number(&self, name: &str) -> f64 {
        self.word(name).parse().unwrap_or_default()
    }
}
