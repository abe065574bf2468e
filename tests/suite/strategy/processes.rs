//! Worker processes may die, hang or lie, and no frame is lost; and they leave nothing behind.

use std::collections::BTreeSet;
use std::fs::{self, read_dir, read_link};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::common::child::{BINARY, Running, piped, signal, wait_until};
use crate::common::{run_on, settings};
use framerace::child::WorkerCommand;
use framerace::metrics::Run;
use framerace::pipeline::Settings;
use framerace::strategy::find;
use rustix::process::Signal;

const STRATEGIES: [&str; 2] = ["processes", "processes-pipe"];
const INPUT: &str = "synthetic:160x120@0x200";

fn run(strategy: &str, input: &str, chain: &str, settings: &Settings) -> anyhow::Result<Run> {
    run_on(find(strategy).expect("a strategy"), input, chain, settings)
}

/// Asks both ways of carrying frames.
fn both(ask: impl Fn(&str)) {
    STRATEGIES.iter().for_each(|strategy| ask(strategy));
}

/// All ways to go wrong, with a time limit that the slow one exceeds.
const FAULTS: [&str; 7] = ["panic", "abort", "segfault", "exit", "hang", "slow", "wrong-reply"];

fn impatient() -> Settings {
    Settings { frame_timeout: Duration::from_millis(400), ..settings() }
}

#[test]
fn a_frame_that_costs_three_workers_is_given_up_and_named() {
    both(|strategy| {
        for (fault, word) in
            [("segfault", "SIGSEGV"), ("panic", "it panicked: as asked for"), ("hang", "no answer for 0.4 s")]
        {
            let run = run(strategy, INPUT, &format!("grayscale,fault={fault}:57"), &impatient()).unwrap();
            assert_eq!((run.ledger.captured, run.ledger.delivered, run.ledger.failed), (200, 199, 1), "{strategy}");
            let [poison] = run.losses.poison.as_slice() else { panic!("{strategy} {fault}: {:?}", run.losses) };
            assert_eq!((poison.frame, poison.workers), (57, 3), "{strategy} {fault}");
            assert!(poison.reason.contains(word), "{strategy} {fault}: {poison}");
            assert!(poison.to_string().starts_with("frame 57 (at "), "{poison}");
        }
    });
}

#[test]
fn strict_ends_the_run_at_a_frame_that_costs_three_workers() {
    both(|strategy| {
        let settings = Settings { strict: true, ..settings() };
        let error = run(strategy, INPUT, "grayscale,fault=abort:57", &settings).expect_err(strategy);
        let error = format!("{error:#}");
        assert!(error.contains("frame 57") && error.contains("SIGABRT"), "{error}");
    });
}

#[test]
fn a_chain_that_no_worker_survives_ends_the_run() {
    // Every frame is poison: it goes on for a while, and then says so.
    let settings = Settings { workers: 1, ..settings() };
    let chain: Vec<_> = (0..60).map(|frame| format!("fault=abort:{frame}")).collect();
    let error = run("processes", "synthetic:64x48@0x60", &chain.join(","), &settings).expect_err("hopeless");
    assert!(format!("{error:#}").contains("worker after worker was lost"), "{error:#}");
}

/// A program that is started in the place of a worker. It is no file of its own that is executed: a process that another
/// test starts meanwhile may have it open for a moment, as it was written.
fn program(script: &str) -> WorkerCommand {
    WorkerCommand { args: vec!["-c".into(), script.into(), "worker".into()], ..WorkerCommand::new("/bin/sh") }
}

