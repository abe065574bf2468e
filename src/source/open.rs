//! Opens an input with the one reader that is meant for it.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread::Builder;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use linkme::distributed_slice;

use super::file::Address;
use super::input::Input;
use super::live::backoff::Backoff;
use super::live::paced::{Pace, Paced};
use super::live::reconnect::Reconnect;
use super::options::{Decoder, OpenOptions};
use super::synthetic::Synthetic;
use super::{Source, file, recording};
use crate::cancel::CancelToken;

/// How often whoever waits looks whether to go on waiting.
const STEP: Duration = Duration::from_millis(20);
/// A library keeps its own time-out; ours is for those that do not.
const GRACE: Duration = Duration::from_secs(1);

/// What reads an input on the thread that asks it to; setting the token ends a wait.
pub type Reader = fn(&Input, &OpenOptions, &CancelToken) -> Result<Box<dyn Source>>;

/// What reads inputs that [need all of OpenCV](OpenOptions::needs_opencv). Empty, unless the program is linked with it:
///
/// ```
/// #[linkme::distributed_slice(framerace::source::OPENCV_READER)]
/// static READER: framerace::source::Reader = framerace::source::through_opencv;
/// ```
#[distributed_slice]
pub static OPENCV_READER: [Reader];

/// Opens an input.
///
/// # Errors
/// One line that names the input, what is wrong with it, and what to do.
pub fn open(input: &Input, options: &OpenOptions) -> Result<Box<dyn Source>> {
    open_unless(&CancelToken::default(), input, options)
}

/// Opens an input. A camera or a URL may take its time: setting `stopped` from another thread ends the wait.
///
/// # Errors
/// As [`open`]; also when it was stopped.
pub fn open_unless(stopped: &CancelToken, input: &Input, options: &OpenOptions) -> Result<Box<dyn Source>> {
    let is_file = matches!(input, Input::File(_)) && options.decoder != Decoder::Opencv;
    ensure!(
        options.range.is_none() || is_file && options.as_camera.is_none() && options.times == 1,
        "{input} cannot be read in parts; only a video file that is played once can, with --decoder libav"
    );
    Ok(match (input, options.as_camera) {
        (Input::Twin(path), _) => Box::new(Paced::new(recording::open(path, options)?, Pace::Own)?),
        (live, _) if live.is_live() => {
            let (again, options_again) = (live.clone(), *options);
            let connect = Box::new(move |halt: &CancelToken| reader(&again, &options_again, halt));
            Box::new(Reconnect::open(live.to_string(), connect, options, stopped)?)
        }
        (Input::Synthetic(spec), pace) if pace.is_some() || spec.fps > 0.0 => {
            let made = Box::new(Synthetic::new(*spec, options.fps)?);
            Box::new(Paced::new(made, pace.unwrap_or(Pace::Own))?)
        }
        (other, Some(pace)) => Box::new(Paced::new(reader(other, options, stopped)?, pace)?),
        (other, None) => reader(other, options, stopped)?,
    })
}

/// Finds out what an input is that a user named: an address behind which there is a file with an end becomes
/// [`Input::Remote`], which is read like a file. Of any other address the connection is kept for who opens it next, and so
/// is what went wrong. Other inputs stay as they are. Setting `stopped` ends the wait.
pub fn resolve(input: Input, options: &OpenOptions, stopped: &CancelToken) -> Input {
    let Input::Url(url) = &input else { return input };
    if options.decoder == Decoder::Opencv {
        return input;
    }
    let (address, opening, halt) = (url.address().to_owned(), *options, stopped.clone());
    let (sender, opened) = channel();
    // A library call that hangs must not keep the program from ending.
    let open = move || {
        // Nobody listens any more where the wait was given up.
        let _ = sender.send(file::Network::open(&address, &opening, &halt));
    };
    if Builder::new().name("live input".into()).spawn(open).is_err() {
        return input;
    }
    let late = Instant::now() + options.timeout + GRACE;
    loop {
        match opened.recv_timeout(STEP) {
            Ok(Ok(connection)) if connection.has_end() => return Input::Remote(url.address().to_owned()),
            Ok(opened) => {
                url.keep(Box::new(move |halt| {
                    let connection = opened?;
                    connection.obey(halt);
                    Ok(Box::new(connection))
                }));
                return input;
            }
            Err(_) if stopped.is_cancelled() => return input,
            Err(RecvTimeoutError::Timeout) if Instant::now() < late => {}
            Err(_) => {
                // Who is asked again is not waited for again.
                let why = format!("{input} did not answer within {} s (--timeout)", options.timeout.as_secs_f64());
                url.keep(Box::new(|_| bail!(why)));
                return input;
            }
        }
    }
}

/// Opens an input that was open a moment ago: a camera or URL that is gone is tried again for as long as `options` say.
///
/// # Errors
/// As [`open`], of the last attempt; also when it was stopped.
pub fn open_again(stopped: &CancelToken, input: &Input, options: &OpenOptions) -> Result<Box<dyn Source>> {
    let (since, mut backoff) = (Instant::now(), Backoff::default());
    loop {
        let error = match open_unless(stopped, input, options) {
            Ok(source) => return Ok(source),
            Err(error) => error,
        };
        let left = options.reconnect.unwrap_or_default().saturating_sub(since.elapsed());
        let comes_back = matches!(input, Input::Camera(_) | Input::Url(_));
        if !comes_back || left.is_zero() || stopped.is_cancelled() {
            return Err(error);
        }
        backoff.wait(left, stopped);
    }
}

/// What reads an input, on the thread that asks it to. Setting `halt` ends a wait, where the library lets us.
fn reader(input: &Input, options: &OpenOptions, halt: &CancelToken) -> Result<Box<dyn Source>> {
    if options.needs_opencv(input) {
        let read = OPENCV_READER.first();
        let read =
            read.with_context(|| format!("{input} is read by parts of OpenCV that this program is linked without"))?;
        return read(input, options, halt);
    }
    Ok(match input {
        Input::Synthetic(spec) => Box::new(Synthetic::new(*spec, options.fps)?),
        Input::File(path) => Box::new(file::File::open(Address::of(path, options, halt)?, options)?),
        Input::Remote(url) => Box::new(file::File::open(Address::of_url(url, options, halt), options)?),
        Input::Url(url) => match url.take() {
            Some(taken) => taken(halt)?,
            None => Box::new(file::Network::open(url.address(), options, halt)?),
        },
        Input::Camera(_) | Input::Images(_) | Input::Twin(_) => bail!("{input} has a reader of its own"),
    })
}
