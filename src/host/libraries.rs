//! What OpenCV, FFmpeg and the C library keep for the whole process. framerace has no global state of its own; theirs
//! is set here and nowhere else, once, at the start of a program.

#![expect(unsafe_code, reason = "mallopt, malloc_trim and signal are C functions")]

use std::sync::Once;

use anyhow::Result;
use opencv::core;

use super::ffmpeg_log::watch_log;
use crate::host::machine::{OpenCvBuild, OpenCvFacts};

/// Prepares the process for running chains: OpenCV's own pool gets `opencv_threads` threads, freed memory is kept
/// for the next frame, and OpenCV and FFmpeg log nothing unless `loud`.
///
/// Call it first in `main`. One thread is right whenever framerace's own workers shall use the cores: OpenCV runs only
/// one nested parallel region at a time, so several workers with more than one thread each would measure luck.
///
/// # Errors
/// When OpenCV refuses.
pub fn prepare(opencv_threads: i32, loud: bool) -> Result<()> {
    prepare_filters(opencv_threads, loud)?;
    if !loud {
        ffmpeg_next::log::set_level(ffmpeg_next::log::Level::Quiet);
    }
    watch_log();
    // The texts of FFmpeg's errors live in memory without a lock.
    static TEXTS: Once = Once::new();
    TEXTS.call_once(ffmpeg_next::util::error::register_all);
    Ok(())
}

/// The same for a process that filters frames and reads no video, and so has no FFmpeg.
pub(crate) fn prepare_filters(opencv_threads: i32, loud: bool) -> Result<()> {
    core::set_num_threads(opencv_threads)?;
    if !loud {
        core::set_log_level(core::LogLevel::LOG_LEVEL_SILENT)?;
    }
    keep_freed_memory();
    outlive_full_files();
    Ok(())
}

/// Writing to a file that has reached its size limit (`ulimit -f`) returns an error instead of ending the process.
fn outlive_full_files() {
    // SAFETY: no handler is installed; the signal is only ignored.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
}

/// What OpenCV is, for reports.
///
/// # Errors
/// When OpenCV does not say.
pub fn opencv_facts() -> Result<OpenCvFacts> {
    Ok(OpenCvFacts {
        version: core::get_version_string()?,
        parallel: built_with("Parallel framework:")?.unwrap_or_else(|| "unknown".into()),
        threads: core::get_num_threads()?,
        build: Some(OpenCvBuild {
            // Built with it, and not switched off (OPENCV_IPP=disabled).
            ipp: if core::use_ipp()? { built_with("Intel IPP:")?.as_deref().and_then(first_word) } else { None },
            hal: built_with("Custom HAL:")?.as_deref().and_then(yes_to),
            instructions: core::get_cpu_features_line()?,
        }),
    })
}

/// `2026.1.0 [2026.1.0]` is version 2026.1.0.
fn first_word(words: &str) -> Option<String> {
    words.split_whitespace().next().map(str::to_owned)
}

/// `YES (ipp (ver 0.0.1))` is a yes to `ipp (ver 0.0.1)`; `NO` is none.
fn yes_to(words: &str) -> Option<String> {
    let names = words.strip_prefix("YES")?.trim();
    Some(names.strip_prefix('(').and_then(|names| names.strip_suffix(')')).unwrap_or(names).to_owned())
}

/// What OpenCV shows windows with: `QT5`, `GTK3`, `NONE`.
///
/// # Errors
/// When OpenCV does not say.
pub fn opencv_windows() -> Result<String> {
    Ok(built_with("GUI:")?.unwrap_or_else(|| "NONE".into()))
}

/// What OpenCV says under this heading about how it was built.
fn built_with(heading: &str) -> Result<Option<String>> {
    let build = core::get_build_information()?;
    Ok(build.lines().find_map(|line| line.trim().strip_prefix(heading)).map(|words| words.trim().to_owned()))
}

/// Freed memory stays with the process. OpenCV's filters allocate and free inside at every frame; by default glibc
/// gives blocks of this size back to the kernel each time, and the page faults of getting them again cost 5 % of a
/// chain's CPU.
#[cfg(target_env = "gnu")]
fn keep_freed_memory() {
    // The largest that glibc accepts on 64 bits; a frame of 4096x2160 has 27 MB.
    const LARGEST: libc::c_int = 32 << 20;
    // SAFETY: mallopt changes numbers of the allocator and may be called at any time.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGEST);
        libc::mallopt(libc::M_TRIM_THRESHOLD, libc::c_int::MAX);
    }
}

#[cfg(not(target_env = "gnu"))]
fn keep_freed_memory() {}

/// Gives freed memory back to the kernel after all: between two runs, so that one does not count as the other's.
#[cfg(target_env = "gnu")]
pub(crate) fn release_free_memory() {
    // SAFETY: malloc_trim may be called at any time.
    unsafe { libc::malloc_trim(0) };
}

#[cfg(not(target_env = "gnu"))]
pub(crate) fn release_free_memory() {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_build_are_read() {
        assert_eq!(first_word("2026.1.0 [2026.1.0]").as_deref(), Some("2026.1.0"));
        assert_eq!(yes_to("YES (ipp (ver 0.0.1))").as_deref(), Some("ipp (ver 0.0.1)"));
        assert_eq!(yes_to("NO"), None);
    }

    #[test]
    fn this_opencv_says_what_it_was_built_with() {
        let facts = opencv_facts().unwrap();
        let build = facts.build.as_ref().unwrap();
        assert!(build.instructions.contains("SSE") || !cfg!(target_arch = "x86_64"), "{build:?}");
        assert_eq!(build.ipp.is_some(), core::use_ipp().unwrap(), "{build:?}");
        assert!(facts.name().starts_with(&facts.version) && facts.build_words().is_some());
    }
}
