//! Opening a file with a bound on the size of its pictures. Finding out what a file holds decodes some of it, and a
//! decoder takes memory for whatever size a damaged file says; ffmpeg-next has no way to hand the bound down.
#![expect(unsafe_code, reason = "FFmpeg takes options for each stream as an array of pointers")]

use std::ffi::{CStr, CString};
use std::fmt;
use std::path::Path;
use std::ptr::{null, null_mut};

use anyhow::{Result, ensure};
use ffmpeg_next::codec::Context;
use ffmpeg_next::ffi::{
    AVDictionary, AVFMTCTX_NOHEADER, AVFormatContext, AVIO_SEEKABLE_NORMAL, AVSEEK_FLAG_BYTE, av_dict_free,
    av_dict_set_int, av_packet_unref, av_read_frame, av_seek_frame, avformat_alloc_context, avformat_close_input,
    avformat_find_stream_info, avformat_open_input,
};
use ffmpeg_next::format::context::Input;
use ffmpeg_next::packet::Mut;
use ffmpeg_next::{Error, Packet};

use crate::host::ffmpeg_log::ReportedErrors;
use crate::host::machine::available_memory;

/// The longest side of a picture: more is no video that anybody shows.
const LARGEST: u64 = 32_768;
/// Bytes of memory for each pixel of a picture: four pictures of the decoder, and the fewest frames a run can do with (at
/// capture, in each of two queues, at work, in the sink).
const RUNNING: u64 = 4 * 3 / 2 + 5 * HANDED_OUT;
/// Bytes of a pixel that is handed out.
const HANDED_OUT: u64 = 3;

const MAX_PIXELS: &CStr = c"max_pixels";

/// How many pixels a picture may have.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound(u64);

impl Bound {
    /// What fits into `memory` bytes of frames, where there is such a limit, and into this machine.
    pub(super) fn new(memory: Option<u64>) -> Self {
        let frames = memory.map_or(u64::MAX, |memory| memory / HANDED_OUT);
        Self(frames.min(available_memory() / RUNNING).min(LARGEST * LARGEST))
    }

    /// Fails when pictures of this size are too large.
    fn check(self, name: &Path, width: u32, height: u32) -> Result<()> {
        let fits = u64::from(width) * u64::from(height) <= self.0;
        let sides = u64::from(width.max(height)) <= LARGEST;
        ensure!(
            fits && sides,
            "{} says its pictures are {width}x{height}; that is more than {}",
            name.display(),
            if sides { "memory can hold: is it damaged? Else raise --mem" } else { "the 32768 pixels a side can have" }
        );
        Ok(())
    }

    /// Fails when the pictures a decoder is told of are too large, and lets it refuse larger ones later.
    pub(super) fn bind(self, name: &Path, decoder: &mut Context) -> Result<()> {
        // SAFETY: the decoder is alive and not open yet; the fields are plain numbers.
        let (width, height) = unsafe {
            let decoder = decoder.as_mut_ptr();
            (*decoder).max_pixels = self.pixels();
            ((*decoder).width, (*decoder).height)
        };
        self.check(name, width.unsigned_abs(), height.unsigned_abs())
    }

    fn pixels(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at most {} pixels (--mem)", self.0)
    }
}

/// Opens a file and finds out what it holds. Its errors are counted, for as long as it is open.
pub(super) fn open(url: &str, bound: Option<Bound>, errors: &ReportedErrors) -> Result<Input, Error> {
    let url = CString::new(url).map_err(|_| Error::InvalidData)?;
    // SAFETY: the context is made here, and FFmpeg's own from the first call on, which frees it if it fails. The array has
    // one dictionary for each stream there is before the second call, which is how many it looks at, and both outlive it.
    // `Input` frees the context.
    unsafe {
        let mut context = avformat_alloc_context();
        if context.is_null() {
            return Err(Error::Other { errno: libc::ENOMEM });
        }
        errors.watch_demuxer(context);
        check(avformat_open_input(&raw mut context, url.as_ptr(), null(), null_mut()))?;
        // Who only copies packets must not see those of the head twice.
        if bound.is_some() {
            meet_all_streams(context);
        }
        let mut options: Vec<*mut AVDictionary> = vec![null_mut(); (*context).nb_streams as usize];
        for (stream, bound) in options.iter_mut().zip(bound.iter().cycle()) {
            // Without memory for it there is no bound, and soon no decoder.
            av_dict_set_int(stream, MAX_PIXELS.as_ptr(), bound.pixels(), 0);
        }
        let found = check(avformat_find_stream_info(context, options.as_mut_ptr()));
        for stream in &mut options {
            av_dict_free(stream);
        }
        if let Err(error) = found {
            avformat_close_input(&raw mut context);
            return Err(error);
        }
        Ok(Input::wrap(context))
    }
}

/// Formats without a head whose readers begin anew wherever they are sent. Those of others, such as raw DV, go on counting,
/// or read the file through one of their own.
const GO_BACK: &[&str] = &["flv", "mpeg", "mpegts"];

/// Reads as far into a file without a head as will be looked at later, decoding nothing, so that its streams are known, and
/// goes back: whoever is met only while the file is looked at is decoded without a bound.
///
/// # Safety
/// The context is open, and nothing was read from it yet.
unsafe fn meet_all_streams(context: *mut AVFormatContext) {
    let mut packet = Packet::empty();
    // SAFETY: as the caller promises; the packet is ours, and emptied before it is used again.
    unsafe {
        let format = &*(*context).iformat;
        let goes_back = !(*context).pb.is_null() && (*(*context).pb).seekable & AVIO_SEEKABLE_NORMAL != 0;
        let forgets = GO_BACK.iter().any(|name| CStr::from_ptr(format.name).to_bytes() == name.as_bytes());
        if (*context).ctx_flags & AVFMTCTX_NOHEADER == 0 || !forgets || !goes_back {
            return;
        }
        let mut left = (*context).probesize;
        while left > 0 && av_read_frame(context, packet.as_mut_ptr()) >= 0 {
            left -= i64::from((*packet.as_mut_ptr()).size.max(1));
            av_packet_unref(packet.as_mut_ptr());
        }
        // Before the first packet there is nowhere else to go.
        av_seek_frame(context, -1, 0, AVSEEK_FLAG_BYTE);
    }
}

fn check(code: i32) -> Result<(), Error> {
    if code < 0 { Err(Error::from(code)) } else { Ok(()) }
}
