//! Threads that stand and fall together.
//!
//! The first error or panic of any member ends the run for all: the pool is closed, so capture stops, so links
//! close, so everybody else finishes what is in hand and ends. Nobody waits for somebody who is gone.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{Builder, Scope, scope};

use anyhow::{Context, Error, Result, anyhow};
use parking_lot::Mutex;

use crate::filter::panic_message;
use crate::frame::FramePool;

/// The threads of one run.
pub(crate) struct Team<'scope, 'env> {
    scope: &'scope Scope<'scope, 'env>,
    fault: Arc<Fault>,
}

struct Fault {
    first: Mutex<Option<Error>>,
    pool: FramePool,
}

impl<'scope> Team<'scope, '_> {
    /// Starts a member.
    ///
    /// # Errors
    /// When the system gives no more threads.
    pub(crate) fn spawn(&self, name: &str, work: impl FnOnce() -> Result<()> + Send + 'scope) -> Result<()> {
        let (fault, who) = (Arc::clone(&self.fault), name.to_owned());
        let member = move || {
            if let Err(error) = guarded(&who, work) {
                fault.first.lock().get_or_insert(error);
                fault.pool.close();
            }
        };
        let thread = Builder::new().name(name.to_owned()).spawn_scoped(self.scope, member);
        thread.map(drop).with_context(|| format!("cannot start thread {name}"))
    }
}

/// Runs `lead` on this thread with a team to start members in, and waits for them all. When `lead` is done, well or
/// not, capture is told to stop.
///
/// # Errors
/// The first error of a member; else that of `lead`, which often only sees what a member's end led to.
pub(crate) fn team<'env>(
    pool: &FramePool,
    lead: impl for<'scope> FnOnce(&Team<'scope, 'env>) -> Result<()>,
) -> Result<()> {
    let fault = Arc::new(Fault { first: Mutex::default(), pool: pool.clone() });
    let led = scope(|scope| {
        let team = Team { scope, fault: Arc::clone(&fault) };
        let led = guarded("the run", || lead(&team));
        pool.close();
        led
    });
    let first = fault.first.lock().take();
    first.map_or(led, Err)
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
    fn the_first_fault_wakes_whoever_waits_and_is_reported() {
        let pool = FramePool::new(Vec::new());
        let error = team(&pool, |team| {
            let waiting = pool.clone();
            team.spawn("capture", move || {
                assert!(waiting.take().is_none());
                Ok(())
            })?;
            team.spawn("worker", || bail!("worn out"))?;
            while pool.take().is_some() {}
            bail!("nothing arrived")
        });
        assert_eq!(error.unwrap_err().to_string(), "worn out");
    }

    #[test]
    fn a_panic_is_an_error() {
        let pool = FramePool::new(Vec::new());
        let error = team(&pool, |team| team.spawn("worker", || panic!("worn out"))).unwrap_err();
        assert_eq!(error.to_string(), "worker panicked: worn out");
    }
}
