//! Images in shared memory, which one process writes and another one reads. The kernel keeps it so: neither can map the
//! memory anew to write what is the other's.
//!
//! The inputs of all frames lie in one piece of memory that only the parent can write. So the input of a frame that has to
//! be done again is as it was captured, whatever a worker tried. The outputs of each worker lie in memory of its own, that
//! the parent only reads; it copies them when the worker says they are done, so that nobody can change a finished frame. (To
//! pass memory that the worker has written on to the sink would save the copy, but nothing can take the memory away
//! from the worker again; a hash at both ends reads twice as much as a copy.) A place belongs to whom the latest message says,
//! so the memory holds no lock and no atomic that a dead process could leave locked. The memory has no name: the kernel
//! frees it with the last process that maps it.
#![expect(unsafe_code, reason = "shared memory is mapped and handed to OpenCV as bare pointers")]

use std::ops::Range;
use std::os::fd::{AsFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use opencv::core::Mat;
use rustix::fs::{
    FallocateFlags, MemfdFlags, SealFlags, fallocate, fcntl_add_seals, fcntl_get_seals, fstat, memfd_create,
};
use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap, munmap};

use crate::frame::{Buffer, Shape, view};

/// Images begin at page boundaries.
const PAGE: usize = 4096;

/// Up to this many images, all pages are mapped at once.
const POPULATED: usize = 100;

/// No process may change the size, so no image can reach past the end.
const SEALS: SealFlags = SealFlags::SHRINK.union(SealFlags::GROW).union(SealFlags::SEAL);

/// Who writes the images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writer {
    /// The process that creates the memory: afterwards no other one can.
    Creator,
    /// The process that is given the memory.
    Receiver,
}

/// A mapping of images of one shape, or of shapes that take no more memory.
pub(super) struct SharedImages {
    base: NonNull<u8>,
    /// How many there are.
    pub count: usize,
    shape: Shape,
}

// SAFETY: the mapping is plain memory, valid in every thread until drop. The messages (above) decide who may use which
// image when; this type only makes image headers, through `unsafe` or once for each image.
unsafe impl Send for SharedImages {}
// SAFETY: as above; `&SharedImages` reads nothing of the mapping.
unsafe impl Sync for SharedImages {}

impl SharedImages {
    /// Bytes that an image takes.
    pub(super) fn bytes(shape: Shape) -> usize {
        shape.bytes().next_multiple_of(PAGE)
    }

