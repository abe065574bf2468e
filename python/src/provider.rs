//! The filters `python=...` of a chain: finds the function by what is written, and says what else is known of it.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use framerace::filter::{FILTER_PROVIDERS, FilterProvider, MakeFilter, MakeProvider, Traits};
use linkme::distributed_slice;
use pyo3::prelude::*;

use crate::error::from_python;
use crate::filter::{Function, PythonFilter};

#[distributed_slice(FILTER_PROVIDERS)]
static PYTHON: MakeProvider = || Arc::new(Provider);

/// `python=FILE.py:FUNCTION`, `python=package.module:FUNCTION`, with further options as keyword arguments.
struct Provider;

impl FilterProvider for Provider {
    fn name(&self) -> &str {
        "python"
    }

    fn summary(&self) -> &str {
        "a function in Python: python=FILE.py:FUNCTION or python=package.module:FUNCTION; further options are its keyword \
         arguments"
    }

    fn parse(&self, options: &str) -> Result<MakeFilter> {
        let function = Arc::new(Function::new(load(options)?)?);
        Ok(Arc::new(move || Ok(Box::new(PythonFilter::new(Arc::clone(&function))))))
    }

    fn traits(&self, options: &str) -> Result<Traits> {
        let loaded = load(options)?;
        Python::attach(|py| {
            let loaded = loaded.bind(py);
            let text = |name: &str| loaded.getattr(name)?.extract::<Option<String>>();
            Ok(Traits {
                label: text("label")?,
                shown: text("shown")?,
                readable: loaded.getattr("readable")?.extract::<Vec<PathBuf>>()?,
                only_here: text("only_here")?,
                one_worker: text("one_worker")?,
                lock: text("lock")?,
                note: text("interpreter")?,
            })
        })
    }
}

/// The function that a text names. Python keeps those that it has found.
fn load(text: &str) -> Result<Py<PyAny>> {
    Python::attach(|py| {
        let load = || py.import("framerace._functions")?.getattr("load")?.call1((text,));
        load().map(Bound::unbind).map_err(|error| from_python(py, &error))
    })
}
