//! Filters that a program brings along, by threads and by worker processes of its own: what they say they wait for is
//! counted as that, and a worker may do what its sandbox policy says, and nothing else.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use crate::common::{settings, skipped};
use anyhow::{Context, Result, bail};
use framerace::child::WorkerCommand;
use framerace::child::sandbox::{Closes, Policy};
use framerace::filter::{Chain, Filter, FilterProvider, FrameContext, MakeFilter, Registry};
use framerace::metrics::Run;
use framerace::pipeline::{Settings, Watch};
use framerace::run::run;
use framerace::sink::Null;
use framerace::strategy::{find, worker_main};
use opencv::core::{Mat, MatTraitConst};

const FRAMES: u64 = 20;
/// How long a filter here waits for each frame: most of its time.
const WAIT: Duration = Duration::from_millis(4);

/// What a filter does beside copying.
type Deed = Box<dyn Fn(&FrameContext<'_>) -> Result<()> + Send>;

/// A filter that copies, and does something else before.
struct Copies(Deed);

impl Filter for Copies {
    fn apply(&mut self, context: &FrameContext<'_>, input: &Mat, output: &mut Mat) -> Result<()> {
        (self.0)(context)?;
        Ok(input.copy_to(output)?)
    }
}

/// `own=lock`, `own=device`: says that it waits for that. `own=read/PATH` reads a file, `own=write/PATH` writes one,
/// `own=listen` listens for connections.
struct Own;

impl FilterProvider for Own {
    fn name(&self) -> &str {
        "own"
    }

    fn parse(&self, options: &str) -> Result<MakeFilter> {
        let (what, path) = options.split_once('/').unwrap_or((options, ""));
        let (what, path) = (what.to_owned(), PathBuf::from(format!("/{path}")));
        Ok(Arc::new(move || {
            let path = path.clone();
            Ok(Box::new(Copies(match what.as_str() {
                "lock" => Box::new(|context| {
                    context.locked(|| sleep(WAIT));
                    Ok(())
                }),
                "device" => Box::new(|context| {
                    context.waiting(|| sleep(WAIT));
                    Ok(())
                }),
                "read" => Box::new(move |_| fs::read(&path).map(drop).context("it cannot read")),
                "write" => Box::new(move |_| fs::write(&path, "x").context("it cannot write")),
                "listen" => Box::new(|_| TcpListener::bind("127.0.0.1:0").map(drop).context("it cannot listen")),
                other => bail!("no {other}"),
            })))
        }))
    }
}

fn registry() -> Registry {
    Registry::default().with(Own)
}

#[test]
#[ignore = "it is the worker process of the tests here, which start it (issue 13)"]
fn a_worker() {
    worker_main("socket", &registry()).expect("a parent");
}

/// This test program as a worker. The words that are to follow are names of tests to it, of which there are none.
fn this_program(sandbox: Policy) -> WorkerCommand {
    let args = ["--exact", "strategy::provided::a_worker", "--ignored", "--nocapture", "--test-threads=1"];
    let program = WorkerCommand::new(std::env::current_exe().expect("it runs"));
    WorkerCommand { args: args.map(str::to_owned).into(), sandbox, ..program }
}

fn run_own(strategy: &str, chain: &str, sandbox: Policy) -> Result<Run> {
    let settings = Settings { workers: 1, worker_command: Some(this_program(sandbox)), ..settings() };
    let (input, chain) = (format!("synthetic:64x48@0x{FRAMES}").parse()?, Chain::parse(chain, &registry())?);
    run(find(strategy).expect("a strategy"), &input, &chain, &mut Null::default(), &settings, &Watch::default())
}

#[test]
fn what_a_filter_waits_for_is_counted_as_that() {
    for (strategy, stage) in
        [("sequential", "chain"), ("stages", "own"), ("threads", "chain"), ("rayon", "chain"), ("processes", "chain")]
    {
        let stage_of = |chain: &str| {
            let run = run_own(strategy, chain, Policy::default()).unwrap_or_else(|e| panic!("{strategy}: {e:#}"));
            assert_eq!(run.ledger.delivered, FRAMES, "{strategy}");
            run.stages.into_iter().find(|found| found.name == stage).expect("a stage")
        };
        // A lock is waited for instead of working.
        let locks = stage_of("grayscale,own=lock");
        assert!(locks.locked > locks.busy && locks.waiting == 0.0, "{strategy}: {locks:?}");
        // A device is waited for within the work.
        let waits = stage_of("grayscale,own=device");
        assert!(waits.waiting > waits.busy / 2.0 && waits.waiting <= waits.busy, "{strategy}: {waits:?}");
        assert_eq!(waits.locked, 0.0, "{strategy}: {waits:?}");
    }
}

/// A folder for the tests of a policy, with files `one/file` and `two/file`.
fn two_folders() -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a folder");
    for folder in ["one", "two"] {
        fs::create_dir(root.path().join(folder)).expect("a folder");
        fs::write(root.path().join(folder).join("file"), "words").expect("a file");
    }
    root
}

/// The error of a run that a worker under this policy could not do.
fn refused(chain: &str, policy: &Policy) -> String {
    format!("{:#}", run_own("processes", chain, policy.clone()).map(|run| run.sandbox).expect_err(chain))
}

#[test]
fn a_worker_reads_what_its_policy_names_and_nothing_else() {
    let root = two_folders();
    let path = |name: &str| root.path().join(name);
    let [one, two] = ["one/file", "two/file"].map(|name| format!("own=read{}", path(name).display()));
    // By default it reads nothing.
    let error = refused(&one, &Policy::default());
    assert!(error.contains("filter own failed at frame 0: it cannot read"), "{error}");
    let policy = Policy { readable: vec![path("one")], ..Policy::default() };
    let run = run_own("processes", &one, policy.clone()).expect("it may read this");
    let (sandbox, expected) = (run.sandbox.expect("words"), format!("files outside {}", path("one").display()));
    assert_eq!(run.ledger.delivered, FRAMES);
    let write = format!("own=write{}", path("one/file").display());
    let error = refused(&write, &policy);
    assert!(error.contains("filter own failed at frame 0: it cannot write"), "{error}");
    assert_eq!(fs::read_to_string(path("one/file")).expect("a file"), "words");
    if !sandbox.contains("Landlock") {
        skipped("this kernel has no Landlock, so a worker that may read something may read everything");
        return;
    }
    assert!(sandbox.contains(&expected), "{sandbox}");
    let error = refused(&two, &policy);
    assert!(error.contains("filter own failed at frame 0: it cannot read"), "{error}");
}

#[test]
fn a_sandbox_that_closes_late_lets_the_first_frame_read() {
    let root = two_folders();
    let policy = Policy { closes: Closes::AfterFirstFrame, ..Policy::default() };
    let error = refused(&format!("own=read{}", root.path().join("one/file").display()), &policy);
    assert!(error.contains("filter own failed at frame 1: it cannot read"), "{error}");
}

#[test]
fn a_worker_has_network_only_if_its_policy_says_so() {
    let error = refused("own=listen", &Policy::default());
    assert!(error.contains("filter own failed at frame 0: it cannot listen"), "{error}");
    let run = run_own("processes", "own=listen", Policy { network: true, ..Policy::default() });
    let run = run.expect("it may listen");
    assert_eq!(run.ledger.delivered, FRAMES);
    assert!(!run.sandbox.expect("words").contains("network"));
}
