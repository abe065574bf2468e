//! A function in Python as a filter: called with a view of the frame, its result checked and copied.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use framerace::filter::{Filter, FrameContext};
use framerace::frame::Shape;
use opencv::core::{Mat, MatTraitManual};
use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::error::from_python;
use crate::lock::{Alone, Calls};
use crate::view::{Access, Kept, Left, Returned, View, copy};

/// A function as a chain names it, which all workers of a process have in common.
pub struct Function {
    /// What `framerace._functions.load` returned.
    loaded: Py<PyAny>,
    /// What it is called with beside the frame.
    takes_index: bool,
    takes_out: bool,
    /// Whether it is given a copy that it may write to.
    writable: bool,
    /// Whether there is a lock that threads wait for.
    has_lock: bool,
    alone: Alone,
    /// The shapes it was found to make, by width, height and bytes a pixel of its input.
    shapes: Mutex<BTreeMap<(i32, i32, usize), Shape>>,
}

impl Function {
    /// # Errors
    /// When Python's half has another form.
    pub fn new(loaded: Py<PyAny>) -> Result<Self> {
        let flag = |name: &str| Python::attach(|py| loaded.bind(py).getattr(name)?.is_truthy());
        Ok(Self {
            takes_index: flag("takes_index")?,
            takes_out: flag("takes_out")?,
            writable: flag("writable")?,
            has_lock: flag("lock")?,
            alone: Alone::default(),
            shapes: Mutex::default(),
            loaded,
        })
    }
}

/// One worker's function, or its instance of a class.
pub struct PythonFilter {
    function: Arc<Function>,
    /// Made for the first frame.
    callable: Option<Py<PyAny>>,
    /// The shape of its results; none before the first.
    output: Mutex<Option<Shape>>,
    calls: Calls,
    /// The last result, which is let go with the lock held.
    last: Option<Py<PyAny>>,
}

impl PythonFilter {
    pub fn new(function: Arc<Function>) -> Self {
        Self { function, callable: None, output: Mutex::default(), calls: Calls::default(), last: None }
    }

    /// Calls it once with a synthetic frame, and once more for its times, to learn the shape of its results. This also has it load
    /// what it loads at its first call. An instance of a class is a new one afterwards: it has seen no frame.
    fn probe(&self, input: Shape) -> Result<Shape> {
        let (frame, mut out) = (made_up(input)?, input.image()?);
        let (mut callable, mut calls, mut shape) = (None, Calls::default(), input);
        for _ in 0..2 {
            let function = &*self.function;
            let (done, _) = calls.call(&function.alone, |py| {
                let made = made(py, function, &mut callable)?;
                call(py, function, &made, 0, (&frame, &mut out), |result, _, out| match result {
                    Some(result) => Ok(Returned::check(&result)?.shape),
                    None => Shape::of(out),
                })
            });
            shape = done.context("called with a synthetic frame, before the first one")?;
        }
        Ok(shape)
    }
}

impl Filter for PythonFilter {
    fn apply(&mut self, context: &FrameContext<'_>, input: &Mat, output: &mut Mat) -> Result<()> {
        let announced = match *self.output.lock() {
            Some(shape) => shape,
            None => self.shape(Shape::of(input)?)?,
        };
        if !announced.fits(output) {
            *output = announced.image()?;
        }
        let Self { function, callable, calls, last, .. } = self;
        let (function, frame) = (&**function, context.stamp.index);
        let (left, waited) = calls.call(&function.alone, |py| {
            drop(last.take());
            let made = made(py, function, callable)?;
            call(py, function, &made, frame, (input, output), |result, separate, output| {
                let Some(result) = result else { return Ok(Left::Nothing) };
                let returned = Returned::check(&result)?;
                drop(result);
                ensure!(
                    returned.shape == announced,
                    "it returned {} here, and {announced} for a frame before: all results must be of one size",
                    returned.shape
                );
                returned.taken(separate, output)
            })
        });
        if function.has_lock {
            context.was_locked(waited);
        }
        if let Left::ToCopy(whole) = left? {
            self.last = Some(whole.copy_into(output)?);
        }
        Ok(())
    }

    fn shape(&self, input: Shape) -> Result<Shape> {
        let key = (input.width, input.height, input.pixels.bytes());
        let known = self.function.shapes.lock().get(&key).copied();
        let shape = match known {
            Some(shape) => shape,
            None => self.probe(input)?,
        };
        self.function.shapes.lock().insert(key, shape);
        *self.output.lock() = Some(shape);
        Ok(shape)
    }
}

/// The callable of this worker, made where it is not yet.
fn made<'py>(py: Python<'py>, function: &Function, callable: &mut Option<Py<PyAny>>) -> Result<Bound<'py, PyAny>> {
    if let Some(made) = callable {
        return Ok(made.bind(py).clone());
    }
    let made = function.loaded.bind(py).call_method0("make").map_err(|error| from_python(py, &error))?;
    *callable = Some(made.clone().unbind());
    Ok(made)
}

/// Calls the function with a frame, and has `take` take what it returned, which is nothing where it wrote into `out`; whether
/// that is memory of its own is told, too. Who keeps a view is found.
fn call<T>(
    py: Python<'_>,
    function: &Function,
    made: &Bound<'_, PyAny>,
    index: u64,
    (input, output): (&Mat, &mut Mat),
    take: impl FnOnce(Option<Bound<'_, PyAny>>, bool, &mut Mat) -> Result<T>,
) -> Result<T> {
    let view = View::new(py, input, Access::ReadOnly)?;
    let out = function.takes_out.then(|| View::new(py, output, Access::Writable)).transpose()?;
    let result = (|| {
        let given = if function.writable { copy(&view)? } else { view.array.clone() };
        let mut arguments = vec![given];
        if function.takes_index {
            arguments.push(index.into_pyobject(py)?.into_any());
        }
        arguments.extend(out.as_ref().map(|out| out.array.clone()));
        let arguments = PyTuple::new(py, arguments)?;
        made.call1(arguments).map_err(|error| from_python(py, &error))
    })();
    let taken = result.and_then(|result| {
        let is_out = out.as_ref().is_some_and(|out| result.is_none() || result.is(&out.array));
        let result = (!is_out).then_some(result);
        let separate = [Some(&view), out.as_ref()].into_iter().flatten().all(View::is_only_ours);
        take(result, separate, output)
    });
    let kept: Vec<_> = [Some(view), out].into_iter().flatten().filter_map(View::end).collect();
    if kept.is_empty() {
        return taken;
    }
    // What is kept by a circle of objects is let go by this.
    py.import("gc")?.call_method0("collect")?;
    if !kept.iter().any(Kept::is_kept) {
        return taken;
    }
    // Whoever has it may read it at any time: this memory stays for the rest of the process.
    std::mem::forget((Mat::copy(input)?, Mat::copy(output)?));
    taken?;
    bail!("it kept the frame, or a part of it, after it returned, and its memory is used again; keep frame.copy()")
}

/// A frame with something to see in it, the same every time.
fn made_up(shape: Shape) -> Result<Mat> {
    let mut image = shape.image()?;
    let (row, mut noise) = (shape.row_bytes().max(1), 1_u32);
    for (at, byte) in image.data_bytes_mut()?.iter_mut().enumerate() {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let slope = (at % row) * 160 / row + (at / row) % 64;
        *byte = u8::try_from(slope & 0xff).unwrap_or(0).saturating_add((noise >> 27) as u8);
    }
    Ok(image)
}
