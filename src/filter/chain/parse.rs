//! The grammar of a chain, which is that of ffmpeg's `-vf`: `filter=value:option=value,filter,…`.
//!
//! Values without a name go to the options in order, as in `resize=640:360`. Every complaint points at the column.

use super::options::Options;
use super::perturb::Alteration;
use crate::filter::{FILTERS, FilterKind, find};

/// What is wrong with a chain, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("chain '{chain}', column {column}: {message}")]
pub struct ChainError {
    /// The chain as it was written.
    pub chain: String,
    /// The column of the mistake, in characters from 1.
    pub column: usize,
    /// What is wrong and what would be right.
    pub message: String,
}

/// A filter of a chain, read and checked.
pub(super) struct Parsed {
    pub kind: &'static dyn FilterKind,
    pub options: Options,
    pub altered: Option<Alteration>,
    pub text: String,
}

/// Reads a chain.
pub(super) fn parse(chain: &str) -> Result<Vec<Parsed>, ChainError> {
    let mut filters = Vec::new();
    for (at, part) in pieces(chain, ',', 0) {
        filters.push(filter(part, at).map_err(|(at, message)| ChainError {
            chain: chain.to_owned(),
            column: chain[..at].chars().count() + 1,
            message,
        })?);
    }
    Ok(filters)
}

type Complaint = (usize, String);

fn filter(part: &str, at: usize) -> Result<Parsed, Complaint> {
    let (at, part) = trim(part, at);
    let (name, values) = part.split_once('=').map_or((part, None), |(name, values)| (name.trim_end(), Some(values)));
    if name.is_empty() {
        return Err((at, format!("a filter is missing here ({})", names())));
    }
    let Some(kind) = find(name) else {
        return Err((at, format!("no filter '{name}' ({})", names())));
    };
    let mut options = Options::defaults(kind.options());
    let (mut unnamed, mut given, mut altered) = (0, Vec::new(), None);
    if let Some(values) = values {
        for (at, piece) in pieces(values, ':', at + part.len() - values.len()) {
            let (at, piece) = trim(piece, at);
            let (key, value, value_at) = match piece.split_once('=') {
                Some((key, value)) => (key.trim_end(), value.trim_start(), at),
                None => {
                    unnamed += 1;
                    let Some(key) = options.name_at(unnamed - 1) else {
                        return Err((at, format!("{name} takes {} values, not '{piece}' too", kind.options().len())));
                    };
                    (key, piece, at)
                }
            };
            if given.contains(&key) {
                return Err((value_at, format!("{name}: {key} is given twice")));
            }
            given.push(key);
            if let Some(alteration) = Alteration::read(key, value) {
                altered = Some(alteration.map_err(|why| (value_at, format!("{name}: {why}")))?);
                continue;
            }
            options.set(key, value).map_err(|why| (value_at, format!("{name}: {why}")))?;
        }
    }
    kind.build(&options).map_err(|why| (at, format!("{name}: {why:#}")))?;
    Ok(Parsed { kind, options, altered, text: part.to_owned() })
}

/// The pieces between separators, each with the byte at which it begins.
fn pieces(text: &str, separator: char, base: usize) -> impl Iterator<Item = (usize, &str)> {
    text.split(separator).scan(base, move |at, piece| {
        let begin = *at;
        *at += piece.len() + separator.len_utf8();
        Some((begin, piece))
    })
}

fn trim(text: &str, at: usize) -> (usize, &str) {
    (at + text.len() - text.trim_start().len(), text.trim())
}

fn names() -> String {
    let names: Vec<_> = FILTERS.iter().filter(|kind| !kind.hidden()).map(|kind| kind.name()).collect();
    format!("there is {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(chain: &str) -> (usize, String) {
        let error = parse(chain).err().expect("a mistake");
        (error.column, error.message)
    }

    #[test]
    fn values_go_by_name_or_by_place() {
        let chain = parse("grayscale, blur=ksize=7:sigma=1.5 ,resize=64:48").unwrap();
        assert_eq!(chain.len(), 3);
        assert_eq!((chain[1].options.whole("ksize"), chain[1].options.number("sigma")), (7, 1.5));
        assert_eq!((chain[2].options.whole("width"), chain[2].options.whole("height")), (64, 48));
        assert_eq!(chain[1].text, "blur=ksize=7:sigma=1.5");
    }

    #[test]
    fn complaints_point_at_the_column_and_say_what_would_do() {
        let (column, message) = complaint("grayscale,blurr");
        assert_eq!(column, 11);
        assert!(message.contains("'blurr'") && message.contains("blur, edges"), "{message}");
        let (column, message) = complaint("grayscale,blur=ksize=5:sigm=1");
        assert_eq!(column, 24);
        assert!(message.contains("'sigm'") && message.contains("sigma"), "{message}");
        let (column, message) = complaint("blur=ksize=4");
        assert_eq!(column, 6);
        assert!(message.contains("odd"), "{message}");
        assert_eq!(complaint("grayscale,").0, 11);
        assert_eq!(complaint("").0, 1);
        assert_eq!(complaint("é,blurr").0, 1);
        assert_eq!(complaint("grayscale, é").0, 12);
        assert_eq!(complaint("delay=1:2").0, 9);
        assert_eq!(complaint("blur=3:ksize=5").0, 8);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_chain_or_a_complaint_within_it(text in "[a-z=:,.0-9é ]{0,40}") {
            if let Err(error) = parse(&text) {
                let columns = text.chars().count() + 1;
                proptest::prop_assert!((1..=columns).contains(&error.column), "{}", error);
            }
        }
    }
}
