//! Whether a codec takes what is asked of it, found out before anything is opened: by the ranges that FFmpeg states for the
//! options of its encoders, and by the codec's own scale where FFmpeg states none. Opens no encoder.
#![expect(unsafe_code, reason = "the ranges of options have no other door")]

use std::ffi::CStr;
use std::ops::RangeInclusive;
use std::path::Path;
use std::ptr::null;

use anyhow::{Context, Result, bail, ensure};
use ffmpeg_next::Codec as FfmpegCodec;
use ffmpeg_next::ffi::{AV_OPT_SEARCH_FAKE_OBJ, AVOptionType, av_opt_find};
use ffmpeg_next::format::Pixel;

use super::codec::{Codec, Container};
use super::options::VideoOptions;
use super::picture::name as format_name;
use crate::near_miss::unknown;

/// The quality scale of H.264 and H.265 with 8 bits, for which FFmpeg states no upper end.
const QP: RangeInclusive<i64> = 0..=51;

/// The quality scale of FFmpeg's JPEG.
const JPEG: RangeInclusive<i64> = 1..=31;

/// The presets of x264 and x265, for which FFmpeg states no names.
const PRESETS: [&str; 10] =
    ["ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo"];

impl VideoOptions {
    /// Finds out whether a video of that name can be written so, before anything is: the ending of the name, the codec,
    /// and every option against what the codec takes.
    ///
    /// # Errors
    /// One line: which option it is, and what the codec takes.
    pub fn check(&self, path: &Path) -> Result<()> {
        self.check_in(Container::of(path)?)
    }

    /// The same for a container.
    pub(super) fn check_in(&self, container: Container) -> Result<()> {
        let codec = self.codec.unwrap_or(container.default_codec());
        let encoders = codec.encoders()?;
        container.takes(codec.id()).then_some(()).with_context(|| container.refusal(codec))?;
        let (_, best) = encoders.first().context("an encoder")?;
        self.check_quality(codec, best)?;
        self.check_effort(codec, best)?;
        self.pix_fmt.as_deref().map_or(Ok(()), |asked| pixel_format(codec, best, asked).map(drop))
    }

    fn check_quality(&self, codec: Codec, encoder: &FfmpegCodec) -> Result<()> {
        let Some(crf) = self.crf else { return Ok(()) };
        let Some(range) = quality(codec, encoder) else { bail!("{codec} is lossless and takes no --crf") };
        let (best, worst) = (range.start(), range.end());
        ensure!(range.contains(&i64::from(crf)), "{codec} takes --crf {best} (best) to {worst}, not {crf}");
        Ok(())
    }

    fn check_effort(&self, codec: Codec, encoder: &FfmpegCodec) -> Result<()> {
        let Some(preset) = self.preset.as_deref() else { return Ok(()) };
        if matches!(codec, Codec::H264 | Codec::Hevc) {
            ensure!(PRESETS.contains(&preset), unknown(&format!("{codec} preset"), preset, PRESETS, ""));
            return Ok(());
        }
        let option = match encoder.name() {
            "libsvtav1" => c"preset",
            "librav1e" => c"speed",
            _ => c"cpu-used",
        };
        let Some(range) = stated(encoder, option) else { bail!("{codec} takes no --preset") };
        let (slowest, fastest) = (range.start(), range.end());
        let is_within = preset.parse().is_ok_and(|effort| range.contains(&effort));
        ensure!(is_within, "{codec} takes --preset {slowest} to {fastest} (more is faster), not '{preset}'");
        Ok(())
    }
}

/// The pixel format of that name.
///
/// # Errors
/// When there is none, or the encoder does not take it.
pub(super) fn pixel_format(codec: Codec, encoder: &FfmpegCodec, asked: &str) -> Result<Pixel> {
    let there: Vec<Pixel> = encoder.video()?.formats().map(Iterator::collect).unwrap_or_default();
    let format = asked.parse().ok().filter(|format| there.contains(format));
    let names = there.iter().map(|format| format_name(*format));
    format.with_context(|| unknown(&format!("--pix-fmt of {codec}"), asked, names, ""))
}

/// The quality scale of a codec; none of one that is lossless.
fn quality(codec: Codec, encoder: &FfmpegCodec) -> Option<RangeInclusive<i64>> {
    match (codec, encoder.name()) {
        (Codec::H264 | Codec::Hevc, _) => Some(QP),
        (Codec::Mjpeg, _) => Some(JPEG),
        (_, "librav1e") => stated(encoder, c"qp"),
        _ => stated(encoder, c"crf"),
    }
}

