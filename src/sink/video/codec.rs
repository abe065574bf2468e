//! What a video can be written as: codecs, containers, and which encoders of the linked FFmpeg stand for a codec. Knows
//! nothing of frames or files.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use anyhow::{Result, bail};
use ffmpeg_next::codec::Id;
use ffmpeg_next::encoder;
use serde::{Deserialize, Serialize};

use crate::near_miss::{nearest, unknown};

/// How pictures are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Codec {
    /// H.264: plays everywhere.
    H264,
    /// H.265: smaller and slower.
    Hevc,
    /// VP9: what `webm` is made for.
    Vp9,
    /// AV1: smallest and slowest.
    Av1,
    /// FFV1: lossless, the very pixels.
    Ffv1,
    /// A JPEG image a frame.
    Mjpeg,
}

/// What one codec is called, and what stands for it.
struct Facts {
    codec: Codec,
    name: &'static str,
    id: Id,
    /// What else it is called.
    also: &'static [&'static str],
    /// Encoders of FFmpeg, the best first.
    encoders: &'static [&'static str],
}

const CODECS: &[Facts] = &[
    Facts { codec: Codec::H264, name: "h264", id: Id::H264, also: &["avc", "x264", "h.264"], encoders: &["libx264"] },
    Facts { codec: Codec::Hevc, name: "hevc", id: Id::HEVC, also: &["h265", "x265", "h.265"], encoders: &["libx265"] },
    Facts { codec: Codec::Vp9, name: "vp9", id: Id::VP9, also: &[], encoders: &["libvpx-vp9"] },
    // SVT-AV1 takes no odd and no tiny frames; libaom takes all.
    Facts {
        codec: Codec::Av1,
        name: "av1",
        id: Id::AV1,
        also: &["svtav1", "aom"],
        encoders: &["libsvtav1", "libaom-av1", "librav1e"],
    },
    Facts { codec: Codec::Ffv1, name: "ffv1", id: Id::FFV1, also: &[], encoders: &["ffv1"] },
    Facts { codec: Codec::Mjpeg, name: "mjpeg", id: Id::MJPEG, also: &["jpeg"], encoders: &["mjpeg"] },
];

impl Codec {
    /// The names of all, as they are written on the command line.
    pub fn names() -> impl Iterator<Item = &'static str> {
        CODECS.iter().map(|facts| facts.name)
    }

    fn facts(self) -> &'static Facts {
        CODECS.iter().find(|facts| facts.codec == self).unwrap_or(&CODECS[0])
    }

    /// FFmpeg's number for it.
    pub(super) fn id(self) -> Id {
        self.facts().id
    }

    /// The encoders that the linked FFmpeg has for it, the best first.
    ///
    /// # Errors
    /// When it has none.
    pub(super) fn encoders(self) -> Result<Vec<(&'static str, ffmpeg_next::Codec)>> {
        let names = self.facts().encoders;
        let found: Vec<_> = names.iter().filter_map(|name| Some((*name, encoder::find_by_name(name)?))).collect();
        if found.is_empty() {
            let others: Vec<_> = CODECS
                .iter()
                .filter(|facts| facts.encoders.iter().any(|name| encoder::find_by_name(name).is_some()))
                .map(|facts| facts.name)
                .collect();
            bail!("this FFmpeg has no encoder for {self} ({}); it has --codec {}", names.join(", "), others.join("|"));
        }
        Ok(found)
    }
}

impl FromStr for Codec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names = CODECS.iter().map(|facts| facts.name);
        if let Some(facts) = CODECS.iter().find(|facts| facts.name == text) {
            return Ok(facts.codec);
        }
        let meant = CODECS.iter().find(|facts| facts.also.contains(&text) || facts.encoders.contains(&text));
        Err(meant.map_or_else(
            || unknown("codec", text, names, ""),
            |facts| format!("no codec '{text}'; here it is {}", facts.name),
        ))
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.facts().name)
    }
}

/// How the names of videos end.
const ENDINGS: [&str; 5] = ["mp4", "mkv", "mov", "webm", "m4v"];

/// Whether a name stands for standard output.
pub fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

/// What holds pictures, sound and the rest together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// MPEG-4.
    Mp4,
    /// Matroska: takes nearly everything, with times in whole milliseconds.
    Mkv,
    /// QuickTime.
    Mov,
    /// Matroska for browsers: VP9 or AV1, with times in whole milliseconds.
    Webm,
}

impl Container {
    /// All of them, the one that takes most first.
    pub(super) const ALL: [Self; 4] = [Self::Mkv, Self::Mov, Self::Mp4, Self::Webm];

    /// The container that a name asks for; Matroska for standard output (`-`).
    ///
    /// # Errors
    /// When it asks for none: which there are.
    pub fn of(path: &Path) -> Result<Self> {
        if is_stdout(path) {
            return Ok(Self::Mkv);
        }
        let extension = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
        match extension.as_str() {
            "mp4" | "m4v" => Ok(Self::Mp4),
            "mkv" => Ok(Self::Mkv),
            "mov" => Ok(Self::Mov),
            "webm" => Ok(Self::Webm),
            _ => {
                let near = nearest(&extension, ENDINGS).map(|near| path.with_extension(near));
                let near = near.map_or(String::new(), |near| format!("; did you mean {}?", near.display()));
                bail!("{}: the name of a video ends in .mp4, .mkv, .mov or .webm{near}", path.display())
            }
        }
    }

    /// Whether it is Matroska, by whatever name.
    pub(super) fn is_matroska(self) -> bool {
        matches!(self, Self::Mkv | Self::Webm)
    }

    /// What FFmpeg calls it.
    pub(super) fn muxer(self) -> &'static str {
        match self {
            Self::Mp4 => "mp4",
            Self::Mkv => "matroska",
            Self::Mov => "mov",
            Self::Webm => "webm",
        }
    }

    /// The codec it gets when nobody says.
    pub(super) fn default_codec(self) -> Codec {
        if self == Self::Webm { Codec::Vp9 } else { Codec::H264 }
    }

    /// Finds out whether the times of that container can tell frames apart that come at this rate.
    ///
    /// # Errors
    /// As [`of`](Self::of), or when they cannot.
    pub fn check_rate(path: &Path, fps: f64) -> Result<()> {
        const MILLISECONDS: f64 = 1000.0;
        let container = Self::of(path)?;
        if container.is_matroska() && fps > MILLISECONDS {
            let name = container.muxer();
            bail!(
                "{name} has times in whole milliseconds, too coarse for {fps:.0} frames a second; .mp4 and .mov have finer ones"
            );
        }
        Ok(())
    }

    /// What to say about a codec that it does not take.
    pub(super) fn refusal(self, codec: Codec) -> String {
        let fitting: Vec<_> = CODECS.iter().filter(|facts| self.takes(facts.id)).map(|facts| facts.name).collect();
        format!("{} cannot hold {codec}; it takes --codec {}", self.muxer(), fitting.join("|"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_ask_for_containers() {
        let of = |name: &str| Container::of(Path::new(name)).ok();
        assert_eq!((of("a.MP4"), of("a.b.mkv")), (Some(Container::Mp4), Some(Container::Mkv)));
        assert_eq!((of("a"), of("a.avi"), of(".mp4")), (None, None, None));
    }
}
