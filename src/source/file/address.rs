//! Where a video is: a file, an address in the network, or a pipe. Opens it with FFmpeg.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use ffmpeg_next::format::context::Input;
use ffmpeg_next::format::input_with_interrupt_and_dictionary;
use ffmpeg_next::{Dictionary, Error};
use parking_lot::Mutex;

use super::check::check;
use super::ending::boxes;
use super::open::Bound;
use super::packets::Packets;
use super::pipe::{Pipe, is_pipe};
use super::words::words;
use crate::cancel::CancelToken;
use crate::host::machine::{available_memory, resident_memory};
use crate::source::OpenOptions;

/// Where a video is.
pub(in crate::source) enum Address {
    /// A file, which can be opened again and again.
    File(PathBuf),
    /// A file on a server, which can be, too.
    Url(PathBuf, Arc<Patience>),
    /// A pipe, whose readers are given out once each.
    Pipe(PathBuf, Mutex<Option<Pipe>>, Mutex<Option<Pipe>>),
}

impl Address {
    /// Of a path, which is checked.
    pub(in crate::source) fn of(path: &Path, opening: &OpenOptions, halt: &CancelToken) -> Result<Self> {
        check(path)?;
        if opening.plain || !is_pipe(path) {
            return Ok(Self::File(path.to_owned()));
        }
        let pipe = Pipe::open(path, opening.timeout, halt)?;
        let second = opening.second_reader.then(|| pipe.second());
        Ok(Self::Pipe(path.to_owned(), Mutex::new(Some(pipe)), Mutex::new(second)))
    }

    /// Of a file on a server.
    pub(in crate::source) fn of_url(url: &str, opening: &OpenOptions, halt: &CancelToken) -> Self {
        Self::Url(url.into(), Patience::new(opening.timeout, halt))
    }

    /// The same, to be opened once more; none of a pipe.
    pub(super) fn again(&self) -> Option<Self> {
        match self {
            Self::File(path) => Some(Self::File(path.clone())),
            Self::Url(url, patience) => Some(Self::Url(url.clone(), Arc::clone(patience))),
            Self::Pipe(..) => None,
        }
    }

    /// Its name, as the user gave it.
    pub(super) fn name(&self) -> &Path {
        match self {
            Self::File(name) | Self::Url(name, _) | Self::Pipe(name, ..) => name,
        }
    }

    /// Its path, if it is a file.
    pub(super) fn path(&self) -> Option<&Path> {
        if let Self::File(path) = self { Some(path) } else { None }
    }

    /// Whether it can be opened again.
    pub(super) fn reopens(&self) -> bool {
        !matches!(self, Self::Pipe(..))
    }

    /// Opens it and finds out what it holds.
    pub(super) fn open(&self, bound: Bound) -> Result<Packets> {
        let name = self.name().display();
        let opened = match self {
            Self::File(path) => Packets::open(path, Some(bound))?,
            Self::Url(url, patience) => {
                patience.renew();
                let url = url.to_string_lossy();
                let opened = connect(&url, patience).map_err(|error| patience.refusal(&url, error))?;
                return Ok(Packets::of(opened, Some(bound)));
            }
            Self::Pipe(_, first, _) => match first.lock().take() {
                Some(pipe) => Packets::open_pipe(pipe, Some(bound)),
                None => return Err(anyhow!("{name} is a pipe, which can be read only once")),
            },
        };
        opened.map_err(|error| match error {
            Error::Eof => anyhow!("{name} ends before its first frame; look at it with ffprobe"),
            _ if self.path().map(boxes).is_some_and(|boxes| boxes.media && !boxes.index) => anyhow!(
                "{name} has no index (moov), as a recording that was not finished; untrunc can make one from another \
                 file of the same camera or program"
            ),
            error => {
                anyhow!("{name} is not a video, or damaged beyond reading ({}); look at it with ffprobe", words(error))
            }
        })
    }

    /// The second reader of a pipe, once, if there is to be one.
    pub(super) fn second(&self) -> Option<Pipe> {
        if let Self::Pipe(.., second) = self { second.lock().take() } else { None }
    }

    /// The next wait for the network begins.
    pub(super) fn renew(&self) {
        if let Self::Url(_, patience) = self {
            patience.renew();
        }
    }
}

