//! The turn of one candidate: one run, which counts if it is complete.
//!
//! A live input may be lost during a turn, and the user may ask for the end. A candidate whose turn was interrupted had
//! fewer frames than the others, so only complete turns are compared.

use anyhow::{Context, Result, ensure};

use super::interruption::Interruption;
use super::plan::{Candidate, Rounds};
use super::race::Race;
use super::several::run_several;
use super::standing::{left, standing};
use crate::metrics::Run;
use crate::pipeline::Step;
use crate::run::run_source;
use crate::sink::Null;
use crate::source::{Input, OpenOptions, Source, open_again};

impl Race<'_> {
    /// Runs a candidate once, over `frames` frames if given; none if the run does not count.
    pub(super) fn run(&mut self, candidate: &Candidate, round: usize, frames: Option<u64>) -> Result<Option<Run>> {
        let Candidate { label, strategy, input, chain, others, settings, .. } = candidate;
        let mut settings = settings.clone();
        settings.limits.frames = frames.or(settings.limits.frames);
        if round != 1 {
            // One trace is enough, and many would count as memory of the later rounds.
            settings.trace_frames = 0;
        }
        let rounds = if let Rounds::Fixed(count) = self.plan.rounds { count } else { 0 };
        let standing = standing(self.rivals());
        let left = self.began.filter(|_| round > 0).and_then(|at| left(self.plan.rounds, at.elapsed(), self.done));
        (self.on_step)(Step { strategy: label.clone(), round, rounds, done: self.done, standing, left });
        if !others.is_empty() {
            let ran = run_several(*strategy, (input, chain), others, &settings, self.watch);
            return self.counted(label, round, ran.map(|(_, run)| run));
        }
        let source = match self.source(input, &settings.open) {
            Ok(source) => source,
            Err(error) if self.may_be_lost() || self.watch.is_ended() => {
                let lost = (!self.watch.is_ended()).then(|| format!("{error:#}"));
                self.interruption = Some(Interruption { label: label.clone(), round, lost, run: None });
                return Ok(None);
            }
            Err(error) => return self.fail(label, error),
        };
        let ran = run_source(*strategy, source, chain, &mut Null::default(), &settings, self.watch);
        self.counted(label, round, ran.with_context(|| input.to_string()))
    }

    /// The run if it counts.
    fn counted(&mut self, label: &str, round: usize, ran: Result<Run>) -> Result<Option<Run>> {
        match ran {
            Ok(run) => {
                let run = Run { strategy: label.to_owned(), ..run };
                self.interruption = self.interruption_of(round, &run);
                // Told to end before its first frame: there is no run, and nobody's fault.
                let nothing = self.watch.is_ended() && run.ledger.delivered == 0;
                Ok((self.interruption.is_none() && !nothing).then_some(run))
            }
            Err(_) if self.watch.is_ended() && self.entries.iter().any(|entry| !entry.runs.is_empty()) => Ok(None),
            Err(error) => self.fail(label, error),
        }
    }

    /// Who fails is left out, unless it is the first.
    fn fail(&mut self, label: &str, error: anyhow::Error) -> Result<Option<Run>> {
        if self.entries.first().is_some_and(|entry| entry.candidate.label == label) {
            return Err(error);
        }
        self.left_out.push((label.to_owned(), format!("{error:#}")));
        self.entries.retain(|entry| entry.candidate.label != label);
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

    /// What interrupted this run, if anything did, and the run is to be compared with others.
    fn interruption_of(&self, round: usize, run: &Run) -> Option<Interruption> {
        if self.entries.len() == 1 && self.plan.rounds == Rounds::Fixed(1) {
            return None;
        }
        let silent = run.outages.at_end || run.ledger.came() == 0;
        let lost = (silent && self.may_be_lost() && !self.watch.is_ended())
            .then(|| run.notes.last().cloned().unwrap_or_else(|| "it gave no frame".to_owned()));
        // What was done to warm up is no measurement.
        let counts = round > 0 && run.ledger.delivered > 0;
        let interruption = || Interruption {
            label: run.strategy.clone(),
            round,
            lost: lost.clone(),
            run: counts.then(|| run.clone()),
        };
        (lost.is_some() || self.watch.is_ended()).then(interruption)
    }

    /// Whether the input can be gone from one moment to the next.
    fn may_be_lost(&self) -> bool {
        self.preloaded.is_none() && matches!(self.plan.input, Input::Camera(_) | Input::Url(_))
    }
}
