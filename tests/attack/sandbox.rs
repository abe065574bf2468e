//! A worker process that tries every way out of its sandbox that its attacker could think of: a long list of system calls,
//! each with arguments that do no harm where it is not refused.
#![expect(unsafe_code, reason = "system calls as an attacker makes them")]

use std::fs::read_to_string;
use std::path::PathBuf;
use std::process::id;
use std::sync::Arc;

use anyhow::{Result, anyhow, ensure};
use framerace::child::WorkerCommand;
use framerace::child::sandbox::{Closes, Policy};
use framerace::filter::{Chain, Filter, FilterProvider, FrameContext, MakeFilter, Registry};
use framerace::metrics::Run;
use framerace::pipeline::{Settings, Watch};
use framerace::run::run;
use framerace::sink::Null;
use framerace::strategy::{find, worker_main};
use opencv::core::{Mat, MatTraitConst};
use rustix::process::getppid;

use crate::calls::{Call, attempts};
use crate::common::settings;

/// A filter that copies, and then does its deed.
struct Hostile(Deed);

type Deed = Box<dyn Fn() -> Result<()> + Send>;

impl Filter for Hostile {
    fn apply(&mut self, context: &FrameContext<'_>, input: &Mat, output: &mut Mat) -> Result<()> {
        input.copy_to(output)?;
        // At the first frame a sandbox may still be open.
        if context.stamp.index == 0 { Ok(()) } else { (self.0)() }
    }
}

/// `hostile=calls/GRANTED` makes every call that a sandbox that grants so much must refuse; `hostile=needs` does what filters
/// must be able to do.
struct Provider;

impl FilterProvider for Provider {
    fn name(&self) -> &str {
        "hostile"
    }

    fn parse(&self, options: &str) -> Result<MakeFilter> {
        let options = options.to_owned();
        Ok(Arc::new(move || {
            let parent = i64::from(getppid().expect("a parent").as_raw_nonzero().get());
            let terminal = has_terminal();
            let options = options.clone();
            Ok(Box::new(Hostile(match options.split_once('/') {
                Some((_, granted)) => {
                    let granted = granted.to_owned();
                    Box::new(move || make_all(&granted, parent, terminal))
                }
                None => Box::new(needs),
            })))
        }))
    }
}

/// Whether there is a terminal that could be hung up.
fn has_terminal() -> bool {
    let stat = read_to_string("/proc/self/stat").expect("/proc");
    stat.rsplit(')').next().and_then(|rest| rest.split(' ').nth(5)) != Some("0")
}

fn make_all(granted: &str, parent: i64, terminal: bool) -> Result<()> {
    let attempts = attempts(parent);
    assert!(attempts.len() > 150);
    let refused = |call: &&Call| !call.granted_with.is_some_and(|by| granted.contains(by));
    let harmless = |call: &&Call| !(call.name == "SYS_vhangup" && terminal);
    let passed: Vec<_> = attempts.iter().filter(refused).filter(harmless).filter_map(make).collect();
    ensure!(passed.is_empty(), "passed: {}", passed.join(", "));
    Ok(())
}

/// Makes a call: what came of it, if it was not refused.
fn make(call: &Call) -> Option<String> {
    let [a, b, c, d, e, f] = call.arguments;
    // SAFETY: no pointer among the arguments is one that the kernel writes more to than there is room for.
    let result = unsafe { libc::syscall(call.number, a, b, c, d, e, f) };
    if call.makes_process && result == 0 {
        // SAFETY: this is the child that should not be.
        unsafe { libc::_exit(0) };
    }
    let error = std::io::Error::last_os_error().raw_os_error().unwrap_or(0);
    let refused = result == -1 && [libc::EPERM, libc::EACCES, libc::ENOSYS].contains(&error);
    (!refused).then(|| format!("{} ({result}, error {error})", call.name))
}