#[test]
fn a_worker_that_cannot_start_ends_the_run_with_its_last_words() {
    for (script, words) in [
        ("echo 'cannot load libopencv' >&2; exit 127", &["exit status: 127", "cannot load libopencv"][..]),
        ("kill -SEGV $$", &["SIGSEGV"]),
        ("exec sleep 0.1", &["exit status: 0"]),
        // What another version would greet with, through a pipe: a length, a tag, and its version.
        (
            r#"printf '\066\000\000\000R{"version":"0.0.9 (build 0badc0de)","sandbox":"none"}'; cat >/dev/null"#,
            &["this is framerace 0.1.0", "but the worker process is 0.0.9 (build 0badc0de)"],
        ),
    ] {
        let settings = Settings { worker_command: Some(program(script)), ..settings() };
        let error = format!("{:#}", run("processes-pipe", INPUT, "grayscale", &settings).expect_err(script));
        assert!(words.iter().all(|word| error.contains(word)), "{script}: {error}");
    }
    let settings = Settings { worker_command: Some(WorkerCommand::new("/no/such/program")), ..settings() };
    let error = format!("{:#}", run("processes", INPUT, "grayscale", &settings).expect_err("no program"));
    assert!(error.contains("cannot start a worker process from /no/such/program"), "{error}");
}

#[test]
fn a_start_that_goes_wrong_once_is_tried_again() {
    both(|strategy| {
        let folder = tempfile::tempdir().expect("a folder");
        let once = folder.path().join("once");
        let script = format!("mkdir {} 2>/dev/null && kill -ABRT $$\nexec {BINARY} \"$@\"", once.display());
        let settings = Settings { worker_command: Some(program(&script)), ..settings() };
        let run = run(strategy, INPUT, "grayscale", &settings).unwrap_or_else(|e| panic!("{strategy}: {e:#}"));
        assert_eq!(run.ledger.delivered, 200, "{strategy}");
        assert!(once.exists(), "{strategy}");
    });
}

#[test]
fn hundreds_of_workers_start_a_few_at_a_time() {
    let settings = Settings { workers: 40, ..settings() };
    let run = run("processes", INPUT, "grayscale", &settings).unwrap();
    assert_eq!((run.ledger.delivered, run.losses.workers), (200, 0));
}

#[test]
fn a_parent_of_another_build_is_refused_with_both_versions() {
    let mut worker = Command::new(BINARY);
    worker.args(["worker", "pipe"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut worker = Running::start(&mut worker);
    let greeting = br#"{"version":"9.9.9 (build feedbeef)","what":"nobody knows yet"}"#;
    let mut stdin = worker.stdin();
    std::io::Write::write_all(&mut stdin, &[&(greeting.len() as u32).to_le_bytes(), &greeting[..]].concat()).unwrap();
    drop(stdin);
    let said = String::from_utf8_lossy(&worker.output().stdout).into_owned();
    assert!(said.contains("9.9.9 (build feedbeef)") && said.contains("0.1.0 (build "), "{said}");
}

/// A run of the program that takes its time, with a mark by which its processes are found.
fn long_run(strategy: &str, mark: &str, folder: &Path, more: &[&str]) -> Running {
    let mut command = Command::new(BINARY);
    command.args(["run", "synthetic:64x48@0x100000", "-s", strategy, "-w", "2", "--no-progress"]).args(more);
    command.env("FRAMERACE_TEST_MARK", mark).env("TMPDIR", folder).stdout(Stdio::null()).stderr(Stdio::piped());
    Running::start(&mut command)
}

/// Processes that carry the mark, but for those that have ended.
fn marked(mark: &str) -> Vec<u32> {
    let mark = format!("FRAMERACE_TEST_MARK={mark}");
    let pids =
        read_dir("/proc").expect("processes").flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let carries = |pid: &u32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
    };
    pids.filter(carries).collect()
}

/// Whether a worker has its filters, and is about to lock itself in.
fn is_at_work(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name.trim_end() == "worker")
}

/// Whether a worker with a filter that sleeps has done frames: it has slept more often than its start makes it. That it
/// is in its sandbox would say too little, for its parent waits up to 20 s for one that stands still before it is ready.
fn has_done_frames(pid: u32) -> bool {
    const FRAMES: u64 = 50;
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let slept = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")?.trim().parse().ok());
    is_at_work(pid) && slept.is_some_and(|slept: u64| slept > 2 * FRAMES)
}

fn workers_of(parent: &Running, mark: &str) -> Vec<u32> {
    marked(mark).into_iter().filter(|pid| *pid != parent.pid()).collect()
}

