//! The first message each way between a parent and its child process: both must be of the same build, because all later
//! messages have the form of this very source. Knows nothing of how messages travel.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

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
    read(message, |parent| HandshakeError::OtherBuild { parent, role, child: BUILD.to_owned() })
}

/// In the parent: reads the child's first message. `role` is what the child is, as errors name it.
pub(crate) fn read_child<T: DeserializeOwned>(message: &[u8], role: &'static str) -> Result<T, HandshakeError> {
    read(message, |child| HandshakeError::OtherBuild { parent: BUILD.to_owned(), role, child })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Hello {
        workers: usize,
    }

    #[test]
    fn a_greeting_of_the_same_build_is_read() {
        let message = greeting(&Hello { workers: 3 }).unwrap();
        assert_eq!(read_parent::<Hello>(&message, "worker process").unwrap(), Hello { workers: 3 });
        assert_eq!(read_child::<Hello>(&message, "worker process").unwrap(), Hello { workers: 3 });
    }

    #[test]
    fn another_build_is_refused_with_both_versions_whatever_else_it_says() {
        let message = br#"{"version":"0.1.0 (build 0badc0de)","unknown":[]}"#;
        let error = read_child::<Hello>(message, "worker process").unwrap_err().to_string();
        assert_eq!(error, format!("this is framerace {BUILD}, but the worker process is 0.1.0 (build 0badc0de)"));
        let error = read_parent::<Hello>(message, "worker process").unwrap_err().to_string();
        assert_eq!(error, format!("this is framerace 0.1.0 (build 0badc0de), but the worker process is {BUILD}"));
        assert!(matches!(read_child::<Hello>(b"{}", "worker process"), Err(HandshakeError::Unreadable(_))));
    }
}