/// What filters, OpenCV and the C library must be able to do.
fn needs() -> Result<()> {
    let sums: Vec<u64> = (0..4)
        .map(|n| {
            std::thread::Builder::new().name(format!("filter {n}")).spawn(move || vec![1_u64; 4 << 20].iter().sum())
        })
        .map(|thread| thread?.join().map_err(|_| anyhow!("it panicked")))
        .collect::<Result<_>>()?;
    ensure!(sums == [4 << 20; 4], "memory and threads");
    std::thread::sleep(std::time::Duration::from_micros(50));
    ensure!(std::thread::available_parallelism()?.get() > 0 && id() > 0, "facts");
    opencv::core::set_num_threads(4)?;
    let big = Mat::new_rows_cols_with_default(1000, 1000, opencv::core::CV_8UC3, 7.0.into())?;
    let mut blurred = Mat::default();
    opencv::imgproc::blur_def(&big, &mut blurred, (31, 31).into())?;
    ensure!(*blurred.at_2d::<opencv::core::Vec3b>(500, 500)? == [7, 0, 0].into(), "OpenCV's own threads");
    Ok(())
}

fn registry() -> Registry {
    Registry::default().with(Provider)
}

/// Not a test of its own: this program as a worker process of the tests below.
#[test]
fn a_worker() {
    if std::env::args().any(|word| word == "worker") {
        worker_main("socket", &registry()).expect("a parent");
    }
}

fn attack(chain: &str, sandbox: Policy) -> Result<Run> {
    // The words that are to follow are names of tests to it, of which there are none.
    let args = ["--exact", "sandbox::a_worker", "--nocapture", "--test-threads=1"].map(str::to_owned).into();
    let worker = WorkerCommand { args, sandbox, ..WorkerCommand::new(std::env::current_exe()?) };
    let settings = Settings { workers: 1, worker_command: Some(worker), ..settings() };
    let (input, chain) = ("synthetic:64x48@0x4".parse()?, Chain::parse(chain, &registry())?);
    run(find("processes").expect("a strategy"), &input, &chain, &mut Null::default(), &settings, &Watch::default())
}

/// Every policy that there is.
fn policies() -> Vec<(String, Policy)> {
    let mut all = Vec::new();
    for closes in [Closes::BeforeFirstFrame, Closes::AfterFirstFrame] {
        for (granted, network, readable) in [
            ("nothing", false, vec![]),
            ("files", false, vec![PathBuf::from("/usr/share")]),
            ("network", true, vec![]),
            ("files+network", true, vec!["/usr/share".into()]),
        ] {
            all.push((granted.to_owned(), Policy { readable, network, closes }));
        }
    }
    all
}

#[test]
fn every_call_that_a_worker_does_not_need_is_refused() {
    for (granted, policy) in policies() {
        let run = attack(&format!("hostile=calls/{granted}"), policy.clone());
        let run = run.unwrap_or_else(|error| panic!("{policy:?}: {error:#}"));
        assert_eq!((run.ledger.delivered, run.losses.workers), (4, 0), "{policy:?}");
        let words = run.sandbox.expect("words");
        assert!(words.contains("other processes, other programs, privileges"), "{words}");
    }
}

#[test]
fn what_filters_need_goes_on() {
    for (_, policy) in policies() {
        let run = attack("hostile=needs", policy.clone()).unwrap_or_else(|error| panic!("{policy:?}: {error:#}"));
        assert_eq!((run.ledger.delivered, run.losses.workers), (4, 0), "{policy:?}");
    }
}

/// Without a sandbox most of the list passes, so that its refusal says something.
#[test]
fn without_a_sandbox_the_same_calls_pass() {
    let parent = i64::from(id());
    let made = attempts(parent);
    let risky = |call: &&Call| !call.makes_process && !call.risky;
    let passed = made.iter().filter(risky).filter_map(make).count();
    assert!(passed > 80, "only {passed} of {}", made.len());
}
