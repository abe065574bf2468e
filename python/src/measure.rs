//! Measurements as results: `compare` and `run` without a terminal, and the forms in which a result is shown.

use std::ffi::OsString;
use std::sync::Arc;
use std::thread::{Builder, sleep};
use std::time::Duration;

use anyhow::{Context, anyhow};
use framerace::lab::report::{Detail, FORMATS, Report, ResultFile, Width, to_table};
use framerace::pipeline::Watch;
use pyo3::prelude::*;

use crate::error::to_python;

/// How often Python's signals are looked for while a measurement goes on.
const POLL: Duration = Duration::from_millis(50);

/// Does the work of a command line (`compare` or `run`), and returns the result as JSON. Ctrl-C ends it in good order.
#[pyfunction]
pub fn measure(py: Python<'_>, arguments: Vec<OsString>) -> PyResult<String> {
    let watch = Arc::new(Watch::default());
    let watched = Arc::clone(&watch);
    let work = move || framerace::measure(&arguments, &watched).and_then(|report| report.to_json());
    with_signals(py, &watch, work)?.map_err(|error| to_python(&error))
}

/// Does work on a thread of its own, and has Python handle its signals meanwhile: the work is stopped where a handler raises an
/// exception, which is then raised.
pub fn with_signals<T: Send + 'static>(
    py: Python<'_>,
    watch: &Watch,
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> PyResult<anyhow::Result<T>> {
    let thread = Builder::new().name("framerace".into()).spawn(work)?;
    let mut raised = None;
    while !thread.is_finished() {
        py.detach(|| sleep(POLL.min(if raised.is_some() { Duration::from_millis(5) } else { POLL })));
        if let Err(error) = py.check_signals() {
            watch.end();
            watch.stop();
            raised = Some(error);
        }
    }
    let done = py.detach(|| thread.join()).unwrap_or_else(|_| Err(anyhow!("framerace has a bug: it panicked")));
    raised.map_or(Ok(done), Err)
}

/// The result as the table that the program prints.
#[pyfunction]
pub fn answer(json: &str, columns: Option<usize>, verbose: bool) -> PyResult<String> {
    let report = Report::from_json(json, "this result").map_err(|error| to_python(&error))?;
    let detail = if verbose { Detail::Full } else { Detail::Brief };
    Ok(to_table(&report, detail, columns.map_or_else(Width::default, Width::of)))
}

/// The result in a format of the program: json, csv, markdown, html or trace.
#[pyfunction]
pub fn rendered(json: &str, format: &str) -> PyResult<String> {
    let render = || {
        let known = FORMATS.iter().find(|known| known.name == format).with_context(|| {
            format!(
                "no format '{format}'; there is {}",
                FORMATS.iter().map(|one| one.name).collect::<Vec<_>>().join(", ")
            )
        })?;
        known.render(&Report::from_json(json, "this result")?)
    };
    render().map_err(|error| to_python(&error))
}