/// Why nothing could be decoded of what cannot be gone back in, where the container is the reason: an MP4 file may have
/// its index behind its pictures.
pub(super) fn hint(input: &Input, is_pipe: bool) -> Option<&'static str> {
    let has_index = input.format().name().split(',').any(|name| name == "mov");
    let why = if is_pipe {
        "its index is at its end, where a pipe cannot go and come back; give it as a file"
    } else {
        "its index is at its end, and the server gives no ranges of it (HTTP's Range); copy it here, or make it with \
         ffmpeg -movflags +faststart"
    };
    has_index.then_some(why)
}

/// Opens an address in the network.
pub(super) fn connect(url: &str, patience: &Arc<Patience>) -> Result<Input, Error> {
    let asked = Arc::clone(patience);
    let mut options = Dictionary::new();
    // Cameras lose packets over UDP, and firewalls all of them.
    options.set("rtsp_flags", "prefer_tcp");
    // The rate of a camera is not worth waiting seconds for.
    options.set("fpsprobesize", "2");
    input_with_interrupt_and_dictionary(url, move || asked.is_over(), options)
}

/// How long the network is waited for, and how much memory that may take.
pub(in crate::source) struct Patience {
    pub timeout: Duration,
    wait: Mutex<Wait>,
    halt: Mutex<CancelToken>,
}

/// One wait: until a stream is open, or for its next frame.
struct Wait {
    until: Instant,
    /// When the memory is looked at next, and how much there may be by then.
    look: Instant,
    memory: Option<u64>,
    /// It has taken too much memory.
    greedy: bool,
}

/// Bytes by which this process may grow within one wait, where there is as much. FFmpeg keeps all of a list, a description or
/// a packet, however long a server makes it; a stream of 8K has its pictures in less.
const GROWTH: u64 = 1 << 30;
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(20);

impl Wait {
    fn of(timeout: Duration) -> Self {
        let now = Instant::now();
        Self { until: now + timeout, look: now + LOOK, memory: None, greedy: false }
    }

    /// Whether it has come to its end.
    fn is_over(&mut self) -> bool {
        let now = Instant::now();
        if now > self.look {
            let memory = resident_memory(std::process::id());
            self.greedy |= memory > *self.memory.get_or_insert_with(|| memory + GROWTH.min(available_memory() / 2));
            self.look = now + LOOK;
        }
        self.greedy || now > self.until
    }
}

impl Patience {
    pub(super) fn new(timeout: Duration, halt: &CancelToken) -> Arc<Self> {
        Arc::new(Self { timeout, wait: Mutex::new(Wait::of(timeout)), halt: Mutex::new(halt.clone()) })
    }

    /// The wait begins anew.
    pub(super) fn renew(&self) {
        let mut wait = self.wait.lock();
        // What was too much once does not become less.
        *wait = Wait { greedy: wait.greedy, ..Wait::of(self.timeout) };
    }

    /// From now on another token ends the wait.
    pub(super) fn obey(&self, halt: &CancelToken) {
        *self.halt.lock() = halt.clone();
    }

    pub(super) fn is_halted(&self) -> bool {
        self.halt.lock().is_cancelled()
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_halted() || self.wait.lock().is_over()
    }

    fn is_greedy(&self) -> bool {
        self.wait.lock().greedy
    }

    /// What ended a wait for something of a stream that is open.
    pub(super) fn end(&self) -> String {
        match self.is_greedy() {
            true => format!("sent more than {} MB without a frame", GROWTH >> 20),
            false => format!("gave no frame for {} s (--timeout)", self.timeout.as_secs_f64()),
        }
    }

    /// Why an address does not open, and what to do.
    pub(super) fn refusal(&self, url: &str, error: Error) -> anyhow::Error {
        let over = self.is_over() || error == Error::Exit;
        match error {
            _ if self.is_greedy() => anyhow!("{url} {}", self.end()),
            _ if over => anyhow!("{url} did not answer within {} s (--timeout)", self.timeout.as_secs_f64()),
            Error::Eof => anyhow!("{url} ended before its first frame; does it play with ffplay?"),
            Error::Other { errno } if errno == libc::EIO => {
                anyhow!("cannot open {url}: no such host, or it broke off; check the address, and try it with ffplay")
            }
            error => anyhow!("cannot open {url}: {}; does it play with ffplay?", words(error)),
        }
    }
}