fn names(folder: &str) -> BTreeSet<String> {
    let entries = read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn nothing_is_left_behind_when_the_parent_is_killed() {
    both(|strategy| {
        let folder = tempfile::tempdir().expect("a folder");
        let mark = format!("killed-parent-{strategy}-{}", std::process::id());
        let shared_before = names("/dev/shm");
        // Workers are in the middle of a frame that takes a minute: the end of their line alone would not end them.
        let parent = long_run(strategy, &mark, folder.path(), &["-f", "delay=60000", "--frame-timeout", "90"]);
        wait_until("workers", || workers_of(&parent, &mark).len() == 2);
        sleep(Duration::from_millis(500));
        parent.kill();
        wait_until("workers end with their parent", || marked(&mark).is_empty());
        assert_eq!(names("/dev/shm"), shared_before, "{strategy}");
        assert!(names(folder.path().to_str().unwrap()).is_empty(), "{strategy}");
    });
}

#[test]
fn workers_that_stand_still_are_replaced() {
    both(|strategy| {
        let folder = tempfile::tempdir().expect("a folder");
        let mark = format!("stopped-{strategy}-{}", std::process::id());
        let more = ["-f", "grayscale,delay=2", "--frame-timeout", "0.3", "--frames", "3000"];
        let parent = long_run(strategy, &mark, folder.path(), &more);
        wait_until("workers at work", || {
            workers_of(&parent, &mark).iter().filter(|pid| has_done_frames(**pid)).count() == 2
        });
        let before = workers_of(&parent, &mark);
        before.iter().for_each(|pid| signal(*pid, Signal::STOP));
        let output = parent.output();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success() && said.contains("2 worker processes were lost"), "{strategy}: {said}");
        assert!(marked(&mark).is_empty(), "{strategy}");
    });
}

#[test]
fn a_worker_has_no_descriptors_but_its_own() {
    let folder = tempfile::tempdir().expect("a folder");
    let secret = fs::File::create(folder.path().join("secret")).expect("a file");
    // Inherited by the program as a shell would let it be: without the flag that closes it in children.
    rustix::io::fcntl_setfd(&secret, rustix::io::FdFlags::empty()).unwrap();
    let inherited = secret.as_raw_fd();
    let mark = format!("descriptors-{}", std::process::id());
    let parent = long_run("processes", &mark, folder.path(), &["-f", "delay=5"]);
    wait_until("workers that have locked themselves in", || {
        let workers = workers_of(&parent, &mark);
        workers.len() == 2 && workers.iter().all(|pid| is_at_work(*pid))
    });
    // What the sandbox itself opens on the way is closed a moment later.
    sleep(Duration::from_millis(300));
    assert!(Path::new(&format!("/proc/{}/fd/{inherited}", parent.pid())).exists(), "the parent has it");
    for pid in workers_of(&parent, &mark) {
        let open: Vec<_> = read_dir(format!("/proc/{pid}/fd"))
            .expect("its descriptors")
            .map(|entry| read_link(entry.unwrap().path()).unwrap().to_string_lossy().into_owned())
            .collect();
        let own = |name: &String| {
            name.starts_with("socket:")
                || name.starts_with("pipe:")
                || name.starts_with("/memfd:framerace-images")
                || name == "/dev/null"
                || name.contains("schedstat")
        };
        assert!(open.iter().all(own) && open.len() <= 6, "{open:?}");
    }
    parent.kill();
}

#[test]
fn a_program_that_was_replaced_on_disk_still_replaces_its_workers() {
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("framerace");
    // Copied by another process: what this one has open to write, the children of other tests have open for a moment, too.
    assert!(Command::new("cp").arg(BINARY).arg(&copy).status().expect("cp").success());
    let mark = format!("replaced-{}", std::process::id());
    let mut command = Command::new(&copy);
    command.args([
        "run",
        "synthetic:64x48@0x300",
        "-s",
        "processes",
        "-w",
        "2",
        "-f",
        "delay=5,fault=abort:250:times=1",
    ]);
    command.env("FRAMERACE_TEST_MARK", &mark).stderr(Stdio::piped()).stdout(Stdio::null());
    let parent = Running::start(&mut command);
    wait_until("workers", || workers_of(&parent, &mark).len() == 2);
    fs::remove_file(&copy).unwrap();
    fs::write(&copy, "not a program").unwrap();
    let output = parent.output();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && said.contains("1 worker process was lost and replaced"), "{said}");
}

