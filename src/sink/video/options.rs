//! How a video is written. Plain data.

use std::thread::available_parallelism;

use serde::{Deserialize, Serialize};

use super::codec::Codec;

/// How a video is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VideoOptions {
    /// How pictures are compressed; h264, or vp9 for webm, if nobody says.
    pub codec: Option<Codec>,
    /// Quality on the codec's own scale: less is better. The codec's default if nobody says.
    pub crf: Option<u32>,
    /// Effort, in the encoder's own words: `medium` for h264 and hevc, a number for vp9 and av1.
    pub preset: Option<String>,
    /// FFmpeg's name of the pixel format; if nobody says, gray where frames are gray and the codec can, else YUV with the
    /// color samples of the source.
    pub pix_fmt: Option<String>,
    /// Threads of the encoder.
    pub threads: usize,
    /// Whether sound is copied.
    pub audio: bool,
}

impl Default for VideoOptions {
    fn default() -> Self {
        let threads = Self::threads_for(available_parallelism().map_or(1, usize::from));
        Self { codec: None, crf: None, preset: None, pix_fmt: None, threads, audio: true }
    }
}

impl VideoOptions {
    /// Threads of an encoder that keep so many cores busy.
    pub fn threads_for(cores: usize) -> usize {
        // Pictures are made from one another, so most encoder threads wait for some other: with one per core two cores were
        // busy 88 % of the time, with two 95 %, with three 97 %. FFmpeg, too, takes no more than 16 by itself.
        (3 * cores).min(cores.max(16))
    }

    /// Pictures that its encoder holds at a time, by estimate, each half as large as a BGR frame: those it looks ahead
    /// to, those others are made from, and what it notes down of each. Measured at 1280x720 with FFmpeg 5.1, and
    /// rounded up.
    pub fn pictures_held(&self) -> u64 {
        let pictures = match self.codec.unwrap_or(Codec::H264) {
            Codec::H264 => 106,
            Codec::Hevc => 116,
            Codec::Vp9 => 86,
            Codec::Av1 => 236,
            Codec::Ffv1 => 86,
            Codec::Mjpeg => 16,
        };
        let pictures = pictures + 7 * self.threads as u64;
        // Slow presets look ahead further, and keep more.
        let slow = ["slower", "veryslow", "placebo"].map(Some).contains(&self.preset.as_deref());
        if slow { 2 * pictures } else { pictures }
    }
}
