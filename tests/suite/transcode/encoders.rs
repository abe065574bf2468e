//! Encoders: what each makes of gray frames, that the work of its threads is counted, and that it is named where it is the
//! limit.

use std::path::Path;
use std::process::Command;

use crate::common::made_up::{conditions, part, three};
use crate::common::odd::{ffprobe, make};
use crate::common::{framerace, golden, stderr};
use framerace::lab::report::{Report, judge};
use tempfile::tempdir;

/// Codecs with a container for each, and the pixel format of gray frames.
const CODECS: &[(&str, &str, &str)] = &[
    // 4:0:0, which FFmpeg's decoder fills up with neutral color.
    ("h264", "mkv", "yuvj420p"),
    ("hevc", "mkv", "gray"),
    ("vp9", "webm", "yuv420p"),
    ("av1", "webm", "yuv420p"),
    ("ffv1", "mkv", "gray"),
    ("mjpeg", "mkv", "yuvj420p"),
];

/// Runs the program, which must do well, and returns what it says and its result.
fn run(arguments: &[&str]) -> (String, Report) {
    let ran = framerace(&[&["run"], arguments, &["--json", "-"]].concat());
    assert_eq!(ran.status.code(), Some(0), "{arguments:?}: {}", stderr(&ran));
    (stderr(&ran), serde_json::from_slice(&ran.stdout).expect("a result"))
}

/// A plane of all frames as the ffmpeg program decodes it: `y`, `u` or `v`.
fn plane(path: &Path, which: &str) -> Vec<u8> {
    let filter = format!("scale=out_range=full:flags=accurate_rnd,format=yuv444p,extractplanes={which}");
    let filter = if which == "y" { "scale=out_range=full,format=gray".to_owned() } else { filter };
    let ran = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-i"])
        .arg(path)
        .args(["-vsync", "passthrough", "-vf", &filter, "-f", "rawvideo", "-"])
        .output();
    ran.expect("scripts/setup installs ffmpeg").stdout
}

/// What H.264 says of itself.
fn headers(path: &Path) -> String {
    let ran = Command::new("ffmpeg")
        .args(["-v", "info", "-nostdin", "-i"])
        .arg(path)
        .args(["-c", "copy", "-bsf:v", "trace_headers", "-f", "null", "-"])
        .output();
    stderr(&ran.expect("scripts/setup installs ffmpeg"))
}

#[test]
fn gray_is_encoded_as_gray_where_the_codec_can_and_else_said() {
    let folder = tempdir().expect("a folder");
    let source = make(folder.path(), "plain.mp4", "");
    let source = source.to_str().expect("text");
    let encode = |codec: &str, container: &str, crf: &[&str]| {
        let output = folder.path().join(format!("{codec}{}.{container}", crf.len()));
        let to = ["-o", output.to_str().expect("text"), "--codec", codec];
        let (said, _) = run(&[&[source, "-f", "grayscale"], &to[..], crf].concat());
        (output, said)
    };
    let exact = plane(&encode("ffv1", "mkv", &[]).0, "y");
    for (codec, container, format) in CODECS {
        let (output, said) = encode(codec, container, &[]);
        let is = ffprobe(&output, &["-select_streams", "v:0", "-show_entries", "stream=pix_fmt"]);
        assert_eq!(is, [*format], "{codec}");
        let is_gray = *format == "gray" || *codec == "h264";
        assert_eq!(said.contains("has no gray"), !is_gray, "{codec}: {said}");
        if *codec == "h264" {
            let headers = headers(&output);
            let chroma: Vec<_> = headers.lines().filter(|line| line.contains("chroma_format_idc")).collect();
            assert!(!chroma.is_empty() && chroma.iter().all(|line| line.ends_with(" = 0")), "{chroma:?}");
        }
        let gray = plane(&output, "y");
        assert_eq!(gray.len(), exact.len(), "{codec}");
        let off: u64 = gray.iter().zip(&exact).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        let off = off as f64 / gray.len() as f64;
        assert!(off < 5.0, "{codec} is off by {off} a pixel");
        if *format != "gray" {
            assert!(plane(&output, "u").iter().all(|color| color.abs_diff(128) <= 1), "{codec} has colors");
        }
    }
    // Without loss it is the very gray.
    assert!(plane(&encode("h264", "mkv", &["--crf", "0"]).0, "y") == exact);
}