/// Takes two system calls away from the calling thread and all it starts, as containers and old kernels do.
fn without_sandboxes() {
    use seccompiler::{SeccompAction, SeccompFilter, TargetArch, apply_filter};
    let calls = [libc::SYS_landlock_create_ruleset, libc::SYS_seccomp].map(|call| (call, Vec::new()));
    let (allow, refuse) = (SeccompAction::Allow, SeccompAction::Errno(libc::ENOSYS as u32));
    let arch = TargetArch::try_from(std::env::consts::ARCH).expect("an architecture it knows");
    let filter = SeccompFilter::new(calls.into(), allow, refuse, arch).expect("a filter");
    let program: seccompiler::BpfProgram = filter.try_into().expect("a program");
    apply_filter(&program).expect("a kernel with seccomp, to take it away with");
}

#[test]
fn where_there_is_no_sandbox_it_works_without_and_says_so() {
    let sandbox_of = |restricted: bool| {
        let run = move || {
            if restricted {
                without_sandboxes();
            }
            let arguments = ["run", "synthetic:64x48@0x20", "-s", "processes", "-w", "1", "--json", "-"];
            Command::new(BINARY).args(arguments).output().expect("it starts")
        };
        let output = std::thread::spawn(run).join().expect("it ran");
        assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        report["strategies"][0]["sandbox"].as_str().expect("words").to_owned()
    };
    let without = sandbox_of(true);
    assert!(without.starts_with("kept from privileges") && !without.contains("files"), "{without}");
    assert!(without.contains("not to be had here: Landlock, seccomp"), "{without}");
    assert!(sandbox_of(false).contains("files, network"), "this kernel has seccomp at least");
}

/// Every fault at several frames.
mod thorough {
    use super::*;

    #[test]
    fn a_worker_may_be_lost_in_any_way_and_no_frame_is() {
        let right = run("sequential", INPUT, "grayscale,blur", &settings()).unwrap();
        both(|strategy| {
            for fault in FAULTS {
                for at in [0, 57, 199] {
                    let chain = format!("grayscale,fault={fault}:{at}:times=2,blur");
                    let run = run(strategy, INPUT, &chain, &impatient())
                        .unwrap_or_else(|e| panic!("{strategy} {fault}: {e:#}"));
                    assert_eq!(run.hash, right.hash, "{strategy} {fault} {at}");
                    assert_eq!(run.ledger, right.ledger, "{strategy} {fault} {at}");
                    assert_eq!(run.losses.workers, 2, "{strategy} {fault} {at}: {:?}", run.losses);
                    assert!(run.losses.recovery_ms.max > 0.0 && run.losses.poison.is_empty(), "{:?}", run.losses);
                }
            }
        });
    }
}

/// The names of the programs that are its child processes.
fn children(pid: u32) -> Vec<String> {
    // Any of its threads may have started them.
    let tasks = read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let pids: String = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok()).collect();
    let name = |pid: &str| read_link(format!("/proc/{pid}/exe")).ok()?.file_name()?.to_str().map(str::to_owned);
    pids.split_whitespace().filter_map(name).collect()
}

#[test]
fn workers_are_the_smaller_program_where_it_stands_beside_the_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let alone = folder.path().join("framerace");
    // By another process: one that a test starts meanwhile could have the copy open for a moment, as it is written.
    assert!(Command::new("cp").arg(BINARY).arg(&alone).status().expect("cp").success());
    for (program, worker) in [(Path::new(BINARY), "framerace-worker"), (&alone, "framerace")] {
        let mut command = Command::new(program);
        command.args(["run", "synthetic:64x48@0x40", "-s", "processes", "-w", "1", "-f", "delay=50"]);
        let mut running = Running::start(piped(&mut command));
        // Between the start of a child process and its own program it has that of its parent.
        wait_until(&format!("a worker is {worker}"), || {
            assert!(!running.has_ended());
            children(running.pid()).iter().any(|name| name == worker)
        });
        assert_eq!(running.output().status.code(), Some(0));
    }
}
