//! Values of the command line, read from text. An error says what would be accepted.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use clap::builder::{OsStringValueParser, PossibleValuesParser, TypedValueParser};
use framerace::child::sandbox::Level;
use framerace::filter::{FILTERS, FilterKind};
use framerace::near_miss::unknown;
use framerace::source::{Decoder, Input};
use framerace::strategy::{STRATEGIES, Strategy, find};

#[derive(Clone, Copy)]
pub enum StrategyChoice {
    /// The fastest one, found by measuring.
    Auto,
    Named(&'static dyn Strategy),
}

pub fn decoder() -> impl TypedValueParser<Value = Decoder> {
    PossibleValuesParser::new(["auto", "opencv", "libav"]).map(|name| match name.as_str() {
        "opencv" => Decoder::Opencv,
        "libav" => Decoder::Libav,
        _ => Decoder::Auto,
    })
}

pub fn sandbox() -> impl TypedValueParser<Value = Level> {
    PossibleValuesParser::new(["off", "files", "strict"]).map(|name| match name.as_str() {
        "off" => Level::Off,
        "strict" => Level::Strict,
        _ => Level::Files,
    })
}

/// The name that stands for the fastest strategy.
const AUTO: &str = "auto";

pub fn strategy_or_auto(name: &str) -> Result<StrategyChoice, String> {
    if name == AUTO {
        return Ok(StrategyChoice::Auto);
    }
    find(name).map(StrategyChoice::Named).ok_or_else(|| no_strategy(name, &[AUTO]))
}

/// That there is no such strategy, where these words would do, too.
fn no_strategy(name: &str, also: &[&str]) -> String {
    let names: Vec<_> = STRATEGIES.iter().map(|strategy| strategy.name()).chain(also.iter().copied()).collect();
    unknown("strategy", name, names, "framerace strategies")
}

/// A strategy by its name alone.
pub fn named_strategy(name: &str) -> Result<&'static dyn Strategy, String> {
    find(name).ok_or_else(|| no_strategy(name, &[]))
}

pub fn strategy(name: &str) -> Result<&'static dyn Strategy, String> {
    if name == AUTO {
        return Err("compare runs the strategies itself; auto is for run and batch, which need one".into());
    }
    named_strategy(name)
}

/// A filter that is listed.
pub fn filter(name: &str) -> Result<&'static FilterKind, String> {
    let listed = || FILTERS.iter().filter(|kind| !kind.hidden);
    let found = listed().find(|kind| kind.name == name).copied();
    found.ok_or_else(|| unknown("filter", name, listed().map(|kind| kind.name), "framerace filters"))
}

/// An input. The name of a file need not be valid UTF-8; every other kind of input is plain text.
pub fn input() -> impl TypedValueParser<Value = Input> {
    OsStringValueParser::new()
        .try_map(|text| text.into_string().map_or_else(|name| Ok(Input::File(name.into())), |text| text.parse()))
}

/// The largest number of workers, frames, rounds or threads; more is a typing error.
const MOST: usize = 1024;

/// The width and height of frames, in pixels.
pub fn size(text: &str) -> Result<(i32, i32), String> {
    const LARGEST: i32 = 16_384;
    let side = |text: &str| text.parse().ok().filter(|side| (1..=LARGEST).contains(side));
    let sides = text.split_once('x').and_then(|(width, height)| Some((side(width)?, side(height)?)));
    sides.ok_or_else(|| format!("it takes a width and a height from 1 to {LARGEST}, as 1920x1080"))
}

/// A number of workers, frames, rounds or threads.
pub fn at_least_one(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|n| (1..=MOST).contains(n));
    number.ok_or_else(|| format!("it takes a whole number from 1 to {MOST}"))
}

/// A number of OpenCV's threads.
pub fn opencv_threads(text: &str) -> Result<i32, String> {
    let threads = at_least_one(text)?;
    i32::try_from(threads).map_err(|error| error.to_string())
}

/// A whole number from this one on.
pub fn whole_from<T: FromStr + PartialOrd + Display + Copy>(least: T) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text| {
        let number = text.parse().ok().filter(|number| *number >= least);
        number.ok_or_else(|| format!("it takes a whole number from {least}"))
    }
}

pub fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.trim_end_matches('s').parse().ok().filter(|s: &f64| (1e-3..1e9).contains(s));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "it takes a number of seconds from 0.001".into())
}

/// A rate in frames per second.
pub fn rate(text: &str) -> Result<f64, String> {
    let fps = text.parse().ok().filter(|fps: &f64| (0.01..=10_000.0).contains(fps));
    fps.ok_or_else(|| "it takes frames a second, from 0.01 to 10000".into())
}

/// A percentage as a fraction: `1%` or `1` becomes 0.01.
pub fn percent(text: &str) -> Result<f64, String> {
    let percent = text.trim_end_matches('%').trim().parse().ok().filter(|p: &f64| (0.01..=100.0).contains(p));
    percent.map(|percent| percent / 100.0).ok_or_else(|| "it takes a percentage from 0.01 to 100".into())
}

/// A size in bytes, with an optional unit.
pub fn bytes(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" | "B" => Some(1),
        "K" | "KB" => Some(1 << 10),
        "M" | "MB" => Some(1 << 20),
        "G" | "GB" => Some(1 << 30),
        _ => None,
    };
    let size = digits.parse::<u64>().ok().zip(unit).and_then(|(n, unit)| n.checked_mul(unit));
    size.filter(|size| *size > 0).ok_or_else(|| "it takes a size above 0, such as 512M or 2G".into())
}
