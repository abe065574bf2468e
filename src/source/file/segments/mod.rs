//! A video file that several decoders decode at once: its packets are read once, in their order, by whoever needs the next
//! segment, and each segment is decoded apart. So every decoder is given the very packets it would be given in the whole,
//! whatever the container is like, and whether or not one can seek in it.
//!
//! ```text
//! packets ─▶ cutter ─▶ piece ─▶ reader (decoder, converter)
//!                   ├▶ piece ─▶ reader
//!                   └▶ rest  ─▶ the file's own decoder, as if nothing had been cut
//! ```
//!
//! The first picture that is not as the packets tell (damage, another size, an order of its own) ends the cutting: the file
//! itself goes on there, from the beginning of that piece, and passes over what was handed out. The books of the file (times,
//! damage) are kept in the order of the pictures, so that it knows then what it would know.

mod cutter;
mod pattern;
mod reader;
mod rule;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use opencv::core::Mat;
use parking_lot::Mutex;

use self::cutter::{Clock, Cutter, Piece};
use self::pattern::Pattern;
use self::reader::PieceReader;
use self::rule::Rule;
use super::File;
use crate::frame::Timing;
use crate::metrics::{Damage, StageTimer};
use crate::source::Source;
use crate::source::segmented::{Segment, SegmentRead, SegmentReader, Segmented};

/// A file, cut.
pub(super) struct Segments {
    pattern: Pattern,
    clock: Clock,
    state: Mutex<State>,
}

struct State {
    file: File,
    /// Why not, where nothing can be cut: the file is as it was opened.
    cutter: Result<Cutter, String>,
    /// What was handed out and is not in the books of the file yet, and how many frames were read of what is finished.
    pieces: BTreeMap<u64, Arc<Piece>>,
    finished: BTreeMap<u64, u64>,
    /// The next piece for the books, and the pass of the latest one.
    next: u64,
    pass: u32,
    /// Whether somebody has taken what cannot be cut.
    rest_taken: bool,
    /// From which frame on the file is read as one, once it is, and why.
    one_from: Option<(u64, String)>,
    /// Frames that are to be passed over, because they were handed out already.
    known: u64,
}

impl Segments {
    /// Of a file of which nothing was read.
    pub fn new(mut file: File) -> Self {
        let pattern =
            Pattern::of(&file.picture, file.upright.turn(), &file.facts, (file.opening.pixels, file.captions.clone()));
        let clock = Clock { time_base: file.facts.time_base, usual: file.usual, first: file.first.unwrap_or_default() };
        let cutter = cutter(&mut file, clock);
        let state = State {
            file,
            cutter,
            pieces: BTreeMap::new(),
            finished: BTreeMap::new(),
            next: 0,
            pass: 0,
            rest_taken: false,
            one_from: None,
            known: 0,
        };
        Self { pattern, clock, state: Mutex::new(state) }
    }
}

/// What cuts a file, or why nothing can.
fn cutter(file: &mut File, clock: Clock) -> Result<Cutter, String> {
    let passes = file.times_left + 1;
    let (codec, before) = file.stream.coding().ok_or("its pictures are gone")?;
    let rule = Rule::of(codec, &before);
    let rule = rule.ok_or_else(|| format!("nothing is known of key pictures of {}", codec.name()))?;
    if file.first.is_none() {
        return Err("its pictures have no time stamps".into());
    }
    if !file.stream.is_whole() {
        return Err("it is damaged, or several files, one behind the other".into());
    }
    let head = file.stream.take_head().ok_or("it begins with what cannot be decoded")?;
    Ok(Cutter::new(rule, clock, passes, head))
}

impl State {
    /// Takes what is finished into the books, in its order.
    fn settle(&mut self) {
        while let Some(frames) = self.finished.remove(&self.next) {
            if let Some(piece) = self.pieces.remove(&self.next) {
                self.count(&piece, frames);
            }
            self.next += 1;
        }
    }

    /// Takes the first pictures of a piece into the books.
    fn count(&mut self, piece: &Piece, frames: u64) {
        if piece.pass > self.pass {
            self.pass = piece.pass;
            self.file.timeline.again();
            self.file.stream.count_again();
        }
        let frames = usize::try_from(frames).unwrap_or(usize::MAX);
        for (at, (stamp, duration)) in piece.pictures.iter().take(frames).enumerate() {
            self.file.frames += 1;
            self.file.timeline.place(Some(*stamp), *duration);
            if piece.number == 0 && at == 0 {
                // Its damage was counted when the file was opened.
                let File { changes, picture, upright, facts, .. } = &mut self.file;
                changes.fields(picture, upright.turn(), facts.interlaced);
            } else {
                self.file.stream.count_picture(*stamp, *duration);
            }
        }
    }

    /// What a user should know of how it was cut.
    fn note(&self) -> Option<String> {
        let name = self.file.address.name().display();
        match &self.one_from {
            Some((0, why)) => Some(format!("{name} cannot be cut into segments: {why}; it was read as one")),
            Some((at, why)) => {
                Some(format!("{name} cannot be cut into segments from frame {at} on: {why}; the rest was read as one"))
            }
            None if self.next == 1 && self.cutter.as_ref().is_ok_and(|cutter| cutter.number == 1) => Some(format!(
                "{name} was read as one segment: no key picture that a segment could begin with follows the first"
            )),
            None => None,
        }
    }

