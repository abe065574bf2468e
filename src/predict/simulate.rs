//! A run in fast motion: a discrete-event simulation of a line. It knows nothing of frames' pixels or of this machine.
//!
//! Workers that compute share the cores evenly (processor sharing, as the kernel's fair scheduler does over a few
//! milliseconds). A worker that is done holds its frame until the queue after it has room. Frames are delivered in
//! order, and a frame's buffer is free again when it is delivered; capture waits for a free one.

use std::collections::{BTreeSet, VecDeque};

use super::model::{Line, StageModel, Step};

/// Frames a second that the line makes once it is filled and before it runs dry.
pub(super) fn rate(line: &Line) -> f64 {
    let under_way =
        line.in_flight.min(line.stages.iter().map(|s| s.workers).sum::<usize>() + line.queues.iter().sum::<usize>());
    let frames = 240 + 6 * under_way;
    let delivered = Simulation::new(line, frames).run();
    let (from, to) = (frames / 4, frames - under_way - 1);
    let seconds = delivered.get(to).zip(delivered.get(from)).map_or(0.0, |(to, from)| to - from);
    if seconds > 0.0 { (to - from) as f64 / seconds } else { f64::INFINITY }
}

/// The line with the load of other programs at which the simulation gives the measured rate. How often others ran is
/// known, but not how many of their threads were ready at once.
pub(super) fn fitted(line: Line, fps: f64) -> Line {
    const CLOSE: f64 = 0.02;
    const HALVINGS: usize = 12;
    let with = |elsewhere: f64| Line { elsewhere, ..line.clone() };
    let near = |rate: f64| (rate / fps - 1.0).abs() <= CLOSE;
    let (mut least, mut most) = (0.0, 4.0 * line.cores);
    if near(rate(&line)) || rate(&with(least)) < fps || rate(&with(most)) > fps {
        return line;
    }
    for _ in 0..HALVINGS {
        let middle = (least + most) / 2.0;
        if rate(&with(middle)) > fps { least = middle } else { most = middle }
    }
    with(least)
}

/// What a worker does at the moment.
#[derive(Clone, Copy, Debug)]
enum Slot {
    Empty,
    /// At work on a frame: in which step, and how many seconds of it are left.
    Work {
        frame: usize,
        step: usize,
        left: f64,
        has_lock: bool,
    },
    /// Done, and waiting for room.
    Done(usize),
}

impl Slot {
    /// The step it is at work on, unless that waits for the lock.
    fn step<'s>(&self, stage: &'s StageModel) -> Option<&'s Step> {
        let Slot::Work { step, has_lock, .. } = self else { return None };
        stage.steps.get(*step).filter(|step| !step.locked || *has_lock)
    }
}

/// Where everything stands at one moment of the simulation.
struct Simulation<'a> {
    line: &'a Line,
    frames: usize,
    now: f64,
    next: usize,
    slots: Vec<Vec<Slot>>,
    /// Before each stage but the first.
    queues: Vec<VecDeque<usize>>,
    /// How much longer than usual a frame takes, by stage and frame: the same in every simulation of a run, so that
    /// two of them differ by what was changed and by nothing else.
    factors: Vec<Vec<f64>>,
    /// Frames at the last stage whose turn it is not.
    early: BTreeSet<usize>,
    lock_taken: bool,
    /// CPU seconds beside the stages that are still to be done.
    beside: f64,
    delivered: Vec<f64>,
}

const DONE: f64 = 1e-12;

impl<'a> Simulation<'a> {
    fn new(line: &'a Line, frames: usize) -> Self {
        let factors = line.stages.iter().zip(1..).map(|(stage, seed)| stage.variation.draw(seed, frames)).collect();
        Self {
            line,
            frames,
            now: 0.0,
            next: 0,
            slots: line.stages.iter().map(|stage| vec![Slot::Empty; stage.workers]).collect(),
            queues: vec![VecDeque::new(); line.stages.len() - 1],
            factors,
            early: BTreeSet::new(),
            lock_taken: false,
            beside: 0.0,
            delivered: Vec::with_capacity(frames),
        }
    }

    /// When each frame was delivered, in seconds.
    fn run(mut self) -> Vec<f64> {
        while self.delivered.len() < self.frames {
            while self.move_frames() {}
            if !self.pass_time() {
                break;
            }
        }
        self.delivered
    }

