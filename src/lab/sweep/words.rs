//! What a curve says, in sentences. Numbers and their names in, words out; nothing is measured or decided here.

use crate::lab::report::{
    Axis, Curve, Knee, Law, Point, Report, Standing, StrategyReport, counted, listed, percent, three_digits,
};
use crate::source::Input;

/// The sentences of a curve, the most important first.
pub(super) fn words(axis: Axis, curve: &Curve, report: &Report, input: &Input, tolerance: f64) -> Vec<String> {
    let (Some(first), Some(last)) = (curve.points.first(), curve.points.last()) else { return Vec::new() };
    let told = Told { axis, curve, first, last, report, tolerance };
    let sentences = match axis {
        Axis::Workers => vec![told.knee(), told.law(), told.cores(), told.limits()],
        Axis::Queue => vec![told.knee(), told.little(), told.limits()],
        Axis::Size => vec![told.pixels(), resized(input, report), told.limits()],
    };
    sentences.into_iter().flatten().collect()
}

/// Where frames of another size come from, if they have to be made.
fn resized(input: &Input, report: &Report) -> Option<String> {
    let (width, height) = (report.input.width, report.input.height);
    (!matches!(input, Input::Synthetic(_))).then(|| {
        format!(
            "every size reads frames of {width}x{height} and resizes them first, as a part of the chain: that part of \
             the time stays"
        )
    })
}

/// A figure of two values, the least difference worth a word, and that word.
type Cost = (f64, f64, f64, fn(f64) -> String);

struct Told<'a> {
    axis: Axis,
    curve: &'a Curve,
    first: &'a Point,
    last: &'a Point,
    report: &'a Report,
    tolerance: f64,
}

