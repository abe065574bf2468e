//! The first message each way between a parent and its child process: both must be of the same build, because all later
//! messages have the form of this very source. Knows nothing of how messages travel.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::printable::printable;

/// Version and build of this program.
const BUILD: &str = concat!(env!("CARGO_PKG_VERSION"), " (build ", env!("FRAMERACE_BUILD"), ")");

/// A first message: what is particular to it, beside the sender's version and build.
#[derive(Serialize, Deserialize)]
struct Greeting<T> {
    version: String,
    #[serde(flatten)]
    content: T,
}

/// What can be read of a first message whatever build it comes from.
#[derive(Deserialize)]
struct Version {
    version: String,
}

/// Why the other side's first message is not accepted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HandshakeError {
    /// Another build would answer the same again.
    #[error("this is framerace {parent}, but the {role} is {child}")]
    OtherBuild { parent: String, role: &'static str, child: String },
    /// No build of framerace sent this.
    #[error("cannot understand the greeting")]
    Unreadable(#[from] serde_json::Error),
}

/// The first message of this side, as one line of JSON.
pub(crate) fn greeting(content: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(&Greeting { version: BUILD.to_owned(), content })
}

/// In the child process: reads the parent's first message. `role` is what the child is, as errors name it.
pub(crate) fn read_parent<T: DeserializeOwned>(message: &[u8], role: &'static str) -> Result<T, HandshakeError> {
    read(message, |parent| HandshakeError::OtherBuild { parent: printable(&parent), role, child: BUILD.to_owned() })
}

/// In the parent: reads the child's first message. `role` is what the child is, as errors name it.
pub(crate) fn read_child<T: DeserializeOwned>(message: &[u8], role: &'static str) -> Result<T, HandshakeError> {
    read(message, |child| HandshakeError::OtherBuild { parent: BUILD.to_owned(), role, child: printable(&child) })
}

fn read<T: DeserializeOwned>(
    message: &[u8],
    other_build: impl FnOnce(String) -> HandshakeError,
) -> Result<T, HandshakeError> {
    // Of another build nothing but the version can be relied on.
    let Version { version } = serde_json::from_slice(message)?;
    if version != BUILD {
        return Err(other_build(version));
    }
    let Greeting { content, .. } = serde_json::from_slice(message)?;
    Ok(content)
}
