//! Opens an input with the one reader that is meant for it.

use std::time::Instant;

use anyhow::{Result, ensure};

use super::input::Input;
use super::live::backoff::Backoff;
use super::live::paced::{Pace, Paced};
use super::live::reconnect::Reconnect;
use super::options::{Decoder, OpenOptions};
use super::{Source, camera, file, images, opencv, recording, synthetic};
use crate::cancel::CancelToken;

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
        (Input::Synthetic(spec), Some(pace)) => {
            Box::new(Paced::new(Box::new(synthetic::Synthetic::new(*spec)?.unpaced()), pace)?)
        }
        (other, Some(pace)) => Box::new(Paced::new(reader(other, options, &CancelToken::default())?, pace)?),
        (other, None) => reader(other, options, &CancelToken::default())?,
    })
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
    Ok(match input {
        Input::Synthetic(spec) => Box::new(synthetic::Synthetic::new(*spec)?),
        Input::File(path) if options.decoder != Decoder::Opencv => Box::new(file::File::open(path, options)?),
        Input::Url(url) if options.decoder != Decoder::Opencv => Box::new(file::Network::open(url, options, halt)?),
        Input::Camera(spec) if options.decoder != Decoder::Opencv => {
            Box::new(camera::Camera::open(spec, halt.clone())?)
        }
        Input::Images(pattern) => Box::new(images::Images::open(pattern, options)?),
        other => Box::new(opencv::OpenCv::open(other, options)?),
    })
}
