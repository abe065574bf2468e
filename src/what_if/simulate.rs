//! A run in fast motion: a discrete-event simulation of a line. It knows nothing of frames' pixels or of this machine.
//!
//! Workers that compute share the cores evenly (processor sharing, as the kernel's fair scheduler does over a few
//! milliseconds). A worker that is done holds its frame until the link after it has room. Frames are delivered in
//! order, and a frame's buffer is free again when it is delivered; capture waits for a free one.

use std::collections::{BTreeSet, VecDeque};

use super::line::{Line, Station, Step};

/// Frames a second that the line makes once it is filled and before it runs dry.
pub(super) fn rate(line: &Line) -> f64 {
    let under_way =
        line.in_flight.min(line.stations.iter().map(|s| s.workers).sum::<usize>() + line.links.iter().sum::<usize>());
    let frames = 240 + 6 * under_way;
    let delivered = Floor::new(line, frames).run();
    let (from, to) = (frames / 4, frames - under_way - 1);
    let seconds = delivered.get(to).zip(delivered.get(from)).map_or(0.0, |(to, from)| to - from);
    if seconds > 0.0 { (to - from) as f64 / seconds } else { f64::INFINITY }
}

/// What a worker has in hand.
#[derive(Clone, Copy, Debug)]
enum Hand {
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

impl Hand {
    /// The step it is at work on, unless that waits for the lock.
    fn step<'s>(&self, station: &'s Station) -> Option<&'s Step> {
        let Hand::Work { step, has_lock, .. } = self else { return None };
        station.steps.get(*step).filter(|step| !step.locked || *has_lock)
    }
}

/// Where everything stands at one moment of the simulation.
struct Floor<'a> {
    line: &'a Line,
    frames: usize,
    now: f64,
    next: usize,
    hands: Vec<Vec<Hand>>,
    /// Before each station but the first.
    links: Vec<VecDeque<usize>>,
    /// How much longer than usual a frame takes, by station and frame: the same in every simulation of a run, so that
    /// two of them differ by what was changed and by nothing else.
    factors: Vec<Vec<f64>>,
    /// Frames at the last station whose turn it is not.
    early: BTreeSet<usize>,
    lock_taken: bool,
    /// CPU seconds beside the stations that are still to be done.
    beside: f64,
    delivered: Vec<f64>,
}

const DONE: f64 = 1e-12;

impl<'a> Floor<'a> {
    fn new(line: &'a Line, frames: usize) -> Self {
        let factors =
            line.stations.iter().zip(1..).map(|(station, seed)| station.variation.draw(seed, frames)).collect();
        Self {
            line,
            frames,
            now: 0.0,
            next: 0,
            hands: line.stations.iter().map(|station| vec![Hand::Empty; station.workers]).collect(),
            links: vec![VecDeque::new(); line.stations.len() - 1],
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
            while self.hand_over() {}
            if !self.pass_time() {
                break;
            }
        }
        self.delivered
    }

    /// Moves frames wherever they can move without time passing. Whether any did.
    fn hand_over(&mut self) -> bool {
        let (last, mut moved) = (self.hands.len() - 1, false);
        for station in (0..=last).rev() {
            for worker in 0..self.hands[station].len() {
                if let Hand::Done(frame) = self.hands[station][worker] {
                    if station == last {
                        self.delivered.push(self.now);
                    } else if self.links[station].len() < self.line.links[station] {
                        self.links[station].push_back(frame);
                    } else {
                        continue;
                    }
                    self.hands[station][worker] = Hand::Empty;
                    moved = true;
                }
                if let Hand::Empty = self.hands[station][worker]
                    && let Some(frame) = self.take(station)
                {
                    self.hands[station][worker] = self.begin(station, frame, 0);
                    moved = true;
                }
            }
        }
        moved
    }

    /// The next frame for a free worker of a station, if there is one.
    fn take(&mut self, station: usize) -> Option<usize> {
        if station == 0 {
            let due = self.line.pace.is_none_or(|pace| self.now * pace + DONE >= self.next as f64);
            let room = self.next - self.delivered.len() < self.line.in_flight;
            if self.next == self.frames || !due || !room {
                return None;
            }
            self.next += 1;
            self.beside += self.line.beside;
            return Some(self.next - 1);
        }
        if station < self.hands.len() - 1 {
            return self.links[station - 1].pop_front();
        }
        // Deliver takes whatever comes and lays aside what comes early.
        self.early.extend(self.links[station - 1].drain(..));
        self.early.take(&self.delivered.len())
    }

    fn begin(&self, station: usize, frame: usize, step: usize) -> Hand {
        match self.line.stations[station].steps.get(step) {
            None => Hand::Done(frame),
            Some(one) => Hand::Work { frame, step, left: one.seconds * self.factors[station][frame], has_lock: false },
        }
    }