impl Told<'_> {
    /// A value with what it is a value of: `queue 4`, `1 worker`.
    fn name(&self, value: &str) -> String {
        match (self.axis, value) {
            (Axis::Workers, "1") => "1 worker".into(),
            (Axis::Workers, _) => format!("{value} workers"),
            (Axis::Queue, _) => format!("queue {value}"),
            (Axis::Size, _) => value.to_owned(),
        }
    }

    /// Two values: `queue 1 and 64`, `2 and 3 workers`.
    fn both(&self, low: &str, high: &str) -> String {
        match self.axis {
            Axis::Workers => format!("{low} and {high} workers"),
            _ => format!("{} and {high}", self.name(low)),
        }
    }

    /// A value with a word for one or for many after it.
    fn does(&self, value: &str, one: &str, many: &str) -> String {
        let verb = if self.axis == Axis::Workers && value != "1" { many } else { one };
        format!("{} {verb}", self.name(value))
    }

    fn rounds(&self) -> String {
        counted(self.report.settings.rounds, "round")
    }

    fn figures(&self, point: &Point) -> Option<&StrategyReport> {
        self.report.strategy(&point.name)
    }

    fn point(&self, value: &str) -> Option<&Point> {
        self.curve.points.iter().find(|point| point.value == value)
    }

    fn knee(&self) -> Option<String> {
        let (first, last) = (self.first, self.last);
        Some(match &self.curve.knee {
            Knee::Flat => format!(
                "{} are tied in {} (less than {}): {}{}{}",
                self.both(&first.value, &last.value),
                self.rounds(),
                percent(self.tolerance),
                self.does(&first.value, "is enough", "are enough"),
                self.reached(first),
                self.more(first),
            ),
            Knee::At(value) => {
                let knee = self.point(value)?;
                format!("{}{}{}", self.does(value, "is enough", "are enough"), self.reached(knee), self.more(knee))
            }
            Knee::Beyond => {
                let before = self.curve.points.iter().rev().nth(1)?;
                let more = last.gain?.value / before.gain?.value - 1.0;
                format!(
                    "FPS still grows at {}: {} over {}; what is enough lies beyond this sweep",
                    self.name(&last.value),
                    signed(more),
                    self.name(&before.value),
                )
            }
            Knee::Between(low, high) => {
                let ratio = self.point(low)?.to_best?;
                format!(
                    "what is enough lies between {}: {} do not tell {} from the best ({} ±{}); more \
                     rounds would (--rounds, --budget)",
                    self.both(low, high),
                    self.rounds(),
                    self.name(low),
                    signed(ratio.value - 1.0),
                    percent(ratio.uncertainty() * ratio.value),
                )
            }
            Knee::Unknown => self.unknown(),
        })
    }

    fn unknown(&self) -> String {
        let (first, last) = (self.first, self.last);
        if self.curve.points.len() < 2 {
            return format!("{} alone says nothing about more or less", self.name(&first.value));
        }
        if first.to_best.is_none() {
            return "1 round says nothing about chance: no value is called enough (--rounds 6 or more, or none)".into();
        }
        let costs = self.costs(first, last).map_or(String::new(), |costs| format!("; {costs} in any case"));
        format!("{} do not tell the values apart: none is called enough (--rounds, --budget){costs}", self.rounds())
    }

    /// What a value reaches: `: 360 FPS, 3.67 × 1 worker`.
    fn reached(&self, point: &Point) -> String {
        let Some(figures) = self.figures(point) else { return String::new() };
        let gain = point.gain.filter(|_| point.value != self.first.value);
        let times = gain.map(|gain| format!(", {} × {}", three_digits(gain.value), self.name(&self.first.value)));
        format!(": {} FPS{}", three_digits(figures.fps.median), times.unwrap_or_default())
    }

    /// What the last value costs more than the one that is enough, and what it gains.
    fn more(&self, knee: &Point) -> String {
        let last = self.last;
        let (Some(from), Some(to)) = (knee.gain, last.gain) else { return String::new() };
        let gained = signed(to.value / from.value - 1.0);
        match self.costs(knee, last) {
            _ if knee.value == last.value => String::new(),
            Some(costs) => format!("; {costs} for {gained} FPS"),
            None => format!("; {} neither more nor less, for {gained} FPS", self.does(&last.value, "costs", "cost")),
        }
    }

    /// What one value takes more or less than another, where that is worth a word: `queue 64 adds 180 MB`.
    fn costs(&self, from: &Point, to: &Point) -> Option<String> {
        /// Smaller differences are not worth a word: this part...
        const SHARE: f64 = 0.1;
        let (less, more) = (self.figures(from)?, self.figures(to)?);
        let costs: [Cost; 3] = [
            // ...or this amount.
            (less.run.latency_ms.p95, more.run.latency_ms.p95, 0.5, |ms| format!("{} of latency (p95)", time(ms))),
            (less.peak_memory_mb, more.peak_memory_mb, 1.0, |mb| format!("{mb:.0} MB")),
            (less.context_switches_per_frame, more.context_switches_per_frame, 0.5, |n| {
                format!("{} context switches a frame", three_digits(n))
            }),
        ];
        let changed = |sign: f64| -> Vec<String> {
            let worth = costs.iter().filter(|(less, more, least, _)| {
                let more = (more - less) * sign;
                more >= *least && more >= SHARE * less
            });
            worth.map(|(less, more, _, say)| say((more - less).abs())).collect()
        };
        let verbs = [(1.0, "adds", "add"), (-1.0, "saves", "save")];
        let [adds, saves] = verbs.map(|(sign, one, many)| {
            let changed = changed(sign);
            (!changed.is_empty()).then(|| format!("{} {}", self.does(&to.value, one, many), listed(&changed)))
        });
        match (adds, saves) {
            (Some(adds), Some(saves)) => {
                Some(format!("{adds}, and{},", saves.trim_start_matches(&self.name(&to.value))))
            }
            (adds, saves) => adds.or(saves),
        }
    }

    fn law(&self) -> Option<String> {
        let laws = &self.curve.laws;
        let Some(law) = laws.iter().find(|law| law.preferred) else {
            let few = self.curve.points.len() < 3;
            return few.then(|| "a law of scaling is fitted to three values or more".into());
        };
        let Law { name, gamma, alpha, beta, peak, off, .. } = law;
        /// A law that is further off than this does not describe the curve.
        const BAD: f64 = 0.1;
        let how = if *off > BAD { "comes nearest, but fits badly" } else { "fits" };
        let mut text = format!("{name} {how}: γ {} FPS, α {alpha:.3}", three_digits(*gamma));
        if *beta > 0.0 {
            text += &format!(", β {beta:.4}");
        }
        text += &format!(", off by {}", percent(*off));
        text += &match peak {
            // Nothing is foretold by a law that does not even describe what was measured.
            _ if *off > BAD => String::new(),
            Some(peak) => format!("; fastest with N* = √((1−α)/β) = {peak:.1} workers"),
            None if *alpha > 0.0 => format!("; never more than 1/α = {} × one worker", three_digits(1.0 / alpha)),
            None => "; no limit to be seen".into(),
        };
        if let Some(other) = laws.iter().find(|other| other.beta > 0.0 && !other.preferred) {
            text += &format!(" (the {} is not better at 95 %, F-test)", other.name);
        }
        Some(text)
    }

    /// What no law knows.
    fn cores(&self) -> Option<String> {
        let (cores, most) = (self.report.machine.cores, self.last.amount);
        (most > cores as f64 && !self.curve.laws.is_empty())
            .then(|| format!("no law knows that there are {cores} cores: more workers that compute take turns"))
    }

    /// What limits it, as the value grows.
    fn limits(&self) -> Option<String> {
        let alike = self.curve.points.chunk_by(|a, b| a.limited_by == b.limited_by);
        let part = |points: &[Point]| {
            let (first, last) = (points.first()?, points.last()?);
            let range = if first == last { first.value.clone() } else { format!("{} to {}", first.value, last.value) };
            Some(format!("{} ({range})", first.limited_by))
        };
        Some(format!("limited by {}", alike.filter_map(part).collect::<Vec<_>>().join(", ")))
    }

    /// Why a queue is paid with latency.
    fn little(&self) -> Option<String> {
        let under_way = |point: &Point| {
            let figures = self.figures(point)?;
            Some((figures.fps.median * figures.run.latency_ms.mean / 1e3, figures))
        };
        let ((few, _), (many, figures)) = (under_way(self.first)?, under_way(self.last)?);
        Some(format!(
            "Little's law (L = λW, 1961): {} FPS × {} make {many:.0} frames under way with {}, and {few:.0} with {}; a \
             full queue adds to the wait, not to the rate",
            three_digits(figures.fps.median),
            time(figures.run.latency_ms.mean),
            self.name(&self.last.value),
            self.name(&self.first.value),
        ))
    }

    fn pixels(&self) -> Option<String> {
        let (first, last) = (self.first, self.last);
        let Some(cost) = self.curve.pixels else {
            return Some("what a pixel costs is fitted to three sizes or more".into());
        };
        /// Up to this part of the time of the smallest frame may have nothing to do with its pixels.
        const SMALL: f64 = 0.1;
        let share = cost.fixed_ms / (cost.fixed_ms + cost.megapixel_ms * first.amount);
        let scales = match share {
            _ if cost.off > SMALL => format!(
                "it does not scale with pixels: a pixel of {} costs {} × one of {}",
                last.value,
                last.efficiency.map_or("?".into(), |efficiency| three_digits(1.0 / efficiency)),
                first.value
            ),
            share if share > SMALL => {
                format!("{} of the time of {} has nothing to do with pixels", percent(share), first.value)
            }
            _ => "it scales with pixels".into(),
        };
        let best = self.curve.points.iter().find(|point| point.standing == Standing::Best)?;
        let stands = |standing| self.curve.points.iter().any(|point| point.standing == standing);
        let most = match stands(Standing::Slower) && !stands(Standing::Open) {
            true => format!("; most pixels a second: {}", best.value),
            false => String::new(),
        };
        Some(format!(
            "a frame takes {} ms + {} ms a megapixel (least squares, off by {}): {scales}{most}",
            three_digits(cost.fixed_ms),
            three_digits(cost.megapixel_ms),
            percent(cost.off),
        ))
    }
}

/// `+0.2 %`, `−35 %`.
fn signed(share: f64) -> String {
    let sign = if share < 0.0 { "−" } else { "+" };
    format!("{sign}{}", percent(share.abs()))
}

fn time(ms: f64) -> String {
    if ms < 1e3 { format!("{} ms", three_digits(ms)) } else { format!("{} s", three_digits(ms / 1e3)) }
}
