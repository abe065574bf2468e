//! framerace as a module for Python (`framerace._framerace`): the program's command line, measurements as results, frames one
//! by one, and functions in Python as filters (`python=FILE.py:FUNCTION`). What Python users see is in `python/framerace`.
//!
//! ```text
//! framerace (Python) ─▶ _framerace: program · measure · frames ─▶ framerace (the library)
//!                                   provider ─▶ filter ─▶ view · lock            │
//!                                        ▲───────── python=... of a chain ───────┘
//! ```

mod error;
mod filter;
mod frames;
mod lock;
mod measure;
mod program;
mod provider;
mod view;

use pyo3::prelude::*;

/// What is compiled of the module `framerace`; not to be used by itself.
#[pymodule(gil_used = false)]
mod _framerace {
    #[pymodule_export]
    use super::error::FrameraceError;
    #[pymodule_export]
    use super::frames::Frames;
    #[pymodule_export]
    use super::measure::{answer, measure, rendered};
    #[pymodule_export]
    use super::program::main;
}