/// The range that FFmpeg states for a whole number of an encoder.
fn stated(encoder: &FfmpegCodec, option: &CStr) -> Option<RangeInclusive<i64>> {
    // SAFETY: the description of an encoder is a constant of FFmpeg, or null; a pointer to it stands for an object without
    // values, as AV_OPT_SEARCH_FAKE_OBJ says. What is found is a constant, too.
    unsafe {
        let class = (*encoder.as_ptr()).priv_class;
        if class.is_null() {
            return None;
        }
        let found =
            av_opt_find((&raw const class).cast_mut().cast(), option.as_ptr(), null(), 0, AV_OPT_SEARCH_FAKE_OBJ);
        let found = found.as_ref()?;
        let (least, most) = (found.min as i64, found.max as i64);
        // A default below zero that is the least, too, stands for none.
        let none = match found.type_ {
            AVOptionType::AV_OPT_TYPE_INT => found.default_val.i64_ < 0 && found.default_val.i64_ == least,
            _ => found.default_val.dbl < 0.0 && found.default_val.dbl as i64 == least,
        };
        Some(if none { 0 } else { least }..=most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(path: &str, codec: Codec, set: impl Fn(&mut VideoOptions)) -> Option<String> {
        let mut options = VideoOptions { codec: Some(codec), ..VideoOptions::default() };
        set(&mut options);
        options.check(Path::new(path)).err().map(|error| error.to_string())
    }

    #[test]
    fn every_codec_says_which_quality_it_takes() {
        for (codec, best, worst) in [
            (Codec::H264, 0, 51),
            (Codec::Hevc, 0, 51),
            (Codec::Vp9, 0, 63),
            (Codec::Av1, 0, 63),
            (Codec::Mjpeg, 1, 31),
        ] {
            let with = |crf| refused("a.mkv", codec, |options| options.crf = Some(crf));
            assert_eq!((with(best), with(worst)), (None, None), "{codec}");
            let said = with(worst + 1).expect("out of range");
            assert_eq!(said, format!("{codec} takes --crf {best} (best) to {worst}, not {}", worst + 1));
        }
        let said = refused("a.mkv", Codec::Ffv1, |options| options.crf = Some(3));
        assert_eq!(said.as_deref(), Some("ffv1 is lossless and takes no --crf"));
    }

    #[test]
    fn every_codec_says_which_effort_it_takes() {
        let with = |codec, preset: &str| refused("a.mkv", codec, |options| options.preset = Some(preset.to_owned()));
        for (codec, preset) in [(Codec::H264, "veryslow"), (Codec::Hevc, "fast"), (Codec::Vp9, "-3"), (Codec::Av1, "8")]
        {
            assert_eq!(with(codec, preset), None, "{codec}");
        }
        assert_eq!(with(Codec::H264, "slowly").as_deref(), Some("no h264 preset 'slowly'; did you mean slow?"));
        let said = with(Codec::Vp9, "fast").expect("no number");
        assert_eq!(said, "vp9 takes --preset -8 to 8 (more is faster), not 'fast'");
        assert!(with(Codec::Av1, "99").is_some_and(|said| said.starts_with("av1 takes --preset 0 to ")));
        for codec in [Codec::Ffv1, Codec::Mjpeg] {
            assert_eq!(with(codec, "fast"), Some(format!("{codec} takes no --preset")));
        }
    }

    #[test]
    fn pixel_formats_are_those_of_the_encoder() {
        let with = |codec, format: &str| refused("a.mkv", codec, |options| options.pix_fmt = Some(format.to_owned()));
        assert_eq!(with(Codec::H264, "yuv444p"), None);
        assert_eq!(
            with(Codec::H264, "yuv420").as_deref(),
            Some("no --pix-fmt of h264 'yuv420'; did you mean yuv420p?")
        );
        assert!(with(Codec::Vp9, "rgb48be").is_some());
    }

    #[test]
    fn a_container_says_what_it_holds() {
        assert_eq!(refused("a.webm", Codec::Vp9, |_| ()), None);
        let said = refused("a.webm", Codec::H264, |_| ());
        assert_eq!(said.as_deref(), Some("webm cannot hold h264; it takes --codec vp9|av1"));
        assert!(refused("a.mp4", Codec::Ffv1, |_| ()).is_some());
    }
}
