//! Small words for titles and names of figures.

/// Several things in a sentence: `1, 2 and 8`.
pub fn and<T: ToString>(things: &[T]) -> String {
    let things: Vec<String> = things.iter().map(T::to_string).collect();
    match things.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}
