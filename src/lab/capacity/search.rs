//! The search for the largest number that is sustained: doubling, then bisection, then the answer is asked twice more, and so is
//! the number above it. What is asked, and what a number stands for, is not known here.

use anyhow::Result;

/// What the search found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The largest number that is sustained; 0 if not even 1 is.
    pub most: usize,
    /// Whether it and the number above it were asked three times, and most answers of each agree.
    pub confirmed: bool,
    /// Whether the search ended at the bound, and not because more is not sustained.
    pub at_bound: bool,
}

/// How often the answer may be moved by one when it is asked again.
const MOVES: usize = 4;

/// Asks whether a number up to `bound()` is sustained until the largest such number is known. Asking may lower the bound.
pub(super) fn search(bound: &dyn Fn() -> usize, ask: &mut dyn FnMut(usize) -> Result<bool>) -> Result<Found> {
    let (mut low, mut high, mut next) = (0, None, 1);
    // Doubling.
    while high.is_none() && low < bound() {
        let number = next.min(bound());
        if ask(number)? {
            low = number;
            next = number * 2;
        } else {
            high = Some(number);
        }
    }
    // Bisection.
    while let Some(above) = high.filter(|above| above - low > 1) {
        let middle = low + (above - low) / 2;
        if ask(middle)? { low = middle } else { high = Some(middle) }
    }
    for _ in 0..MOVES {
        let at_bound = low >= bound();
        if low > 0 && !most(ask, low, true)? {
            low -= 1;
        } else if !at_bound && most(ask, low + 1, false)? {
            low += 1;
        } else {
            return Ok(Found { most: low, confirmed: true, at_bound });
        }
    }
    Ok(Found { most: low, confirmed: false, at_bound: low >= bound() })
}

/// Asks twice more; what was answered `before` and the two new answers decide.
fn most(ask: &mut dyn FnMut(usize) -> Result<bool>, number: usize, before: bool) -> Result<bool> {
    let (first, second) = (ask(number)?, ask(number)?);
    Ok(usize::from(first) + usize::from(second) + usize::from(before) >= 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_largest_sustained_number_is_found(capacity in 0usize..200, bound in 1usize..300) {
            let mut asked = Vec::new();
            let found = search(&|| bound, &mut |n| { asked.push(n); Ok(n <= capacity) }).unwrap();
            prop_assert_eq!(found, Found { most: capacity.min(bound), confirmed: true, at_bound: capacity >= bound });
            prop_assert!(asked.iter().all(|n| (1..=bound).contains(n)), "never more than fits: {:?}", asked);
            prop_assert!(asked.len() <= 24, "{:?}", asked);
        }

        #[test]
        fn one_wrong_answer_of_three_changes_nothing(capacity in 2usize..100, wrong in 0usize..30) {
            let mut count = 0;
            let found = search(&|| 1000, &mut |n| {
                count += 1;
                Ok((n <= capacity) != (count == wrong))
            }).unwrap();
            prop_assert!(found.most.abs_diff(capacity) <= MOVES.max(capacity), "{:?}", found);
        }
    }

    #[test]
    fn a_bound_that_is_lowered_is_kept() {
        let bound = std::cell::Cell::new(100);
        let found = search(&|| bound.get(), &mut |n| {
            assert!(n <= bound.get());
            bound.set(10);
            Ok(true)
        });
        assert_eq!(found.unwrap(), Found { most: 10, confirmed: true, at_bound: true });
    }
}
