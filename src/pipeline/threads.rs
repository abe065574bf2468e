//! The threads of a run, which end together.
//!
//! The first error or panic of any thread ends the run for all: the pool is closed, so capture stops, its queue closes,
//! and each later thread finishes the frames it holds and ends. No thread waits for one that has ended.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{Builder, Scope, scope};

use anyhow::{Context, Error, Result, anyhow};
use parking_lot::Mutex;

use crate::filter::panic_message;
use crate::frame::FramePool;

/// The threads of one run: more can be started while it goes on.
pub(crate) struct RunThreads<'scope, 'env> {
    scope: &'scope Scope<'scope, 'env>,
    first_error: Arc<FirstError>,
}

/// The first error of any thread, and the pool that it closes.
struct FirstError {
    error: Mutex<Option<Error>>,
    pools: Vec<FramePool>,
}

impl<'scope> RunThreads<'scope, '_> {
    /// Starts a thread.
    ///
    /// # Errors
    /// When the system gives no more threads.
    pub(crate) fn spawn(&self, name: &str, work: impl FnOnce() -> Result<()> + Send + 'scope) -> Result<()> {
        let (first, who) = (Arc::clone(&self.first_error), name.to_owned());
        let guarded_work = move || {
            if let Err(error) = guarded(&who, work) {
                first.error.lock().get_or_insert(error);
                first.pools.iter().for_each(FramePool::close);
            }
        };
        let thread = Builder::new().name(name.to_owned()).spawn_scoped(self.scope, guarded_work);
        thread.map(drop).with_context(|| format!("cannot start thread {name}"))
    }
}

/// Runs `lead` on this thread, lets it start threads, and waits for them all. When `lead` returns, with or without an
/// error, the pool is closed, so that capture stops.
///
/// # Errors
/// The first error of a thread; else that of `lead`, which often is only a consequence of the former.
pub(crate) fn run_threads<'env>(
    pool: &FramePool,
    lead: impl for<'scope> FnOnce(&RunThreads<'scope, 'env>) -> Result<()>,
) -> Result<()> {
    run_threads_of_all(vec![pool.clone()], lead)
}

/// The same for a run of several inputs, each with a pool of its own: all of them are closed together.
///
/// # Errors
/// As [`run_threads`].
pub(crate) fn run_threads_of_all<'env>(
    pools: Vec<FramePool>,
    lead: impl for<'scope> FnOnce(&RunThreads<'scope, 'env>) -> Result<()>,
) -> Result<()> {
    let first_error = Arc::new(FirstError { error: Mutex::default(), pools });
    let led = scope(|scope| {
        let threads = RunThreads { scope, first_error: Arc::clone(&first_error) };
        let led = guarded("the run", || lead(&threads));
        first_error.pools.iter().for_each(FramePool::close);
        led
    });
    let error = first_error.error.lock().take();
    error.map_or(led, Err)
}

fn guarded(who: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|panic| Err(anyhow!("{who} panicked: {}", panic_message(&*panic))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::bail;

    #[test]
    fn the_first_error_ends_all_waits_and_is_reported() {
        let pool = FramePool::new(Vec::new());
        let error = run_threads(&pool, |threads| {
            let waiting = pool.clone();
            threads.spawn("capture", move || {
                assert!(waiting.take().is_none());
                Ok(())
            })?;
            threads.spawn("worker", || bail!("worn out"))?;
            while pool.take().is_some() {}
            bail!("nothing arrived")
        });
        assert_eq!(error.unwrap_err().to_string(), "worn out");
    }

    #[test]
    fn a_panic_is_an_error() {
        let pool = FramePool::new(Vec::new());
        let error = run_threads(&pool, |threads| threads.spawn("worker", || panic!("worn out"))).unwrap_err();
        assert_eq!(error.to_string(), "worker panicked: worn out");
    }
}
