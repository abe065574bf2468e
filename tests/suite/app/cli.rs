//! The program as a user meets it: what it prints, what it refuses, and how it ends.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::common::child::{BINARY, Running, start, threads_of, wait_until};
use crate::common::{framerace, stderr, stdout};
use framerace::lab::report::{Report, ResultFile};
use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

const CLIP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/bigbuckbunny.mp4");

/// It must refuse with this exit code and one line that has these words.
fn refuses(arguments: &[&str], code: i32, words: &[&str]) {
    let output = framerace(arguments);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    assert_eq!(said.lines().count(), 1, "{arguments:?}: {said}");
    assert!(said.starts_with("error: "), "{arguments:?}: {said}");
    assert!(words.iter().all(|word| said.contains(word)), "{arguments:?}: {said}");
    assert!(output.stdout.is_empty(), "{arguments:?}: {}", stdout(&output));
}

/// A file for a test, in a folder that goes with it.
fn file(name: &str, content: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, content).expect("a file");
    (folder, path)
}

fn json_of(arguments: &[&str]) -> Value {
    let output = framerace(&[arguments, &["--json", "-"]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).expect("JSON on standard output")
}

#[test]
fn inputs_that_are_none_are_refused() {
    for command in ["compare", "run"] {
        refuses(&[command, "no/such.mp4"], 1, &["no file no/such.mp4", "check the path"]);
        refuses(&[command, "/tmp"], 1, &["/tmp is a directory", "video file"]);
        let (_folder, path) = file("text.mp4", b"this is not a video\n");
        refuses(&[command, path.to_str().unwrap()], 1, &["text.mp4 is not a video", "ffprobe"]);
        let (_folder, path) = file("empty.mp4", b"");
        refuses(&[command, path.to_str().unwrap()], 1, &["empty.mp4 is empty"]);
        let (_folder, path) = file("cut.mp4", &fs::read(CLIP).unwrap()[..3000]);
        refuses(&[command, path.to_str().unwrap()], 1, &["cut.mp4"]);
        refuses(&[command, "frames/%04d.png"], 1, &["frames/%04d.png", "check the path"]);
        refuses(&[command, "camera:7"], 1, &["camera:7", "/dev/video7", "synthetic:"]);
        refuses(&[command, "/dev/video7"], 1, &["camera:7", "/dev/video7"]);
        refuses(&[command, "rtsp://127.0.0.1:9/none"], 1, &["rtsp://127.0.0.1:9/none", "ffplay"]);
        refuses(&[command, "synthetic:64x48@0x0"], 1, &["synthetic:64x48@0x0 has no frames"]);
        refuses(&[command, "synthetic:64"], 2, &["synthetic:64", "WxH@FPSxCOUNT"]);
        refuses(&[command, "camera:x"], 2, &["camera:x", "camera:0"]);
    }
}

#[test]
fn every_reader_refuses_what_is_no_video() {
    let (_folder, path) = file("text.mp4", b"this is not a video\n");
    for decoder in ["auto", "libav", "opencv"] {
        refuses(&["run", path.to_str().unwrap(), "--decoder", decoder], 1, &["text.mp4", "ffprobe"]);
    }
}

#[test]
fn words_that_make_no_sense_are_refused() {
    let input = "synthetic:64x48@0x5";
    refuses(&["run", input, "-f", "grayscale,blurr"], 2, &["column 11", "'blurr'", "did you mean blur?"]);
    refuses(&["run", input, "-f", "blur=kszie=5"], 2, &["'kszie'", "did you mean ksize?"]);
    refuses(&["run", input, "-f", "blur=ksize=4"], 2, &["ksize=4", "odd"]);
    refuses(&["run", input, "-f", "edges=low=200"], 2, &["edges", "low=200", "high=150"]);
    refuses(&["run", input, "-f", ""], 2, &["a filter is missing"]);
    refuses(&["run", input, "-w", "0"], 2, &["'0'", "--workers", "whole number from 1"]);
    refuses(&["run", input, "-q", "0"], 2, &["--queue"]);
    refuses(&["run", input, "-s", "thread"], 2, &["'thread'", "threads"]);
    refuses(&["compare", input, "-s", "threads,fast"], 2, &["'fast'", "threads"]);
    refuses(&["compare", input, "--rounds", "0"], 2, &["--rounds"]);
    for size in ["none", "0", "M", "5X", "99999999999G"] {
        refuses(&["run", input, "--mem", size], 2, &["--mem", "512M"]);
    }
    refuses(&["run", input, "--duration", "-1"], 2, &["--duration"]);
    refuses(&["run", input, "--frames", "0"], 2, &["--frames"]);
    refuses(&["run", input, "--trace-frames", "0"], 2, &["--trace-frames", "whole number from 1"]);
    refuses(&["compare", input, "--trace-frames", "many"], 2, &["'many'", "--trace-frames"]);
    refuses(&["run", input, "--trace", "t", "--no-meters"], 2, &["--trace", "--no-meters"]);
    refuses(&["run", input, "--trace", "t", "--json", "t"], 2, &["--json and --trace", "its own file"]);
    refuses(&["run", input, "-w", "-1"], 2, &["'-1'", "--workers"]);
    refuses(&["run", input, "-q", "18446744073709551615"], 2, &["--queue", "1024"]);
    refuses(&["run", input, "-w", "99999999"], 2, &["--workers", "1024"]);
    refuses(&["run", input, "-f", "blur=3:ksize=5"], 2, &["ksize is given twice"]);
    refuses(&["run", input, "--as-camera=0"], 2, &["--as-camera", "frames a second"]);
    refuses(&["run", "camera:0", "--as-camera"], 2, &["camera:0 comes by itself"]);
    refuses(&["compare", "twin:x.twin", "--as-camera=30"], 2, &["twin:x.twin comes by itself"]);
    for (own, of) in [(CLIP, "bigbuckbunny.mp4"), ("synthetic:64x48@30x5", "@30"), ("camera:0", "camera:0")] {
        refuses(&["run", own, "--fps", "50"], 2, &["--fps", of, "has a rate of its own"]);
    }
    refuses(&["run", input, "--fps", "0"], 2, &["--fps", "frames a second"]);
    refuses(&["run", input, "--as-camera", "--preload"], 2, &["--as-camera", "--preload"]);
    refuses(&["run", input, "--reconnect", "5", "--no-reconnect"], 2, &["--reconnect"]);
    refuses(&["run", input, "--timeout", "0"], 2, &["--timeout", "seconds"]);
    refuses(&["record", input], 2, &["--twin"]);
    refuses(&["run", input, "--nonsense"], 2, &["--nonsense"]);
    refuses(&["run"], 2, &["INPUT", "clip.mp4"]);
    refuses(&["fly"], 2, &["'fly'"]);
}

#[test]
fn what_the_work_cannot_be_is_refused() {
    let input = "synthetic:64x48@0x5";
    refuses(&["run", input, "-f", "threshold=type=otsu"], 1, &["threshold", "put grayscale before it"]);
    refuses(&["run", input, "--mem", "1K"], 1, &["--mem"]);
    refuses(&["compare", input, "-f", "fault=at=3"], 1, &["filter fault failed at frame 3"]);
}

#[test]
fn a_result_that_cannot_be_written_is_refused_before_the_race() {
    let input = "synthetic:64x48@1x30";
    refuses(&["run", input, "--json", "/nowhere/result.json"], 1, &["/nowhere/result.json", "no folder /nowhere"]);
    refuses(&["run", input, "--json", "/tmp"], 1, &["/tmp", "directory"]);
    refuses(&["run", input, "--trace", "/nowhere/t.json"], 1, &["/nowhere/t.json", "no folder /nowhere"]);
    refuses(&["run", input, "--json", "/proc/result.json"], 1, &["/proc/result.json"]);
}

#[test]
fn a_result_is_whole_or_absent() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("result.json");
    let to = path.to_str().unwrap();
    assert!(!framerace(&["run", "synthetic:64x48@0x5", "-f", "fault=at=2", "--json", to]).status.success());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left of a run that failed");
    assert!(framerace(&["run", "synthetic:64x48@0x5", "--json", to]).status.success());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing but the result");
    let result: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(result["strategies"][0]["frames"], 5);
}

