//! Errors that mean that the disk is full. They end the whole batch, because the next file would fail in the same way.

use std::io::ErrorKind;

/// There is no space left for an output, as a converter process reported it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct DiskFull(pub String);

/// Whether an error was caused by a full disk or an exceeded quota.
pub fn is_disk_full(error: &anyhow::Error) -> bool {
    let full = [ErrorKind::StorageFull, ErrorKind::QuotaExceeded];
    let by_kind = |cause: &std::io::Error| full.contains(&cause.kind());
    error.is::<DiskFull>()
        || error
            .chain()
            .any(|cause| cause.downcast_ref().is_some_and(by_kind) || cause.to_string().contains("No space left"))
}
