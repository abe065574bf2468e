//! The grammar of a chain, which is that of ffmpeg's `-vf`: `filter=value:option=value,filter,…`.
//!
//! Values without a name go to the options in order, as in `resize=640:360`. Every error points at the column.

use std::sync::Arc;

use anyhow::Result;

use super::perturb::Perturbation;
use crate::filter::registry::Entry;
use crate::filter::{FilterKind, MakeFilter, Options, Registry, Traits};

/// What is wrong with a chain, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", place(chain, *column))]
pub struct ChainError {
    /// The chain as it was written.
    pub chain: String,
    /// The column of the mistake, in characters from 1.
    pub column: usize,
    /// What is wrong and what would be right.
    pub message: String,
}

/// Where in a chain something is wrong. Of a single filter, and of the first, the message says enough.
fn place(chain: &str, column: usize) -> String {
    if column == 1 || !chain.contains(',') { String::new() } else { format!("chain '{chain}', column {column}: ") }
}

/// A filter of a chain, read and checked.
pub(super) struct Parsed {
    pub name: String,
    pub text: String,
    pub make: MakeFilter,
    pub traits: Traits,
}

/// Reads a chain.
pub(super) fn parse(chain: &str, registry: &Registry) -> Result<Vec<Parsed>, ChainError> {
    let mut filters = Vec::new();
    for (at, part) in pieces(chain, ',', 0) {
        filters.push(filter(part, at, registry).map_err(|(at, message)| ChainError {
            chain: chain.to_owned(),
            column: chain[..at].chars().count() + 1,
            message,
        })?);
    }
    Ok(filters)
}

/// The byte at which something is wrong, and what.
type Mistake = (usize, String);

/// A piece of text and the byte at which it begins.
type Piece<'a> = (usize, &'a str);

/// A perturbation and the option that asks for it.
type Named<'a> = (&'a str, Perturbation);

fn filter(part: &str, at: usize, registry: &Registry) -> Result<Parsed, Mistake> {
    let (at, part) = trim(part, at);
    let (name, values) = part.split_once('=').map_or((part, None), |(name, values)| (name.trim_end(), Some(values)));
    if name.is_empty() {
        return Err((at, format!("a filter is missing here; there is {}", registry.names().join(", "))));
    }
    let Some(entry) = registry.find(name) else {
        return Err((at, registry.unknown(name)));
    };
    let begin = at + part.len() - values.map_or(0, str::len);
    let values = values.map(|values| pieces(values, ':', begin).map(|(at, piece)| trim(piece, at)));
    let (values, perturbations) = take_perturbations(name, values.into_iter().flatten())?;
    let (mut make, traits) = match entry {
        Entry::BuiltIn(kind) => {
            let options = options(kind, &values)?;
            (kind.build)(&options).map_err(|why| (at, format!("{name}: {why:#}")))?;
            (Arc::new(move || (kind.build)(&options)) as MakeFilter, Traits::default())
        }
        Entry::Provided(provider) => {
            let text = values.iter().map(|(_, piece)| *piece).collect::<Vec<_>>().join(":");
            let parsed = provider.parse(&text).and_then(|make| Ok((make, provider.traits(&text)?)));
            parsed.map_err(|why| (begin, format!("{name}: {why:#}")))?
        }
    };
    for (_, perturbation) in perturbations {
        make = Arc::new(move || Ok(perturbation.apply_to(make()?)));
    }
    let name = traits.label.clone().unwrap_or_else(|| name.to_owned());
    Ok(Parsed { name, text: part.to_owned(), make, traits })
}

/// Separates the hidden options that perturb any filter from the filter's own values.
fn take_perturbations<'a>(
    name: &str,
    values: impl Iterator<Item = Piece<'a>>,
) -> Result<(Vec<Piece<'a>>, Vec<Named<'a>>), Mistake> {
    let (mut own, mut perturbations) = (Vec::new(), Vec::new());
    for (at, piece) in values {
        let (key, value) = piece.split_once('=').unwrap_or_default();
        match Perturbation::read(key.trim_end(), value.trim_start()) {
            None => own.push((at, piece)),
            Some(_) if perturbations.iter().any(|(given, _)| *given == key) => return Err(given_twice(name, key, at)),
            Some(read) => perturbations.push((key, read.map_err(|why| (at, format!("{name}: {why}")))?)),
        }
    }
    Ok((own, perturbations))
}

/// The options of a built-in filter, from values with and without a name.
fn options(kind: &FilterKind, values: &[Piece<'_>]) -> Result<Options, Mistake> {
    let (name, mut options) = (kind.name, Options::defaults(kind.options));
    let (mut unnamed, mut given) = (0, Vec::new());
    for &(at, piece) in values {
        let (key, value) = match piece.split_once('=') {
            Some((key, value)) => (key.trim_end(), value.trim_start()),
            None => {
                unnamed += 1;
                let Some(key) = options.name_at(unnamed - 1) else {
                    let why = format!("it takes {} values, not '{piece}' too", kind.options.len());
                    return Err((at, explained(name, &why)));
                };
                (key, piece)
            }
        };
        if given.contains(&key) {
            return Err(given_twice(name, key, at));
        }
        given.push(key);
        options.set(key, value).map_err(|why| (at, explained(name, &hinted(name, piece, why))))?;
    }
    Ok(options)
}

/// `resize=640x360` is an easy mistake.
fn hinted(name: &str, piece: &str, why: String) -> String {
    match piece.split_once('x') {
        Some((first, second)) if [first, second].iter().all(|side| side.parse::<u32>().is_ok()) => {
            format!("{why}; did you mean {name}={first}:{second}?")
        }
        _ => why,
    }
}

/// What is wrong with an option of a filter, and where its options are listed.
fn explained(name: &str, why: &str) -> String {
    let separator = if why.ends_with('?') { "" } else { ";" };
    format!("{name}: {why}{separator} see framerace filters {name}")
}

fn given_twice(name: &str, key: &str, at: usize) -> Mistake {
    (at, format!("{name}: {key} is given twice"))
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
