//! Flags that say how a video is written, shared by every command that writes one.

use clap::Args;
use clap_complete::ArgValueCandidates;
use framerace::sink::video::{Codec, VideoOptions};

use super::completion;
use super::headings::WRITING;
use super::values::{at_least_one, whole_from};

#[derive(Args, Clone)]
pub struct VideoArgs {
    /// How pictures are compressed: h264, hevc, vp9, av1, ffv1 (lossless) or mjpeg [default: h264; vp9 for .webm]
    #[arg(long, value_name = "NAME", help_heading = WRITING, hide_short_help = true,
          add = ArgValueCandidates::new(completion::codecs))]
    codec: Option<Codec>,
    /// Quality on the codec's own scale: less is better [default: h264 23, hevc 28, vp9 31, av1 35, mjpeg 3]
    #[arg(long, value_name = "N", value_parser = whole_from(0_u32), help_heading = WRITING, hide_short_help = true)]
    crf: Option<u32>,
    /// Effort: ultrafast to veryslow for h264 and hevc, a number for vp9 and av1 (more is faster)
    #[arg(long, value_name = "NAME", help_heading = WRITING, hide_short_help = true)]
    preset: Option<String>,
    /// FFmpeg's name of the pixel format; yuv420p is what every player shows [default: gray for gray frames where the
    /// codec can, else the color samples of the source in 8 bits]
    #[arg(long, value_name = "NAME", help_heading = WRITING, hide_short_help = true)]
    pix_fmt: Option<String>,
    /// Threads of the encoder, most of which wait for another [default: three per core, 16 at most]
    #[arg(long, value_name = "N", value_parser = at_least_one, help_heading = WRITING, hide_short_help = true)]
    encode_threads: Option<usize>,
    /// Leave the sound out
    #[arg(long, help_heading = WRITING, hide_short_help = true)]
    no_audio: bool,
}

impl VideoArgs {
    /// An option that is given, if one is.
    pub fn given(&self) -> Option<&'static str> {
        let Self { codec, crf, preset, pix_fmt, encode_threads, no_audio } = self;
        let given = [
            ("--codec", codec.is_some()),
            ("--crf", crf.is_some()),
            ("--preset", preset.is_some()),
            ("--pix-fmt", pix_fmt.is_some()),
            ("--encode-threads", encode_threads.is_some()),
            ("--no-audio", *no_audio),
        ];
        given.into_iter().find(|(_, given)| *given).map(|(name, _)| name)
    }

    pub fn options(self) -> VideoOptions {
        VideoOptions {
            codec: self.codec,
            crf: self.crf,
            preset: self.preset,
            pix_fmt: self.pix_fmt,
            threads: self.encode_threads.unwrap_or(VideoOptions::default().threads),
            audio: !self.no_audio,
        }
    }
}
