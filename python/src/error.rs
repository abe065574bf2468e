//! Errors on their way between Rust and Python, as one line each.

use anyhow::{Error, anyhow};
use pyo3::create_exception;
use pyo3::exceptions::PyException;
use pyo3::prelude::*;

create_exception!(framerace, FrameraceError, PyException, "Why something could not be done, in one line.");

/// An error of the library as an exception.
pub fn to_python(error: &Error) -> PyErr {
    FrameraceError::new_err(format!("{error:#}"))
}

/// An exception as an error: its type, its message, and the line of the user's own code that it came from.
pub fn from_python(py: Python<'_>, exception: &PyErr) -> Error {
    let described = py.import("framerace._functions").and_then(|module| {
        module.getattr("describe")?.call1((exception.value(py), exception.traceback(py)))?.extract::<String>()
    });
    anyhow!(described.unwrap_or_else(|_| exception.to_string()))
}