#[test]
fn what_is_linked_to_is_written_and_what_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("result.json"), folder.path().join("link.json"));
    fs::write(&file, "old").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    assert!(framerace(&["run", "synthetic:64x48@0x5", "--json", link.to_str().unwrap()]).status.success());
    assert!(link.is_symlink() && fs::read_to_string(&file).unwrap().contains("\"schema\": 3"));
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = Command::new(BINARY).args(["run", "synthetic:64x48@0x5"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("standard output"), "{}", stderr(&output));
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let usage = Command::new(BINARY).args(["run", "-w", "0", "x"]).stderr(full).output().unwrap();
    assert_eq!(usage.status.code(), Some(2));
}

#[test]
fn an_interrupted_race_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("result.json");
    for strategy in ["threads", "processes"] {
        // What a shell starts in the background is deaf to Ctrl-C, and these tests may be.
        let mut command = Command::new("env");
        command.args(["--default-signal=INT", BINARY]).args([
            "run",
            "synthetic:64x48@100x10000",
            "-s",
            strategy,
            "--json",
            json.to_str().unwrap(),
        ]);
        let child = Running::start(&mut command);
        // It is at work once frames are captured by a thread of their own.
        wait_until("a run", || threads_of(child.pid()).len() > 2);
        child.signal(Signal::INT);
        let status = child.output().status;
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(2), "{strategy}: {status}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{strategy}");
    }
}