    /// New memory for `count` images, and what another process needs to map it.
    pub(super) fn create(count: usize, shape: Shape, writer: Writer) -> Result<(Self, OwnedFd)> {
        let bytes = count * Self::bytes(shape);
        let make = || -> Result<(Self, OwnedFd)> {
            let fd = memfd_create("framerace-images", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
            // Reserves the memory now: a lack of it is an error here and not a signal later.
            fallocate(&fd, FallocateFlags::empty(), 0, bytes as u64)?;
            let images = Self::map_any(&fd, count, shape, writer == Writer::Creator)?;
            fcntl_add_seals(&fd, seals(writer)).context("sealing it needs Linux 5.1")?;
            Ok((images, fd))
        };
        make().with_context(|| {
            format!("cannot share {} MB of memory; try -q 1, fewer workers, or processes-pipe", bytes >> 20)
        })
    }

    /// Maps memory that another process created.
    pub(super) fn map(fd: impl AsFd, count: usize, shape: Shape, writer: Writer) -> Result<Self> {
        ensure!(fcntl_get_seals(&fd)?.contains(seals(writer)), "shared memory that could change");
        Self::map_any(fd, count, shape, writer == Writer::Receiver)
    }

    fn map_any(fd: impl AsFd, count: usize, shape: Shape, writable: bool) -> Result<Self> {
        let bytes = count * Self::bytes(shape);
        ensure!(bytes > 0, "shared memory without an image");
        ensure!(usize::try_from(fstat(&fd)?.st_size)? == bytes, "shared memory of another size than agreed");
        // All page faults now and none later; but hundreds of workers would spend more on page tables than on frames.
        let flags = MapFlags::SHARED | if count <= POPULATED { MapFlags::POPULATE } else { MapFlags::empty() };
        let protection = if writable { ProtFlags::READ | ProtFlags::WRITE } else { ProtFlags::READ };
        // SAFETY: a new mapping at an address of the kernel's choice; it aliases nothing of this process.
        let base = unsafe { mmap(std::ptr::null_mut(), bytes, protection, flags, &fd, 0) }
            .with_context(|| format!("cannot map {} MB of shared memory", bytes >> 20))?;
        let images = Self { base: NonNull::new(base.cast()).context("shared memory at address 0")?, count, shape };
        // SAFETY: exactly the mapping just made. Frames are left out of core dumps: a worker that crashes would first
        // write all of them, and its end would be noticed only afterwards. A kernel that cannot leave them out dumps them.
        let _ = unsafe { madvise(images.base.as_ptr().cast(), bytes, Advice::LinuxDontDump) };
        Ok(images)
    }

    /// One of the images.
    ///
    /// # Safety
    /// The image must not outlive the memory, and the caller may use it only while it is his turn; to write it, only where
    /// this process is the writer.
    #[cfg(test)]
    pub(super) unsafe fn image(&self, at: usize) -> Result<Mat> {
        // SAFETY: as the caller has promised.
        unsafe { self.image_of(at, self.shape) }
    }

    /// One of the images, of a shape that takes no more memory.
    ///
    /// # Safety
    /// The image must not outlive the memory, and the caller may use it only while it is his turn; to write it, only where
    /// this process is the writer.
    pub(super) unsafe fn image_of(&self, at: usize, shape: Shape) -> Result<Mat> {
        ensure!(at < self.count, "no image {at}");
        ensure!(shape.bytes() <= Self::bytes(self.shape), "an image of {shape} where one of {} has room", self.shape);
        // SAFETY: the image lies inside the mapping and overlaps no other (checked above); how long, when and for what it
        // is used is the caller's promise.
        unsafe { view(self.base.as_ptr().add(at * Self::bytes(self.shape)), shape) }
    }

    /// A buffer for each of these images as its input, with an output of this shape on the heap. For the writer.
    pub(super) fn buffers(images: &Arc<Self>, slots: Range<usize>, input: Shape, output: Shape) -> Result<Vec<Buffer>> {
        let buffer = |slot: usize| {
            // SAFETY: the buffer keeps the memory alive, and has one owner at a time: a pool, then a frame.
            let input = unsafe { images.image_of(slot, input) }?;
            Ok(Buffer::over(u32::try_from(slot)?, input, output.image()?, Arc::clone(images) as _))
        };
        slots.map(buffer).collect()
    }
}

fn seals(writer: Writer) -> SealFlags {
    match writer {
        // Mappings that exist stay writable: the one of the creator.
        Writer::Creator => SEALS | SealFlags::FUTURE_WRITE,
        Writer::Receiver => SEALS,
    }
}

impl Drop for SharedImages {
    fn drop(&mut self) {
        let bytes = self.count * Self::bytes(self.shape);
        // SAFETY: `map_any` made exactly this mapping. Owners of images over it keep it alive (`Buffer`), or promised not
        // to use them any more (`image`). Unmapping a mapping of our own cannot fail.
        let _ = unsafe { munmap(self.base.as_ptr().cast(), bytes) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencv::core::{MatTrait, MatTraitConst, Scalar, no_array};
    use rustix::fs::ftruncate;
    use rustix::mm::{MprotectFlags, mprotect};

    const SHAPE: Shape = Shape { width: 31, height: 17, pixels: crate::frame::Pixels::Gray8 };

    #[test]
    fn images_do_not_touch_each_other_and_are_seen_on_the_other_side() {
        let (memory, fd) = SharedImages::create(3, SHAPE, Writer::Creator).unwrap();
        let memory = Arc::new(memory);
        let mut buffers = SharedImages::buffers(&memory, 0..3, SHAPE, SHAPE).unwrap();
        let there = SharedImages::map(&fd, 3, SHAPE, Writer::Creator).unwrap();
        drop((fd, memory));
        for (value, buffer) in (1u8..).zip(&mut buffers) {
            buffer.input.set_to(&Scalar::all(f64::from(value)), &no_array()).unwrap();
        }
        for (value, at) in (1u8..).zip(0..3) {
            // SAFETY: nobody writes any more.
            let image = unsafe { there.image(at) }.unwrap();
            assert_eq!((*image.at_2d::<u8>(0, 0).unwrap(), *image.at_2d::<u8>(16, 30).unwrap()), (value, value));
        }
    }

    #[test]
    fn inputs_cannot_be_written_by_whom_they_are_given_to() {
        let (memory, fd) = SharedImages::create(3, SHAPE, Writer::Creator).unwrap();
        let there = SharedImages::map(&fd, 3, SHAPE, Writer::Creator).unwrap();
        let (at, both) = (there.base.as_ptr().cast(), MprotectFlags::READ | MprotectFlags::WRITE);
        // SAFETY: the mapping stays as it is if this is refused, and nobody uses it if it is not.
        assert!(unsafe { mprotect(at, PAGE, both) }.is_err());
        assert!(SharedImages::map_any(&fd, 3, SHAPE, true).is_err(), "mapped anew");
        assert!(rustix::io::pwrite(&fd, b"x", 0).is_err(), "written as a file");
        let hole = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        assert!(fallocate(&fd, hole, 0, PAGE as u64).is_err(), "made a hole");
        drop(memory);
    }

    #[test]
    fn frames_are_not_dumped() {
        let (memory, _) = SharedImages::create(3, SHAPE, Writer::Receiver).unwrap();
        let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
        let flags = &maps[maps.find(&format!("{:x}-", memory.base.as_ptr().addr())).unwrap()..];
        assert_eq!(flags.split_whitespace().nth(1).unwrap(), "r--s", "the creator only reads what the receiver writes");
        assert!(flags[flags.find("VmFlags:").unwrap()..].lines().next().unwrap().contains(" dd"), "not dumped");
    }

    #[test]
    fn the_size_cannot_be_changed() {
        for writer in [Writer::Creator, Writer::Receiver] {
            let (_memory, fd) = SharedImages::create(2, SHAPE, writer).unwrap();
            assert!(ftruncate(&fd, 1).is_err() && ftruncate(&fd, 1 << 30).is_err());
            assert!(fcntl_add_seals(&fd, SealFlags::WRITE).is_err(), "no further seal either");
        }
    }

    #[test]
    fn memory_that_is_not_as_agreed_is_refused() {
        let (shared, fd) = SharedImages::create(2, SHAPE, Writer::Receiver).unwrap();
        assert!(SharedImages::map(&fd, 3, SHAPE, Writer::Receiver).is_err());
        assert!(SharedImages::map(&fd, 2, SHAPE, Writer::Creator).is_err(), "not sealed");
        let unsealed = memfd_create("unsealed", MemfdFlags::ALLOW_SEALING).unwrap();
        ftruncate(&unsealed, (2 * SharedImages::bytes(SHAPE)) as u64).unwrap();
        assert!(SharedImages::map(unsealed, 2, SHAPE, Writer::Receiver).is_err());
        // SAFETY: the image is dropped at once.
        assert!(unsafe { shared.image(2) }.is_err(), "an image that is not there");
    }
}
