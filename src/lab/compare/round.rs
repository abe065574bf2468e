//! The turn of one who takes part: one run, which counts if it is whole.
//!
//! A live input may be gone before a turn is over, and somebody may ask for the end. Whoever was cut short had fewer frames
//! than the others, so only whole turns are held against each other.

use anyhow::{Context, Result, ensure};

use super::race::Race;
use super::{Entrant, Entry, Rounds};
use crate::metrics::Run;
use crate::pipeline::Step;
use crate::run::run_source;
use crate::sink::Null;
use crate::source::{Input, OpenOptions, Source, open_again};

/// The turn with which a race ended before its time.
pub(super) struct Cut {
    /// Whose turn it was.
    label: String,
    /// Which round, from 1; 0 is the warm-up.
    round: usize,
    /// What happened; none if somebody asked for the end.
    lost: Option<String>,
    /// What it gave until then, if it had begun.
    run: Option<Run>,
}

impl Cut {
    /// Whether the input is to blame.
    pub(super) fn is_loss(&self) -> bool {
        self.lost.is_some()
    }

    /// Takes out whoever had no whole turn, and says why; where nobody had one, what there is of the last one counts.
    pub(super) fn settle(mut self, entries: &mut [Entry], left_out: &mut Vec<(String, String)>) -> String {
        let told = self.told(entries);
        if let Some(run) = self.run.take().filter(|_| entries.iter().all(|entry| entry.runs.is_empty())) {
            let entry = entries.iter_mut().find(|entry| entry.entrant.label == self.label);
            entry.into_iter().for_each(|entry| entry.runs.push(run.clone()));
        }
        if self.is_loss() {
            let without = entries.iter().filter(|entry| entry.runs.is_empty());
            left_out.extend(without.map(|entry| (entry.entrant.label.clone(), "it had no whole turn".to_owned())));
        }
        told
    }

    /// `lost in round 2, in the turn of threads: …; whole turns: sequential 2, threads 1`.
    fn told(&self, entries: &[Entry]) -> String {
        let what = if self.is_loss() { "lost" } else { "interrupted" };
        let place = match self.round {
            0 => "the warm-up".to_owned(),
            round => format!("round {round}"),
        };
        let whole = entries.iter().filter(|entry| !entry.runs.is_empty());
        let whole: Vec<_> = whole.map(|entry| format!("{} {}", entry.entrant.label, entry.runs.len())).collect();
        let whole = if whole.is_empty() { "none".to_owned() } else { whole.join(", ") };
        let why = self.lost.iter().map(|why| format!("; {why}")).collect::<String>();
        format!("{what} in {place}, in the turn of {}; whole turns: {whole}{why}", self.label)
    }
}

impl Race<'_> {
    /// Runs one of them once, over so many frames if that is said; none if that does not count.
    pub(super) fn run(&mut self, entrant: &Entrant, round: usize, frames: Option<u64>) -> Result<Option<Run>> {
        let Entrant { label, strategy, input, chain, settings, .. } = entrant;
        let mut settings = settings.clone();
        settings.limits.frames = frames.or(settings.limits.frames);
        if round != 1 {
            // One trace is enough, and many would count as memory of the later rounds.
            settings.trace_frames = 0;
        }
        let rounds = if let Rounds::Fixed(count) = self.plan.rounds { count } else { 0 };
        (self.on_step)(Step { strategy: label.clone(), round, rounds, done: self.done });
        let source = match self.source(input, &settings.open) {
            Ok(source) => source,
            Err(error) if self.may_be_lost() || self.watch.is_ended() => {
                let lost = (!self.watch.is_ended()).then(|| format!("{error:#}"));
                self.cut = Some(Cut { label: label.clone(), round, lost, run: None });
                return Ok(None);
            }
            Err(error) => return self.fail(label, error),
        };
        let ran = run_source(*strategy, source, chain, &mut Null::default(), &settings, self.watch);
        match ran.with_context(|| input.to_string()) {
            Ok(run) => {
                let run = Run { strategy: label.clone(), ..run };
                self.cut = self.cut_of(round, &run);
                // Told to end before its first frame: there is no run, and nobody's fault.
                let nothing = self.watch.is_ended() && run.ledger.delivered == 0;
                Ok((self.cut.is_none() && !nothing).then_some(run))
            }
            Err(_) if self.watch.is_ended() && self.entries.iter().any(|entry| !entry.runs.is_empty()) => Ok(None),
            Err(error) => self.fail(label, error),
        }
    }

    /// Who fails is left out, unless it is the first.
    fn fail(&mut self, label: &str, error: anyhow::Error) -> Result<Option<Run>> {
        if self.entries.first().is_some_and(|entry| entry.entrant.label == label) {
            return Err(error);
        }
        self.left_out.push((label.to_owned(), format!("{error:#}")));
        self.entries.retain(|entry| entry.entrant.label != label);
        Ok(None)
    }

    /// What the next run reads. A live input that is gone is tried again, as in the middle of a run.
    fn source(&mut self, input: &Input, opening: &OpenOptions) -> Result<Box<dyn Source>> {
        let is_plan = *input == self.plan.input;
        if let Some(frames) = self.preloaded.as_ref().filter(|_| is_plan) {
            return Ok(Box::new(frames.again()));
        }
        if let Some(source) = self.opened.take().filter(|_| is_plan) {
            return Ok(source);
        }
        let source = open_again(&self.watch.ended(), input, opening)?;
        let (now, before) = (source.info().shape, self.shape);
        ensure!(!is_plan || now == before, "{input} came back with frames of {now}, but began with {before}");
        Ok(source)
    }

    /// What cut this run short, if anything did, and it is to be held against others.
    fn cut_of(&self, round: usize, run: &Run) -> Option<Cut> {
        if self.entries.len() == 1 && self.plan.rounds == Rounds::Fixed(1) {
            return None;
        }
        let silent = run.outages.at_end || run.ledger.came() == 0;
        let lost = (silent && self.may_be_lost() && !self.watch.is_ended())
            .then(|| run.notes.last().cloned().unwrap_or_else(|| "it gave no frame".to_owned()));
        // What was done to warm up is no measurement.
        let counts = round > 0 && run.ledger.delivered > 0;
        let cut = || Cut { label: run.strategy.clone(), round, lost: lost.clone(), run: counts.then(|| run.clone()) };
        (lost.is_some() || self.watch.is_ended()).then(cut)
    }

    /// Whether the input can be gone from one moment to the next.
    fn may_be_lost(&self) -> bool {
        self.preloaded.is_none() && matches!(self.plan.input, Input::Camera(_) | Input::Url(_))
    }
}
