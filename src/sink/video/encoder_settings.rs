//! What each encoder of FFmpeg is told: its own names for quality, effort and threads.

use ffmpeg_next::Dictionary;

use super::codec::Codec;
use super::options::VideoOptions;

/// The settings of one encoder of FFmpeg, by its own names for them.
pub(super) fn encoder_settings(codec: Codec, encoder: &str, options: &VideoOptions) -> Dictionary<'static> {
    let mut settings = Dictionary::new();
    let crf = options.crf.map(|crf| crf.to_string());
    let preset = options.preset.as_deref();
    let or = |value: &Option<String>, default: &str| value.clone().unwrap_or_else(|| default.to_owned());
    match encoder {
        "libx264" | "libx265" => {
            crf.iter().for_each(|crf| settings.set("crf", crf));
            preset.iter().for_each(|preset| settings.set("preset", preset));
            if encoder == "libx264" && wide_vectors() {
                // Its AVX-512 code for the macroblock tree reads memory that nobody has written, so the same frames
                // give other bytes each time (x264 164; the ffmpeg program does too, see MALLOC_PERTURB_).
                settings.set("x264-params", "asm=avx2");
            }
            if encoder == "libx265" {
                // Without `pools` it starts one thread per core, whatever FFmpeg is told.
                settings.set("x265-params", &format!("log-level=none:pools={}", options.threads));
            }
        }
        "libvpx-vp9" | "libaom-av1" => {
            // Without a bit rate of 0 the quality is only a bound on a bit rate that nobody asked for.
            settings.set("b", "0");
            settings.set("crf", &or(&crf, if codec == Codec::Vp9 { "31" } else { "35" }));
            settings.set("cpu-used", preset.unwrap_or(if codec == Codec::Vp9 { "4" } else { "6" }));
            settings.set("row-mt", "1");
        }
        "libsvtav1" => {
            settings.set("crf", &or(&crf, "35"));
            settings.set("preset", preset.unwrap_or("10"));
            settings.set("svtav1-params", &format!("lp={}", options.threads));
        }
        "librav1e" => {
            settings.set("qp", &or(&crf, "100"));
            settings.set("speed", preset.unwrap_or("8"));
        }
        "mjpeg" => {
            const LAMBDA: u32 = 118;
            settings.set("flags", "+qscale");
            settings.set("global_quality", &(options.crf.unwrap_or(3) * LAMBDA).to_string());
        }
        _ => settings.set("level", "3"),
    }
    settings
}

/// Whether this processor has AVX-512.
fn wide_vectors() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("avx512f");
    #[cfg(not(target_arch = "x86_64"))]
    false
}