    /// Moves frames wherever they can move without time passing. Whether any did.
    fn move_frames(&mut self) -> bool {
        let (last, mut moved) = (self.slots.len() - 1, false);
        for stage in (0..=last).rev() {
            for worker in 0..self.slots[stage].len() {
                if let Slot::Done(frame) = self.slots[stage][worker] {
                    if stage == last {
                        self.delivered.push(self.now);
                    } else if self.queues[stage].len() < self.line.queues[stage] {
                        self.queues[stage].push_back(frame);
                    } else {
                        continue;
                    }
                    self.slots[stage][worker] = Slot::Empty;
                    moved = true;
                }
                if let Slot::Empty = self.slots[stage][worker]
                    && let Some(frame) = self.take(stage)
                {
                    self.slots[stage][worker] = self.begin(stage, frame, 0);
                    moved = true;
                }
            }
        }
        moved
    }

    /// The next frame for a free worker of a stage, if there is one.
    fn take(&mut self, stage: usize) -> Option<usize> {
        if stage == 0 {
            let due = self.line.pace.is_none_or(|pace| self.now * pace + DONE >= self.next as f64);
            let room = self.next - self.delivered.len() < self.line.in_flight;
            if self.next == self.frames || !due || !room {
                return None;
            }
            self.next += 1;
            self.beside += self.line.beside;
            return Some(self.next - 1);
        }
        if stage < self.slots.len() - 1 {
            return self.queues[stage - 1].pop_front();
        }
        // Deliver takes every frame and keeps early ones until their turn.
        self.early.extend(self.queues[stage - 1].drain(..));
        self.early.take(&self.delivered.len())
    }

    fn begin(&self, stage: usize, frame: usize, step: usize) -> Slot {
        match self.line.stages[stage].steps.get(step) {
            None => Slot::Done(frame),
            Some(one) => Slot::Work { frame, step, left: one.seconds * self.factors[stage][frame], has_lock: false },
        }
    }

    /// Grants the lock, finds what ends next, and lets time pass until then. Whether anything ever will.
    fn pass_time(&mut self) -> bool {
        self.grant_lock();
        let mut load = self.line.elsewhere + if self.beside > 0.0 { 1.0 } else { 0.0 };
        for (stage, slots) in self.line.stages.iter().zip(&self.slots) {
            load += slots.iter().map(|slot| slot.step(stage).map_or(0.0, |step| step.load)).sum::<f64>();
        }
        let speed = if load > self.line.cores { self.line.cores / load } else { 1.0 };
        let pass = self.until_next(speed);
        if pass.is_infinite() {
            return false;
        }
        self.now += pass;
        self.beside = if self.beside - pass * speed > DONE { self.beside - pass * speed } else { 0.0 };
        self.work(pass, speed);
        true
    }

    /// Gives the lock, if it is free, to the oldest frame that waits for it.
    fn grant_lock(&mut self) {
        if self.lock_taken {
            return;
        }
        let stages = self.line.stages.iter().zip(&mut self.slots);
        let waiting = stages.flat_map(|(stage, slots)| {
            slots.iter_mut().filter(|slot| matches!(slot, Slot::Work { step, .. } if stage.steps[*step].locked))
        });
        let oldest = waiting.min_by_key(|slot| if let Slot::Work { frame, .. } = slot { *frame } else { usize::MAX });
        if let Some(Slot::Work { has_lock, .. }) = oldest {
            (*has_lock, self.lock_taken) = (true, true);
        }
    }

    /// Seconds until something is done.
    fn until_next(&self, speed: f64) -> f64 {
        let mut pass = if self.beside > 0.0 { self.beside / speed } else { f64::INFINITY };
        for (stage, slots) in self.line.stages.iter().zip(&self.slots) {
            for slot in slots {
                if let (Some(step), Slot::Work { left, .. }) = (slot.step(stage), slot) {
                    pass = pass.min(if step.load > 0.0 { left / speed } else { *left });
                }
            }
        }
        if let (Some(pace), Slot::Empty) = (self.line.pace, self.slots[0][0]) {
            let due = self.next as f64 / pace - self.now;
            if self.next < self.frames && due > DONE {
                pass = pass.min(due);
            }
        }
        pass
    }

    /// Lets all workers work for `pass` seconds.
    fn work(&mut self, pass: f64, speed: f64) {
        for stage in 0..self.slots.len() {
            for worker in 0..self.slots[stage].len() {
                let slot = self.slots[stage][worker];
                let (Some(now), Slot::Work { frame, step, left, has_lock }) =
                    (slot.step(&self.line.stages[stage]), slot)
                else {
                    continue;
                };
                let left = left - if now.load > 0.0 { pass * speed } else { pass };
                self.slots[stage][worker] = if left > DONE {
                    Slot::Work { frame, step, left, has_lock }
                } else {
                    if has_lock {
                        self.lock_taken = false;
                    }
                    self.begin(stage, frame, step + 1)
                };
            }
        }
    }
}

#[cfg(test)]
mod tests;
