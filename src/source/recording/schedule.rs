//! When the frames of a recorded camera came, and where that is kept.
//!
//! A twin is a Matroska file that any player shows: the frames, without loss. Behind it stands what players need not
//! know, as JSON in an element that every reader of Matroska passes over (Void), and in a last line where that begins:
//! `tail -n 2 cam.twin | head -n 1` shows it. Container and codec are FFmpeg's, so that there is no format of our own to
//! keep; the times are beside them because Matroska's are whole milliseconds.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use crate::host::plain_file::open_plain;
use crate::host::whole_file::read_up_to;
use crate::metrics::Outages;

/// When the frames of a camera came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// What was recorded.
    pub input: String,
    /// Frames a second.
    pub fps: Option<f64>,
    /// Whether frames have one channel.
    pub gray: bool,
    /// The times in which it was lost.
    pub outages: Outages,
    /// The frames in their order; there is at least one.
    pub frames: Vec<Arrival>,
}

/// How one frame came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// Microseconds after the first frame.
    pub us: u64,
    /// Frames that were lost just before it.
    #[serde(default, alias = "missed", skip_serializing_if = "is_zero")]
    pub unread: u64,
    /// XXH3 (64 bits) of its pixels.
    pub hash: u64,
}

impl Arrival {
    /// After the first frame.
    pub fn at(&self) -> Duration {
        Duration::from_micros(self.us)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Matroska's element for what is passed over, with a length of eight bytes.
const VOID: u8 = 0xEC;
const LENGTH: u8 = 0x01;
const HEAD: usize = 9;
/// The last line, which says where the element begins.
const MARK: &str = "\nframerace-twin-1 ";
const DIGITS: usize = 20;
/// The largest schedule in bytes: a camera of a year.
const LARGEST: u64 = 1 << 30;
const TAIL: usize = MARK.len() + DIGITS + 1;

impl Schedule {
    /// A period at the usual rate; zero where there is none.
    pub fn period(&self) -> Duration {
        self.fps.filter(|fps| *fps > 0.0).map_or(Duration::ZERO, |fps| Duration::from_secs_f64(1.0 / fps))
    }

    /// From the first frame to the end of the last.
    pub fn lasts(&self) -> Duration {
        self.frames.last().map_or(Duration::ZERO, Arrival::at) + self.period()
    }

    /// Frames that were lost without the camera being lost.
    pub fn unread(&self) -> u64 {
        self.frames.iter().map(|frame| frame.unread).sum()
    }

    /// Writes it behind the frames, which are in a Matroska file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn append(&self, path: &Path) -> Result<()> {
        let mut file = OpenOptions::new().append(true).open(path)?;
        let begin = file.metadata()?.len();
        let json = serde_json::to_vec(self)?;
        let length = ((json.len() + 1 + TAIL) as u64).to_be_bytes();
        let mut element = vec![VOID, LENGTH];
        // Seven bytes of length are enough for anything.
        element.extend(&length[1..]);
        element.push(b'\n');
        element.extend(json);
        element.extend(format!("{MARK}{begin:0DIGITS$}\n").as_bytes());
        Ok(file.write_all(&element)?)
    }

    /// Reads it from a twin.
    ///
    /// # Errors
    /// One line: that the file is no twin, or is damaged.
    pub fn read(path: &Path) -> Result<Self> {
        let name = path.display();
        let mut file = open_plain(path).with_context(|| format!("cannot read {name}"))?;
        let Some(json) = element(&mut file, &name.to_string())? else {
            bail!("{name} is no twin, or was cut off; `framerace record camera:0 --twin FILE` makes one");
        };
        let schedule: Self =
            serde_json::from_slice(&json).with_context(|| format!("{name} is damaged: its times cannot be read"))?;
        ensure!(!schedule.frames.is_empty(), "{name} is damaged: it has no frames");
        let grows = schedule.frames.windows(2).all(|pair| pair[0].us < pair[1].us);
        ensure!(grows, "{name} is damaged: its times go back");
        // More than a year between two frames is no camera.
        ensure!(schedule.lasts() < Duration::from_secs(366 * 86_400), "{name} is damaged: its times make no sense");
        ensure!(
            schedule.fps.is_none_or(|fps| (1e-3..1e6).contains(&fps)),
            "{name} is damaged: its rate makes no sense"
        );
        Ok(schedule)
    }
}

/// The JSON behind the frames, if it is there.
fn element(file: &mut File, name: &str) -> Result<Option<Vec<u8>>> {
    let all = file.metadata()?.len();
    let Some(tail) = all.checked_sub(TAIL as u64) else { return Ok(None) };
    let mut line = [0; TAIL];
    file.seek(SeekFrom::Start(tail))?;
    file.read_exact(&mut line)?;
    let Some(begin) = std::str::from_utf8(&line).ok().and_then(|line| line.strip_prefix(MARK)?.trim().parse().ok())
    else {
        return Ok(None);
    };
    let Some(length) = tail.checked_sub(begin) else { return Ok(None) };
    file.seek(SeekFrom::Start(begin))?;
    let mut head = Vec::new();
    file.take(HEAD as u64).read_to_end(&mut head)?;
    if head.get(..2) != Some(&[VOID, LENGTH]) {
        return Ok(None);
    }
    let length = length.saturating_sub(HEAD as u64);
    read_up_to(file.take(length), name, LARGEST).map(Some)
}
