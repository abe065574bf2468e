//! Which color a strategy has: that of its place in the list of strategies, so that it is the same on every page, chart and
//! screen, whatever its rank. Knows names and numbers, and no color.

use crate::strategy::STRATEGIES;

/// The number of a strategy's color. A value of a sweep (`threads queue=4`) has that of its strategy; a name that is not in
/// the list has one that is always the same, too.
pub fn color_number(name: &str) -> usize {
    let name = strategy_of(name);
    let listed = STRATEGIES.iter().position(|strategy| strategy.name() == name);
    listed.unwrap_or_else(|| STRATEGIES.len() + name.bytes().map(usize::from).sum::<usize>() % STRATEGIES.len())
}

/// Whether a strategy has this name.
pub fn is_strategy(name: &str) -> bool {
    STRATEGIES.iter().any(|strategy| strategy.name() == name)
}

/// The strategy of a value of a sweep: `threads` of `threads queue=4`; of any other name the name itself.
pub fn strategy_of(name: &str) -> &str {
    name.split(' ').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strategy_has_one_number_of_its_own() {
        let numbers: Vec<_> = STRATEGIES.iter().map(|strategy| color_number(strategy.name())).collect();
        assert_eq!(numbers, (0..STRATEGIES.len()).collect::<Vec<_>>());
        assert_eq!(color_number("threads queue=4"), color_number("threads"));
        assert_eq!(color_number("another"), color_number("another"));
        assert!(color_number("another") >= STRATEGIES.len());
    }
}
