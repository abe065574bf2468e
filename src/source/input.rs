//! What the user typed as INPUT, told apart: a file, numbered images, a URL, a camera, or synthetic frames.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use parking_lot::Mutex;

use super::Source;
use super::camera::CameraSpec;
use super::file::pipe::{STDIN, is_pipe};
use super::numbered::Numbered;
use super::synthetic::SyntheticSpec;
use crate::cancel::CancelToken;

/// An input, not opened yet.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A video file.
    File(PathBuf),
    /// Numbered images, as in `frames/%04d.png`.
    Images(PathBuf),
    /// A stream in the network, by its address.
    Url(Url),
    /// A video file in the network, which has an end and is read like any other file ([`resolve`](super::resolve()) tells).
    Remote(String),
    /// A camera, and what is wanted of it.
    Camera(CameraSpec),
    /// Frames drawn by framerace.
    Synthetic(SyntheticSpec),
    /// A camera that was recorded with the times at which its frames came.
    Twin(PathBuf),
}

/// Hands a connection over that was made before, or tells why it could not be made. The token ends its waits from then on.
pub(super) type Taken = Box<dyn FnOnce(&CancelToken) -> anyhow::Result<Box<dyn Source>> + Send>;

/// An address, and the connection by which it was found out what is there, until somebody takes it: some cameras let
/// themselves be opened only once.
#[derive(Clone)]
pub struct Url {
    address: String,
    connection: Arc<Mutex<Option<Taken>>>,
}

impl Url {
    /// The address as text.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// What was found when it was opened, for who opens it next.
    pub(super) fn keep(&self, connection: Taken) {
        *self.connection.lock() = Some(connection);
    }

    /// What was kept, once.
    pub(super) fn take(&self) -> Option<Taken> {
        self.connection.lock().take()
    }
}

impl From<&str> for Url {
    fn from(address: &str) -> Self {
        Self { address: address.to_owned(), connection: Arc::default() }
    }
}

impl PartialEq for Url {
    fn eq(&self, other: &Self) -> bool {
        self.address == other.address
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address.fmt(f)
    }
}

/// An input that cannot be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("input '{input}': {reason}")]
pub struct InputError {
    input: String,
    reason: String,
}

impl FromStr for Input {
    type Err = InputError;

    fn from_str(text: &str) -> Result<Self, InputError> {
        let error = |reason: String| InputError { input: text.to_owned(), reason };
        if text.is_empty() {
            return Err(error("is empty; give a file, a camera (camera:0) or synthetic:640x480@0x300".into()));
        }
        if let Some(spec) = text.strip_prefix("synthetic:") {
            return spec.parse().map(Input::Synthetic).map_err(error);
        }
        if let Some(path) = text.strip_prefix("twin:") {
            return match path {
                "" => Err(error("a twin is a file that `framerace record` made, as in twin:cam.twin".into())),
                path => Ok(Self::Twin(path.into())),
            };
        }
        if let Some(spec) = text.strip_prefix("camera:").or_else(|| text.strip_prefix("/dev/video")) {
            return spec.parse().map(Input::Camera).map_err(error);
        }
        if text.split_once("://").is_some_and(|(scheme, _)| scheme.chars().all(|c| c.is_ascii_alphanumeric())) {
            return Ok(Self::Url(text.into()));
        }
        let path = PathBuf::from(if text == "-" { STDIN } else { text });
        Ok(if Numbered::new(text).is_some() && !path.exists() { Input::Images(path) } else { Input::File(path) })
    }
}

impl Input {
    /// Whether its frames come by themselves, read or not: some may not be read in time, and no two runs need see the same.
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Camera(_) | Self::Url(_) | Self::Twin(_))
    }

    /// Whether it is a pipe, which can be read once and not gone back in.
    pub fn is_pipe(&self) -> bool {
        matches!(self, Self::File(path) if is_pipe(path))
    }

    /// Whether nothing says how many frames a second it has: images, and synthetic frames as fast as they are asked for.
    pub fn has_no_rate(&self) -> bool {
        matches!(self, Self::Images(_)) || matches!(self, Self::Synthetic(spec) if spec.fps == 0.0)
    }

    /// Whether its frames come when they come, and not as fast as they are asked for.
    pub fn is_paced(&self) -> bool {
        self.is_live() || matches!(self, Self::Synthetic(spec) if spec.fps > 0.0)
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) | Self::Images(path) => write!(f, "{}", path.display()),
            Self::Url(Url { address, .. }) | Self::Remote(address) => f.write_str(address),
            Self::Camera(spec) => write!(f, "{spec}"),
            Self::Synthetic(spec) => write!(f, "{spec}"),
            Self::Twin(path) => write!(f, "twin:{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_told_apart() {
        let input = |text: &str| text.parse::<Input>().unwrap();
        assert_eq!(input("clip.mp4"), Input::File("clip.mp4".into()));
        assert_eq!(input("100%.mp4"), Input::File("100%.mp4".into()));
        assert_eq!(input("frames/%04d.png"), Input::Images("frames/%04d.png".into()));
        assert_eq!(input("rtsp://host/stream"), Input::Url("rtsp://host/stream".into()));
        assert_eq!(input("-"), Input::File("/dev/stdin".into()));
        assert_eq!(input("twin:a:b.twin"), Input::Twin("a:b.twin".into()));
        assert_eq!(input("twin:cam.twin").to_string(), "twin:cam.twin");
        assert_eq!(input("camera:1"), Input::Camera(CameraSpec::new(1)));
        assert_eq!(input("/dev/video2"), Input::Camera(CameraSpec::new(2)));
        assert_eq!(input("/dev/video2?fps=30").to_string(), "camera:2?fps=30");
        assert_eq!(input("synthetic:64x48@30x9").to_string(), "synthetic:64x48@30x9");
    }

    #[test]
    fn what_cannot_be_an_input_says_why() {
        for bad in [
            "",
            "twin:",
            "camera:",
            "camera:x",
            "camera:-1",
            "/dev/videoX",
            "synthetic:",
            "synthetic:64x48",
            "synthetic:0x9@0x1",
        ] {
            let error = bad.parse::<Input>().expect_err(bad).to_string();
            assert!(error.starts_with(&format!("input '{bad}'")), "{error}");
        }
    }
}
