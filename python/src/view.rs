//! Images as arrays of numpy: a view of a frame without a copy, and the copy of a result into an image.
//!
//! A view is valid until the call ends. Whoever keeps one longer is found by the count of references to its owner.
#![expect(unsafe_code, reason = "numpy's C interface")]

use std::ffi::c_int;
use std::os::raw::c_void;

use anyhow::{Result, bail, ensure};
use framerace::frame::{Pixels, Shape};
use numpy::npyffi::flags::{NPY_ARRAY_ALIGNED, NPY_ARRAY_WRITEABLE};
use numpy::npyffi::types::{NPY_ORDER, NPY_TYPES, npy_intp};
use numpy::npyffi::{_PyArray_GET_ITEM_DATA, NpyTypes, PY_ARRAY_API, PyArrayObject, get_type_object};
use numpy::{PyArrayDescrMethods, PyUntypedArray, PyUntypedArrayMethods};
use opencv::core::{Mat, MatTraitConst};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

/// Whether a view may be written to.
#[derive(Clone, Copy, PartialEq)]
pub enum Access {
    ReadOnly,
    Writable,
}

/// A view of an image, and the owner of its memory as Python sees it.
pub struct View<'py> {
    pub array: Bound<'py, PyAny>,
    owner: Bound<'py, PyBytes>,
}

impl<'py> View<'py> {
    /// A view of an image of bytes: (height, width) where it is gray, (height, width, 3) where it has color.
    pub fn new(py: Python<'py>, image: &Mat, access: Access) -> Result<Self> {
        let gray = Shape::of(image)?.pixels == Pixels::Gray8;
        Self::with_dimensions(py, image, if gray { 2 } else { 3 }, access)
    }

    fn with_dimensions(py: Python<'py>, image: &Mat, dimensions: c_int, access: Access) -> Result<Self> {
        let channels = image.channels() as npy_intp;
        let mut shape = [image.rows() as npy_intp, image.cols() as npy_intp, channels];
        let mut strides = [image.step1(0)? as npy_intp, channels, 1];
        let flags = NPY_ARRAY_ALIGNED | if access == Access::Writable { NPY_ARRAY_WRITEABLE } else { 0 };
        // An object of its own for each view, so that references to it can be counted. Empty bytes are one for all.
        let owner = PyBytes::new(py, b"the frame");
        // SAFETY: the memory of the image is alive and as large as shape and strides say for as long as the call lasts, and
        // who keeps the array longer is found. The array takes over the reference to its owner, also where it fails.
        let array = unsafe {
            let array = PY_ARRAY_API.PyArray_New(
                py,
                get_type_object(py, NpyTypes::PyArray_Type),
                dimensions,
                shape.as_mut_ptr(),
                NPY_TYPES::NPY_UBYTE as c_int,
                strides.as_mut_ptr(),
                image.data().cast_mut().cast::<c_void>(),
                1,
                flags,
                std::ptr::null_mut(),
            );
            let array = Bound::from_owned_ptr_or_err(py, array)?;
            let owned = owner.clone().into_ptr();
            ensure!(
                PY_ARRAY_API.PyArray_SetBaseObject(py, array.as_ptr().cast::<PyArrayObject>(), owned) == 0,
                PyErr::fetch(py)
            );
            array
        };
        Ok(Self { array, owner })
    }

    /// Whether nothing else refers to the array now, such as a result that is a part of it.
    pub fn is_only_ours(&self) -> bool {
        // SAFETY: both are valid objects, and the lock is held.
        unsafe { ffi::Py_REFCNT(self.array.as_ptr()) == 1 && ffi::Py_REFCNT(self.owner.as_ptr()) == 2 }
    }

    /// Lets go of the array. Returns what is left of it: none if nobody has kept it or a part of it.
    pub fn end(self) -> Option<Kept<'py>> {
        let Self { array, owner } = self;
        drop(array);
        let kept = Kept(owner);
        kept.is_kept().then_some(kept)
    }
}

/// A view that somebody still has.
pub struct Kept<'py>(Bound<'py, PyBytes>);

impl Kept<'_> {
    pub fn is_kept(&self) -> bool {
        // SAFETY: it is a valid object, and the lock is held.
        unsafe { ffi::Py_REFCNT(self.0.as_ptr()) > 1 }
    }
}

