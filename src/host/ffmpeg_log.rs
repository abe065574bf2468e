//! Counts the errors that FFmpeg reports of a decoder or a demuxer. Some damage it tells its log only: the pictures come as
//! if nothing were wrong with them.
//!
//! The log is one for the whole process, but says of which context a line is, and contexts have a field for their users,
//! which the contexts of decoder threads inherit. It points at the counter.
#![expect(unsafe_code, reason = "the log is a C function, and the fields of contexts have no other door")]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ffmpeg_next::ffi::{
    AV_LOG_ERROR, AVClass, AVCodecContext, AVFormatContext, av_log_default_callback, av_log_set_callback,
};

#[cfg(target_arch = "x86_64")]
type Arguments = *mut ffmpeg_next::ffi::__va_list_tag;
#[cfg(not(target_arch = "x86_64"))]
type Arguments = ffmpeg_next::ffi::va_list;

/// Counts the errors of one context. Must live as long as that.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReportedErrors(Arc<AtomicU64>);

impl ReportedErrors {
    /// How many there were so far.
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Counts those of a decoder.
    ///
    /// # Safety
    /// The decoder is alive, not open yet, and gone before this is.
    pub(crate) unsafe fn watch_decoder(&self, decoder: *mut AVCodecContext) {
        // SAFETY: as the caller promises.
        unsafe { (*decoder).opaque = Arc::as_ptr(&self.0).cast_mut().cast() };
    }

    /// Counts those of a demuxer.
    ///
    /// # Safety
    /// The demuxer is alive, nobody reads from it now, and it is gone before this is.
    pub(crate) unsafe fn watch_demuxer(&self, demuxer: *mut AVFormatContext) {
        // SAFETY: as the caller promises.
        unsafe { (*demuxer).opaque = Arc::as_ptr(&self.0).cast_mut().cast() };
    }
}

/// From now on errors are counted. What is printed is as before.
pub(super) fn watch_log() {
    // SAFETY: the function is of the type that is asked for, and lives for ever.
    unsafe { av_log_set_callback(Some(count)) };
}

unsafe extern "C" fn count(context: *mut c_void, level: c_int, format: *const c_char, arguments: Arguments) {
    // SAFETY: FFmpeg hands over null, or a structure that begins with a pointer to its description, whose name tells what it
    // is. The user's field is null, or points at the counter that outlives it.
    unsafe {
        let class = context.cast::<*const AVClass>().as_ref().and_then(|class| class.as_ref());
        if let Some(class) = class.filter(|class| level <= AV_LOG_ERROR && !class.class_name.is_null()) {
            let counter = match CStr::from_ptr(class.class_name).to_bytes() {
                b"AVCodecContext" => (*context.cast::<AVCodecContext>()).opaque,
                b"AVFormatContext" => (*context.cast::<AVFormatContext>()).opaque,
                _ => std::ptr::null_mut(),
            };
            if let Some(counter) = counter.cast::<AtomicU64>().as_ref() {
                counter.fetch_add(1, Ordering::Relaxed);
            }
        }
        av_log_default_callback(context, level, format, arguments);
    }
}