    /// The file is opened again, so that its decoder will have decoded all before, and what was handed out has to be passed over.
    fn begin_anew(&mut self, frames: u64) -> Result<()> {
        let address = self.file.address.again().context("it can be read only once")?;
        let anew = File::open(address, &self.file.opening)?;
        self.file = File { captions: self.file.captions.clone(), ..anew };
        self.known = frames;
        Ok(())
    }

    /// From the beginning of a piece on, of which so many frames were handed out, the file reads by itself.
    fn read_as_one(&mut self, number: u64, frames: u64) {
        let Ok(cutter) = self.cutter.as_mut() else { return };
        let pieces = std::mem::take(&mut self.pieces);
        let pass = pieces.get(&number).map_or(cutter.pass, |piece| piece.pass);
        let of_pass = pieces.range(number..).filter(|(_, piece)| piece.pass == pass);
        let mut packets: VecDeque<_> = of_pass.flat_map(|(_, piece)| piece.packets.iter().cloned()).collect();
        let no_more = cutter.pass > pass || cutter.at_end;
        if cutter.pass == pass {
            packets.extend(cutter.take_tail());
        }
        self.file.times_left = cutter.passes().saturating_sub(pass + 1);
        if let Some(piece) = pieces.get(&number) {
            let piece = Arc::clone(piece);
            self.count(&piece, frames);
        }
        let is_first = number == 0 && frames == 0;
        self.file.ahead = false;
        self.file.stream.decode_on(packets, no_more, (frames, u64::from(is_first)));
    }
}

impl Segmented for Segments {
    fn next(&self, most: Option<u64>) -> Option<Segment> {
        let mut state = self.state.lock();
        let State { file, cutter, pieces, rest_taken, one_from, .. } = &mut *state;
        let next = cutter.as_ref().map_or((0, 0), |cutter| (cutter.number, cutter.frames));
        if one_from.is_some() || *rest_taken || most.is_some_and(|most| next.1 >= most) {
            return None;
        }
        if let Some(piece) = cutter.as_mut().ok().and_then(|cutter| cutter.next(&mut file.stream)) {
            let Piece { number, first_frame, is_last, .. } = piece;
            let frames = Some(piece.pictures.len() as u64);
            pieces.insert(number, Arc::new(piece));
            return Some(Segment { number, first_frame, frames, is_last });
        }
        // Whoever takes the rest reads on in it.
        *rest_taken = cutter.as_ref().map_or(true, |cutter| cutter.uncut.is_some());
        rest_taken.then_some(Segment { number: next.0, first_frame: next.1, frames: None, is_last: true })
    }

    fn reader(&self, decode_threads: usize) -> Result<Box<dyn SegmentReader + '_>> {
        let opened = self.state.lock().file.stream.open_decoder(decode_threads)?;
        let inner = PieceReader::new(opened, &self.pattern, self.clock)?;
        Ok(Box::new(Reader { all: self, inner }))
    }

    fn finish(&self, segment: &Segment, frames: u64) {
        let mut state = self.state.lock();
        if state.one_from.is_none() {
            state.finished.insert(segment.number, frames);
            state.settle();
        }
    }

    fn stop_cutting(&self, segment: &Segment, frames: u64, damaged: bool) -> Result<()> {
        let mut state = self.state.lock();
        if state.one_from.is_some() {
            return Ok(());
        }
        state.settle();
        let is_rest_damaged = segment.frames.is_none() && state.cutter.as_ref().is_ok_and(|cutter| cutter.is_damaged);
        if damaged || is_rest_damaged || segment.first_frame + frames == 0 {
            state.begin_anew(segment.first_frame + frames)?;
        } else {
            state.read_as_one(segment.number, frames);
        }
        let uncut = state.cutter.as_ref().map_or_else(|why| Some(why.clone()), |cutter| cutter.uncut.clone());
        let why = match segment.frames {
            None => uncut.unwrap_or_default(),
            Some(_) if damaged => "it is damaged there, so all before was decoded again".into(),
            Some(_) => "its pictures change there, or come in an order of their own".into(),
        };
        state.one_from = Some((segment.first_frame + frames, why));
        Ok(())
    }

    fn pass_over(&self) -> Result<bool> {
        const AT_ONCE: u64 = 8;
        let mut state = self.state.lock();
        let State { file, known, .. } = &mut *state;
        for _ in 0..(*known).min(AT_ONCE) {
            *known = if file.pass_over()? { *known - 1 } else { 0 };
        }
        Ok(*known > 0)
    }

    fn read_on(&self, image: &mut Mat, timer: &StageTimer<'_>) -> Result<Option<Timing>> {
        self.state.lock().file.read(image, timer)
    }

    fn report(&self) -> (Damage, Vec<String>) {
        let mut state = self.state.lock();
        state.settle();
        let is_through = state.cutter.as_ref().is_ok_and(|cutter| cutter.is_through() && cutter.number == state.next);
        let File { stream, facts, address, ended, .. } = &mut state.file;
        if is_through && !std::mem::replace(ended, true) {
            stream.ended(facts, address.path());
        }
        let notes = state.file.complaint().into_iter().chain(state.note());
        (state.file.damage(), notes.collect())
    }
}

struct Reader<'a> {
    all: &'a Segments,
    inner: PieceReader,
}

impl SegmentReader for Reader<'_> {
    fn begin(&mut self, segment: &Segment) {
        let piece = self.all.state.lock().pieces.get(&segment.number).map(Arc::clone);
        piece.into_iter().for_each(|piece| self.inner.begin(piece, self.all.clock));
    }

    fn read(&mut self, image: &mut Mat, timer: &StageTimer<'_>) -> Result<SegmentRead> {
        self.inner.read(image, timer)
    }
}