#[test]
fn a_name_that_is_no_text_is_a_name_all_the_same() {
    use std::os::unix::ffi::OsStringExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(std::ffi::OsString::from_vec(b"cl\xffip.mp4".to_vec()));
    std::os::unix::fs::symlink(CLIP, &path).unwrap();
    let output = Command::new(BINARY).arg("run").arg(&path).args(["--frames", "3"]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn a_truncated_clip_delivers_what_can_be_decoded_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["clip.mp4", "clip.mkv"] {
        let bytes = fs::read(remuxed(folder.path(), name)).unwrap();
        let cut = folder.path().join(format!("cut-{name}"));
        fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
        // Of instant frames it would also be said that clocks cost too much.
        let output = framerace(&["run", cut.to_str().unwrap(), "-f", "grayscale,spin=2", "--json", "-"]);
        assert!(output.status.success(), "{}", stderr(&output));
        let result: Value = serde_json::from_slice(&output.stdout).unwrap();
        let frames = result["strategies"][0]["frames"].as_u64().unwrap();
        assert!((30..132).contains(&frames), "{name}: {frames} frames");
        let said = format!("{} of 132 frames could not be decoded", 132 - frames);
        assert!(stderr(&output).contains(&said), "{name}: {}", stderr(&output));
        assert_eq!(stderr(&output).lines().count(), 1, "{name}: {}", stderr(&output));
    }
}

/// The clip in another container, or in its own with the index in front, so that a part of the file is of use.
fn remuxed(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    let arguments = ["-v", "error", "-i", CLIP, "-c", "copy", "-an", "-movflags", "+faststart"];
    let status = Command::new("ffmpeg").args(arguments).arg(&path).status();
    assert!(status.expect("scripts/setup installs ffmpeg").success());
    path
}

#[test]
fn compare_ranks_every_strategy_and_proves_the_pixels() {
    let result = json_of(&["compare", CLIP, "--frames", "20", "--rounds", "2", "--warmup", "3"]);
    let strategies = result["strategies"].as_array().unwrap();
    assert_eq!(strategies.len(), framerace::strategy::faithful().len());
    let places: Vec<_> = strategies.iter().filter_map(|strategy| strategy["place"].as_u64()).collect();
    // Who cannot be told apart shares a place.
    assert!(places.len() == strategies.len() && places.is_sorted() && places[0] == 1, "{places:?}");
    for strategy in strategies {
        assert_eq!(strategy["same_pixels"], true, "{strategy}");
        assert_eq!(strategy["frames"], 20);
        assert_eq!(strategy["fps"]["samples"].as_array().unwrap().len(), 2);
    }
    let sequential = strategies.iter().find(|s| s["name"] == "sequential").unwrap();
    assert_eq!(sequential["speedup"], 1.0);
    assert_eq!(result["left_out"], Value::Array(Vec::new()));
}

#[test]
fn real_output_holds_to_the_schema() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/report.schema.json");
    let schema: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let mut result = json_of(&["compare", "synthetic:64x48@0x20", "-s", "threads,stages,processes", "--rounds", "1"]);
    assert!(
        validator.is_valid(&result),
        "{:?}",
        validator.iter_errors(&result).map(|e| e.to_string()).collect::<Vec<_>>()
    );
    for field in
        ["name", "workers", "frames", "speedup", "cpu_limit_share", "cpu_ms_per_frame", "peak_memory_mb", "verdict"]
    {
        assert!(!result["strategies"][0][field].is_null(), "{field}");
    }
    result["strategies"][0]["surprise"] = 1.into();
    assert!(!validator.is_valid(&result), "the schema lets anything pass");
}

#[test]
fn the_schema_is_that_of_the_types() {
    crate::common::golden("assets/report.schema.json", &Report::schema().unwrap());
}

#[test]
fn a_run_that_writes_a_file_ends_with_what_is_in_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("gray.mkv");
    let run = ["run", CLIP, "-f", "grayscale,resize=64:36", "--frames", "20", "-o", file.to_str().expect("UTF-8")];
    let output = framerace(&run);
    let last = stdout(&output).lines().last().expect("a line").to_owned();
    assert!(last.starts_with(&format!("wrote {}: 20 frames, 0.", file.display())), "{last}");
    assert!(last.contains(" s, h264") && last.ends_with("0.0 MB"), "{last}");
    assert!(stdout(&framerace(&[&run[..], &["--quiet"]].concat())).is_empty());
}

