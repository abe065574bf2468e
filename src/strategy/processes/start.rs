//! How a worker process is started, several times if it must be.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::failure::{Cause, WorkerFailure};
use super::handle::{StartError, Worker};
use super::supervisor::Shared;

/// Attempts to start a worker.
const STARTS: u32 = 5;
/// The pause before the next attempt where the system refused to start a process.
const PAUSE: Duration = Duration::from_millis(50);
/// How long a worker that is ended from outside while it starts is started again.
const START_AGAIN: Duration = Duration::from_secs(60);

impl Shared<'_> {
    /// A worker that is ready; none if the run is over. The other supervisors go on meanwhile.
    pub(super) fn start(&self) -> Result<Option<Worker>> {
        let Self { spawn, meters, stopped, starting, .. } = self;
        let (begin, mut failed) = (Instant::now(), 0);
        while !stopped.is_cancelled() {
            let permit = starting.acquire();
            if stopped.is_cancelled() {
                break;
            }
            let mut worker = match spawn() {
                Ok(worker) => worker,
                // Descriptors or processes may be available again in a moment.
                Err(_) if failed + 1 < STARTS => {
                    failed += 1;
                    sleep(PAUSE);
                    continue;
                }
                Err(error) => return Err(error),
            };
            let ready = worker.wait_until_ready();
            drop(permit);
            match ready {
                Ok(ready) => {
                    meters[0].tell(|run| run.sandbox = run.sandbox.take().or(ready.sandbox));
                    meters[0].watch_process(worker.pid());
                    return Ok(Some(worker));
                }
                Err(StartError::Refused(error)) => return Err(error),
                Err(StartError::Failed(WorkerFailure { cause: Cause::Stopped, .. })) => break,
                Err(StartError::Failed(failure)) if failure.is_from_outside() && begin.elapsed() < START_AGAIN => {}
                Err(StartError::Failed(failure)) => {
                    failed += 1;
                    ensure!(failed < STARTS, "cannot start a worker process: {failure}");
                }
            }
        }
        Ok(None)
    }
}
