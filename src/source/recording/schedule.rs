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
    #[serde(default, skip_serializing_if = "is_zero")]
    pub missed: u64,
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
    pub fn missed(&self) -> u64 {
        self.frames.iter().map(|frame| frame.missed).sum()
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
        let mut file = File::open(path).with_context(|| format!("cannot read {name}"))?;
        let Some(json) = element(&mut file)? else {
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
fn element(file: &mut File) -> Result<Option<Vec<u8>>> {
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
    let mut json = Vec::new();
    file.take(length.saturating_sub(HEAD as u64)).read_to_end(&mut json)?;
    Ok(Some(json))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule() -> Schedule {
        let frames = [0, 33_100, 99_000].map(|us| Arrival { us, missed: us / 90_000, hash: us });
        let (input, outages) = ("camera:0".into(), Outages::default());
        Schedule { input, fps: Some(30.0), gray: false, outages, frames: frames.to_vec() }
    }

    #[test]
    fn it_stands_behind_the_frames_and_is_read_back() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"frames").unwrap();
        schedule().append(file.path()).unwrap();
        assert_eq!(Schedule::read(file.path()).unwrap(), schedule());
        let whole = std::fs::read(file.path()).unwrap();
        assert_eq!((&whole[..6], whole[6]), (&b"frames"[..], VOID));
        let length = u64::from_be_bytes(whole[7..15].try_into().unwrap()) & !(0xFF << 56);
        assert_eq!(length as usize, whole.len() - 15, "a reader of Matroska passes over it");
        assert_eq!((schedule().missed(), schedule().lasts().as_micros()), (1, 132_333));
    }

    #[test]
    fn what_is_no_twin_says_so() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let error = |bytes: &[u8]| {
            std::fs::write(file.path(), bytes).unwrap();
            Schedule::read(file.path()).unwrap_err().to_string()
        };
        assert!(error(b"").contains("is no twin"));
        assert!(error(&[7; 500]).contains("is no twin"));
        schedule().append(file.path()).unwrap();
        let whole = std::fs::read(file.path()).unwrap();
        assert!(error(&whole[..whole.len() - 1]).contains("cut off"));
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x20;
            std::fs::write(file.path(), &damaged).unwrap();
            // It may be read or refused; it must not panic, hang, or take memory for what is not there.
            let _ = Schedule::read(file.path());
        }
        assert!(error(&[MARK.as_bytes(), b"99999999999999999999\n"].concat()).contains("is no twin"));
    }
}