#[test]
fn the_table_names_all_that_matters() {
    let output = framerace(&["compare", "synthetic:64x48@0x30", "--rounds", "1", "-s", "threads,tiles"]);
    let (table, said) = (stdout(&output), stderr(&output));
    for word in ["sequential", "threads", "tiles", "FPS", "× seq", "CPU ceiling", "p95 ms", "✓", " of 3", "next:"] {
        assert!(table.contains(word), "{word}: {table}");
    }
    assert!(!table.contains('\x1b'), "no color where there is no terminal");
    assert_eq!(said, "", "no bar where there is no terminal");
    let colored =
        framerace(&["compare", "synthetic:64x48@0x30", "--rounds", "1", "-s", "threads", "--color", "always"]);
    assert!(stdout(&colored).contains("\x1b[1;32m▸"));
}

#[test]
fn verbose_shows_buffers_and_the_cost_of_measuring() {
    let output = framerace(&["run", CLIP, "--frames", "40", "-v"]);
    let text = stdout(&output);
    for word in [
        "no frame buffer made",
        "page faults a frame",
        "context switches",
        "measuring cost",
        "capture-chain",
        "decode",
        "convert",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
}

/// Whether a program that is at work has so many threads, and never more.
fn works_with_threads(expected: usize, arguments: &[&str]) {
    let child = Running::start(Command::new(BINARY).args(arguments));
    wait_until("all threads", || threads_of(child.pid()).len() == expected);
    for _ in 0..20 {
        std::thread::sleep(std::time::Duration::from_millis(20));
        let threads = threads_of(child.pid());
        assert!((1..=expected).contains(&threads.len()), "{arguments:?}: {threads:?}");
    }
}

#[test]
fn no_thread_is_hidden() {
    let run = ["run", CLIP, "--loop", "50", "--quiet", "-s", "sequential"];
    // The one that works, and the one that reads the memory from time to time.
    works_with_threads(2, &run);
    works_with_threads(2 + 3, &[&run[..], &["--decode-threads", "3"]].concat());
    // Two workers, capture, and deliver on the first thread.
    works_with_threads(2 + 3, &["run", CLIP, "--loop", "50", "--quiet", "-s", "threads", "-w", "2"]);
}

#[test]
fn quiet_says_nothing() {
    let output = framerace(&["run", "synthetic:64x48@0x5", "--quiet"]);
    assert!(output.status.success() && output.stdout.is_empty() && output.stderr.is_empty());
}

#[test]
fn a_result_that_cannot_be_written_is_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("result.json");
    let saved = saved.to_str().unwrap();
    assert!(framerace(&["run", "synthetic:64x48@0x5", "--quiet", "--json", saved]).status.success());
    let run = ["run", "synthetic:64x48@0x5"];
    let with = |arguments: &[&'static str]| [&run[..], arguments].concat();
    let mut all = vec![with(&[]), with(&["--json", "-"]), with(&["--csv", "-"]), with(&["-o", "-"]), vec!["filters"]];
    all.extend([vec!["--help"], vec!["strategies"]]);
    let (report, diff) = (["report", saved, "--markdown", "-"], ["diff", saved, saved]);
    let all = all.iter().map(Vec::as_slice).chain([&report[..2], &report[..], &diff[..]]);
    for arguments in all {
        for to in [">&-", "> /dev/full"] {
            let script = format!("exec \"$0\" \"$@\" {to}");
            let output = Command::new("sh").args(["-c", &script, BINARY]).args(arguments).output().unwrap();
            let said = stderr(&output);
            assert_eq!(output.status.code(), Some(1), "{arguments:?} {to}: {said}");
            let told = said.starts_with("error: ") && said.lines().count() == 1;
            assert!(told || arguments == ["--help"], "{arguments:?} {to}: {said}");
        }
        if arguments != ["--help"] {
            let mut child = start(arguments);
            child.close_stdout();
            let output = child.output();
            assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", stderr(&output));
        }
    }
    // What is thrown away on purpose is not lost.
    let output = Command::new(BINARY).args(run).stdout(Stdio::null()).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", stderr(&output));
}

#[test]
fn the_worker_command_needs_a_parent() {
    for transport in ["socket", "pipe"] {
        let output = framerace(&["worker", transport]);
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    }
}

#[test]
fn files_play_several_times_and_readers_agree() {
    let twice = json_of(&["run", CLIP, "-s", "sequential", "-f", "grayscale", "--loop", "2"]);
    assert_eq!(twice["strategies"][0]["frames"], 264);
    let hash = |decoder: &str, times: &str| {
        let result = json_of(&["run", CLIP, "-f", "blur=1", "--loop", times, "--decoder", decoder]);
        (result["strategies"][0]["frames"].clone(), result["strategies"][0]["output_hash"].clone())
    };
    for times in ["1", "2"] {
        assert_eq!(hash("libav", times), hash("opencv", times), "{times} times");
    }
}