    /// Hands out the lock, finds what ends next, and lets time pass until then. Whether anything ever will.
    fn pass_time(&mut self) -> bool {
        self.hand_out_lock();
        let mut load = self.line.elsewhere + if self.beside > 0.0 { 1.0 } else { 0.0 };
        for (station, hands) in self.line.stations.iter().zip(&self.hands) {
            load += hands.iter().map(|hand| hand.step(station).map_or(0.0, |step| step.load)).sum::<f64>();
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

    /// The oldest frame that waits for the lock gets it, when nobody has it.
    fn hand_out_lock(&mut self) {
        if self.lock_taken {
            return;
        }
        let stations = self.line.stations.iter().zip(&mut self.hands);
        let waiting = stations.flat_map(|(station, hands)| {
            hands.iter_mut().filter(|hand| matches!(hand, Hand::Work { step, .. } if station.steps[*step].locked))
        });
        let oldest = waiting.min_by_key(|hand| if let Hand::Work { frame, .. } = hand { *frame } else { usize::MAX });
        if let Some(Hand::Work { has_lock, .. }) = oldest {
            (*has_lock, self.lock_taken) = (true, true);
        }
    }

    /// Seconds until something is done.
    fn until_next(&self, speed: f64) -> f64 {
        let mut pass = if self.beside > 0.0 { self.beside / speed } else { f64::INFINITY };
        for (station, hands) in self.line.stations.iter().zip(&self.hands) {
            for hand in hands {
                if let (Some(step), Hand::Work { left, .. }) = (hand.step(station), hand) {
                    pass = pass.min(if step.load > 0.0 { left / speed } else { *left });
                }
            }
        }
        if let (Some(pace), Hand::Empty) = (self.line.pace, self.hands[0][0]) {
            let due = self.next as f64 / pace - self.now;
            if self.next < self.frames && due > DONE {
                pass = pass.min(due);
            }
        }
        pass
    }

    /// Everybody works for so long.
    fn work(&mut self, pass: f64, speed: f64) {
        for station in 0..self.hands.len() {
            for worker in 0..self.hands[station].len() {
                let hand = self.hands[station][worker];
                let (Some(now), Hand::Work { frame, step, left, has_lock }) =
                    (hand.step(&self.line.stations[station]), hand)
                else {
                    continue;
                };
                let left = left - if now.load > 0.0 { pass * speed } else { pass };
                self.hands[station][worker] = if left > DONE {
                    Hand::Work { frame, step, left, has_lock }
                } else {
                    if has_lock {
                        self.lock_taken = false;
                    }
                    self.begin(station, frame, step + 1)
                };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::variation::Variation;
    use super::*;
    use crate::measure::Teamwork;

    /// A line of stations with so many workers, seconds of waiting and of computing.
    fn line(stations: &[(usize, f64, f64)], queue: usize, cores: f64) -> Line {
        let step = |seconds, load| Step { name: String::new(), seconds, load, locked: false };
        let station = |&(workers, wait, cpu): &(usize, f64, f64)| Station {
            workers,
            steps: vec![step(wait, 0.0), step(cpu, 1.0)],
            variation: Variation::none(),
        };
        Line {
            stations: stations.iter().map(station).collect(),
            links: vec![queue; stations.len() - 1],
            in_flight: stations.iter().map(|station| station.0).sum::<usize>() + 2 * queue,
            cores,
            elsewhere: 0.0,
            beside: 0.0,
            pace: None,
            teamwork: Teamwork::FilterEach,
        }
    }

    fn near(line: &Line, expected: f64) {
        let rate = rate(line);
        assert!((rate / expected - 1.0).abs() < 0.01, "{rate} and not {expected}");
    }

    #[test]
    fn the_slowest_stage_sets_the_pace() {
        near(&line(&[(1, 0.001, 0.0), (1, 0.004, 0.0), (1, 0.002, 0.0)], 4, 2.0), 250.0);
        near(&line(&[(1, 0.001, 0.0), (2, 0.004, 0.0), (1, 0.001, 0.0)], 4, 2.0), 500.0);
        near(&line(&[(1, 0.001, 0.0), (2, 0.006, 0.0), (1, 0.004, 0.0)], 4, 2.0), 250.0);
    }

    #[test]
    fn cores_are_shared() {
        let one = [(1, 0.0, 0.001), (1, 0.0, 0.001), (1, 0.0, 0.001)];
        near(&line(&one, 4, 4.0), 1000.0);
        near(&line(&one, 4, 1.0), 333.3);
        near(&line(&[(1, 0.0, 0.0001), (4, 0.0, 0.004), (1, 0.0, 0.0001)], 4, 2.0), 2.0 / 0.0042);
    }

    #[test]
    fn others_take_their_share() {
        let mut busy =
            line(&[(1, 0.0, 0.0001), (1, 0.0, 0.0002), (1, 0.0, 0.0005), (1, 0.0, 0.0), (1, 0.0, 0.00004)], 4, 2.0);
        busy.elsewhere = 1.9;
        assert!(rate(&busy) > 700.0, "{}", rate(&busy));
    }

    #[test]
    fn a_pace_is_kept() {
        let mut paced = line(&[(1, 0.0, 0.001), (2, 0.0, 0.001), (1, 0.0, 0.001)], 4, 4.0);
        paced.pace = Some(100.0);
        near(&paced, 100.0);
        paced.pace = Some(5_000.0);
        near(&paced, 1_000.0);
    }

    #[test]
    fn under_one_lock_computing_does_not_overlap_but_waiting_does() {
        let mut locked = line(&[(1, 0.0, 0.0), (4, 0.003, 0.001), (1, 0.0, 0.0)], 4, 4.0);
        near(&locked, 1_000.0);
        locked.stations[1].steps[1].locked = true;
        near(&locked, 1_000.0);
        locked.stations[1].steps[1].seconds = 0.002;
        near(&locked, 500.0);
    }

    #[test]
    fn a_line_of_one_station_does_one_frame_after_the_other() {
        let mut alone = line(&[(1, 0.002, 0.003)], 1, 2.0);
        alone.in_flight = 1;
        near(&alone, 200.0);
        alone.elsewhere = 2.0;
        near(&alone, 1.0 / (0.002 + 0.003 * 1.5));
    }
}
