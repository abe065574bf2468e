//! The decoder of a video stream, opened as we want it: with so many threads, and with a bound on the size of its pictures.
//! The errors that it reports are counted.
#![expect(unsafe_code, reason = "who counts its errors is told to a decoder by a pointer")]

use std::path::{Path, PathBuf};

use anyhow::Result;
use ffmpeg_next::codec::decoder::Check;
use ffmpeg_next::codec::{self, threading};
use ffmpeg_next::format::stream::Stream;
use ffmpeg_next::{Error, decoder};

use super::open::Bound;
use super::words::undecodable;
use crate::host::ffmpeg_log::ReportedErrors;

/// How decoders are opened.
pub(super) struct Decoders {
    /// The name of the file, for errors.
    name: PathBuf,
    threads: usize,
    bound: Bound,
    /// Whether errors count that may be about nothing that is shown.
    is_wary: bool,
    /// The errors of all decoders that this has opened: it lives longer than those.
    pub errors: ReportedErrors,
}

impl Decoders {
    pub(super) fn new(name: &Path, threads: usize, bound: Bound) -> Self {
        Self { name: name.to_owned(), threads, bound, is_wary: false, errors: ReportedErrors::default() }
    }

    /// The same with so many threads, for decoders of which any error counts, and apart from those of others.
    pub(super) fn wary(&self, threads: usize) -> Self {
        Self { is_wary: true, ..Self::new(&self.name, threads, self.bound) }
    }

    /// Opens the decoder of a stream; and one that decodes what it refuses because of errors in it, where no picture needs
    /// another.
    pub(super) fn open(&self, stream: &Stream<'_>) -> Result<(decoder::Video, Option<decoder::Video>)> {
        // This one marks no picture that has errors in it; if it is told to, it refuses them.
        let marks_none = stream.parameters().id() == codec::Id::MJPEG;
        let tolerant = if marks_none { self.open_one(stream, false)?.ok() } else { None };
        let decoder = self.open_one(stream, marks_none)?;
        let name = self.name.display();
        let decoder = decoder.map_err(|error| undecodable(&name, error, self.threads))?;
        Ok((decoder, tolerant))
    }

    fn open_one(&self, stream: &Stream<'_>, strict: bool) -> Result<Result<decoder::Video, Error>> {
        let mut context = codec::Context::from_parameters(stream.parameters())?;
        self.bound.bind(&self.name, &mut context)?;
        let kind = threading::Type::Frame;
        context.set_threading(threading::Config { kind, count: self.threads, ..Default::default() });
        let mut decoder = context.decoder();
        // That of H.264 marks its pictures; what it tells its log may be about what stands beside them.
        if self.is_wary || stream.parameters().id() != codec::Id::H264 {
            // SAFETY: it was just made, and whoever holds it holds this behind it.
            unsafe { self.errors.watch_decoder(decoder.as_mut_ptr()) };
        }
        if strict {
            decoder.check(Check::EXPLODE);
        }
        Ok(decoder.video())
    }
}
