//! `--overflow`: what happens when a queue is full, for all queues or for one by its name.

use framerace::filter::Chain;
use framerace::near_miss::unknown;
use framerace::pipeline::{Overflow, Policies};

use super::usage_error::UsageError;

/// An overflow policy, for the queue of this name or for all.
#[derive(Clone)]
pub struct QueuePolicy {
    /// None for all.
    queue: Option<String>,
    policy: Overflow,
}

/// A policy for all queues, or `QUEUE=POLICY`.
pub fn overflow(text: &str) -> Result<QueuePolicy, String> {
    let (queue, policy) =
        text.rsplit_once('=').map_or((None, text), |(queue, policy)| (Some(queue.to_owned()), policy));
    Ok(QueuePolicy { queue, policy: policy.parse()? })
}

/// The default policies, changed by those given: a policy for one queue takes precedence over one for all.
pub fn policies(default: Policies, given: &[QueuePolicy], chain: &Chain) -> Result<Policies, UsageError> {
    let all = given.iter().rfind(|given| given.queue.is_none());
    let mut policies = all.map_or(default, |all| Policies::all(all.policy));
    let queues = queues(chain);
    for QueuePolicy { queue, policy } in given {
        let Some(queue) = queue else { continue };
        if !queues.contains(queue) {
            return Err(UsageError::new(unknown("queue", queue, queues.iter().map(String::as_str), "")));
        }
        policies = policies.with(queue, *policy);
    }
    Ok(policies)
}

/// The names of all queues that any strategy has with this chain.
fn queues(chain: &Chain) -> Vec<String> {
    let labels = chain.labels();
    let mut queues = ["capture-chain", "chain-sink"].map(String::from).to_vec();
    queues.extend(labels.first().map(|label| format!("before {label}")));
    queues.extend(labels.iter().map(|label| format!("after {label}")));
    queues
}