/// A copy that numpy owns, and that may be written to and kept.
pub fn copy<'py>(view: &View<'py>) -> Result<Bound<'py, PyAny>> {
    let py = view.array.py();
    // SAFETY: it is an array.
    unsafe {
        let copy = PY_ARRAY_API.PyArray_NewCopy(py, view.array.as_ptr().cast(), NPY_ORDER::NPY_CORDER);
        Ok(Bound::from_owned_ptr_or_err(py, copy)?)
    }
}

/// What a function returned, checked: an array of bytes that is an image.
pub struct Returned<'py> {
    array: Bound<'py, PyUntypedArray>,
    pub shape: Shape,
}

impl<'py> Returned<'py> {
    /// Checks a result.
    ///
    /// # Errors
    /// When it is no image of bytes: what it is, and what to do.
    pub fn check(result: &Bound<'py, PyAny>) -> Result<Self> {
        let Ok(array) = result.cast::<PyUntypedArray>() else {
            if result.is_none() {
                bail!("it returned None; return the new image, an array of uint8");
            }
            let kind = result.get_type().name()?;
            bail!("it returned a value of type {kind}; return the new image, an array of uint8");
        };
        let dtype = array.dtype();
        if dtype.num() != NPY_TYPES::NPY_UBYTE as c_int {
            let advice = match dtype.to_string().as_str() {
                "bool" => "(image * 255).astype(numpy.uint8), or image.view(numpy.uint8)",
                _ => "image.clip(0, 255).astype(numpy.uint8)",
            };
            bail!("it returned an array of {dtype}, and a frame is of uint8; return {advice}");
        }
        let pixels = match array.shape() {
            [_, _] | [_, _, 1] => Pixels::Gray8,
            [_, _, 3] => Pixels::Bgr8,
            other => bail!("it returned an array of shape {other:?}; a frame is (height, width) or (height, width, 3)"),
        };
        let side = |at: usize| -> Result<i32> { Ok(i32::try_from(array.shape()[at])?) };
        let shape = Shape { width: side(1)?, height: side(0)?, pixels };
        ensure!(
            shape.width > 0 && shape.height > 0,
            "it returned an array of shape {:?}, which has no pixels",
            array.shape()
        );
        Ok(Self { array: array.clone(), shape })
    }

    /// Copies it into an image of its shape, whatever its strides, with the lock held.
    fn copy_into(&self, image: &mut Mat) -> Result<()> {
        let py = self.array.py();
        let target = View::with_dimensions(py, image, c_int::try_from(self.array.ndim())?, Access::Writable)?;
        // SAFETY: both are arrays, of the same shape.
        let done =
            unsafe { PY_ARRAY_API.PyArray_CopyInto(py, target.array.as_ptr().cast(), self.array.as_array_ptr()) == 0 };
        ensure!(done, PyErr::fetch(py));
        Ok(())
    }

    /// Copies it into an image of its shape; where it lies in one piece, and in memory of its own, that is left to be done
    /// without the lock.
    pub fn taken(self, separate: bool, image: &mut Mat) -> Result<Left> {
        if !separate || !self.array.is_c_contiguous() {
            return self.copy_into(image).map(|()| Left::Nothing);
        }
        // SAFETY: it is an array.
        let data = unsafe { (*_PyArray_GET_ITEM_DATA(self.array.as_array_ptr())).data } as usize;
        Ok(Left::ToCopy(Whole { data, bytes: self.shape.bytes(), array: self.array.into_any().unbind() }))
    }
}

/// What is left to do when the lock is released.
pub enum Left {
    Nothing,
    ToCopy(Whole),
}

/// An array in one piece, kept until its pixels are copied.
pub struct Whole {
    data: usize,
    bytes: usize,
    array: Py<PyAny>,
}

impl Whole {
    /// Copies it into an image that has as many bytes in one piece. Needs no lock: the array is kept, and nobody else has it
    /// but who returned it. Returns the array, which is to be let go when the lock is held again.
    pub fn copy_into(self, image: &mut Mat) -> Result<Py<PyAny>> {
        let bytes = opencv::prelude::MatTraitManual::data_bytes_mut(image)?;
        ensure!(bytes.len() == self.bytes, "an image of {} bytes for a result of {}", bytes.len(), self.bytes);
        // SAFETY: the array is alive and has so many bytes; its memory is its own and not the image's.
        unsafe { std::ptr::copy_nonoverlapping(self.data as *const u8, bytes.as_mut_ptr(), self.bytes) };
        Ok(self.array)
    }
}