#[test]
fn a_slow_encoder_is_named_as_the_limit() {
    let folder = tempdir().expect("a folder");
    let output = folder.path().join("slow.mp4");
    let to = ["-o", output.to_str().expect("text"), "--preset", "veryslow", "--encode-threads", "1"];
    let mut last = String::new();
    // On a machine that others use too, the limit of one run may really have been somebody else.
    for _ in 0..3 {
        let (_, report) = run(&[&["synthetic:640x360@0x60", "-f", "grayscale", "-s", "threads"], &to[..]].concat());
        let verdict = &report.strategies[0].verdict;
        let numbers = ["sink", "of which encode is", "%", "FPS"].iter().all(|word| verdict.evidence.contains(word));
        let ways_out = ["--preset", "--codec"].iter().all(|word| verdict.advice.contains(word));
        if verdict.stage == "encode" && numbers && ways_out {
            return;
        }
        last = format!("{verdict:?}");
    }
    panic!("{last}");
}

/// What is said of it, to the letter: where one thread of the encoder is the limit, and where all cores are.
#[test]
fn the_words_about_a_slow_encoder_are_kept() {
    let made_up = |cpu_s: [f64; 3]| {
        let mut run = three(2, [0.1, 0.15, 0.97], cpu_s);
        run.stages[0].blocked = 0.85;
        run.stages[2].parts = vec![part("convert", 0.02, 0.02), part("encode", 0.97, cpu_s[2]), part("mux", 0.01, 0.0)];
        (run.queues[1].full, run.queues[0].full) = (0.96, 0.9);
        let verdict = judge(&run, &conditions());
        format!("{} limits it ({})\n{}\n{}\n", verdict.stage, verdict.kind, verdict.evidence, verdict.advice)
    };
    let texts = [made_up([0.05, 0.2, 0.95]), made_up([0.1, 0.3, 1.5])];
    golden("tests/golden/encoder-verdict.txt", &texts.join("\n"));
}

/// Every encoder.
mod thorough {
    use super::*;

    #[test]
    fn the_work_of_an_encoders_threads_is_its_own() {
        let folder = tempdir().expect("a folder");
        // SVT-AV1 takes no odd sides, libaom does.
        let cases = [
            ("h264", "mkv", "640x360@30x60", "libx264"),
            ("hevc", "mkv", "640x360@30x60", "libx265"),
            ("vp9", "webm", "640x360@30x40", "libvpx-vp9"),
            ("av1", "webm", "640x360@30x40", "libsvtav1"),
            ("av1", "mkv", "641x359@30x20", "libaom-av1"),
            ("ffv1", "mkv", "640x360@30x60", "ffv1"),
            ("mjpeg", "mkv", "640x360@30x60", "mjpeg"),
        ];
        for (codec, container, input, encoder) in cases {
            let output = folder.path().join(format!("{encoder}.{container}"));
            let input = format!("synthetic:{}", input.replace("@30", "@0"));
            let to = ["-o", output.to_str().expect("text"), "--codec", codec, "--encode-threads", "2"];
            let (_, report) = run(&[&[input.as_str(), "-f", "copy", "-s", "sequential"], &to[..]].concat());
            let writer = report.settings.writer.clone().unwrap_or_default();
            assert!(writer.starts_with(&format!("libav {encoder}, 2 threads")), "{writer}");
            let strategy = &report.strategies[0];
            let counted: f64 = strategy.run.stages.iter().map(|stage| stage.cpu_s).sum();
            let used = strategy.cpu_ms_per_frame * strategy.frames as f64 / 1e3;
            // What is not in a stage is the program's own: its start, its end, and looking at memory.
            assert!(counted > 0.8 * used - 0.05, "{encoder}: {counted:.3} of {used:.3} s; {writer}");
            assert!(counted < 1.1 * used + 0.05, "{encoder}: {counted:.3} of {used:.3} s");
        }
    }
}
