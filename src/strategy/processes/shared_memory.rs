//! Frames in shared memory: a fixed number of slots, each with space for an input and an output image.
//!
//! All inputs lie before all outputs, so that a worker can map the inputs read-only: when a frame has to be done again,
//! its input is as it was captured, whatever a filter tried to write. (A bad pointer can still reach outputs of other
//! workers.) A slot belongs to the holder of its number: capture, then a worker, then deliver. The message that passes
//! the number on passes the ownership on, so the memory holds no lock and no atomic that a dead process could leave
//! locked. The memory has no name: the kernel frees it with the last process that maps it.
#![expect(unsafe_code, reason = "shared memory is mapped and handed to OpenCV as bare pointers")]

use std::os::fd::OwnedFd;
use std::ptr::NonNull;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use opencv::core::Mat;
use rustix::fs::{
    FallocateFlags, MemfdFlags, SealFlags, fallocate, fcntl_add_seals, fcntl_get_seals, fstat, memfd_create,
};
use rustix::mm::{Advice, MapFlags, MprotectFlags, ProtFlags, madvise, mmap, mprotect, munmap};

use crate::frame::{Buffer, Shape, view};

/// Images begin at page boundaries.
const PAGE: usize = 4096;

/// Up to this many slots, all pages are mapped at once.
const POPULATED: usize = 100;

/// No process may change the size, so no image can reach past the end.
const SEALS: SealFlags = SealFlags::SHRINK.union(SealFlags::GROW).union(SealFlags::SEAL);

/// A mapping of all slots.
pub(super) struct SlotMemory {
    /// What another process needs to map it.
    pub fd: OwnedFd,
    base: NonNull<u8>,
    /// Its slots.
    pub count: usize,
    input: Shape,
    output: Shape,
}

// SAFETY: the mapping is plain memory, valid in every thread until drop. The messages (above) decide who may use which
// slot when; this type only makes image headers, through `unsafe` or once for each slot.
unsafe impl Send for SlotMemory {}
// SAFETY: as above; `&SlotMemory` reads nothing of the mapping.
unsafe impl Sync for SlotMemory {}

impl SlotMemory {
    /// Where the outputs begin.
    fn outputs_at(&self) -> usize {
        self.count * self.input.bytes().next_multiple_of(PAGE)
    }

    pub(super) fn slot_bytes(input: Shape, output: Shape) -> usize {
        input.bytes().next_multiple_of(PAGE) + output.bytes().next_multiple_of(PAGE)
    }

    /// New memory of `count` slots.
    pub(super) fn create(count: usize, input: Shape, output: Shape) -> Result<Self> {
        let bytes = count * Self::slot_bytes(input, output);
        let make = || -> Result<OwnedFd> {
            let fd = memfd_create("framerace-slots", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
            // Reserves the memory now: a lack of it is an error here and not a signal later.
            fallocate(&fd, FallocateFlags::empty(), 0, bytes as u64)?;
            fcntl_add_seals(&fd, SEALS)?;
            Ok(fd)
        };
        let fd = make().with_context(|| {
            format!("cannot share {} MB of memory; try -q 1, fewer workers, or processes-pipe", bytes >> 20)
        })?;
        Self::map(fd, count, input, output)
    }

    /// Maps memory that another process created.
    pub(super) fn map(fd: OwnedFd, count: usize, input: Shape, output: Shape) -> Result<Self> {
        let bytes = count * Self::slot_bytes(input, output);
        ensure!(bytes > 0, "shared memory without a slot");
        ensure!(fcntl_get_seals(&fd)?.contains(SEALS), "shared memory that could change its size");
        ensure!(usize::try_from(fstat(&fd)?.st_size)? == bytes, "shared memory of another size than agreed");
        // All page faults now and none later; but hundreds of workers would spend more on page tables than on frames.
        let flags = MapFlags::SHARED | if count <= POPULATED { MapFlags::POPULATE } else { MapFlags::empty() };
        // SAFETY: a new mapping at an address of the kernel's choice; it aliases nothing of this process.
        let base = unsafe { mmap(std::ptr::null_mut(), bytes, ProtFlags::READ | ProtFlags::WRITE, flags, &fd, 0) }
            .with_context(|| format!("cannot map {} MB of shared memory", bytes >> 20))?;
        let base = NonNull::new(base.cast()).context("shared memory at address 0")?;
        let memory = Self { fd, base, count, input, output };
        // SAFETY: exactly the mapping just made. Frames are left out of core dumps: a worker that crashes would first
        // write all slots, and its end would be noticed only afterwards. A kernel that cannot leave them out dumps them.
        let _ = unsafe { madvise(memory.base.as_ptr().cast(), bytes, Advice::LinuxDontDump) };
        Ok(memory)
    }

    /// Lets this process only read the inputs.
    pub(super) fn protect_inputs(&self) -> Result<()> {
        // SAFETY: the first part of our own mapping, of which no image exists yet that is written to.
        unsafe { mprotect(self.base.as_ptr().cast(), self.outputs_at(), MprotectFlags::READ) }?;
        Ok(())
    }

    /// The input and the output image of a slot.
    ///
    /// # Safety
    /// The images must not outlive the memory, and the caller may use them only while it holds the slot's number.
    pub(super) unsafe fn images(&self, slot: usize) -> Result<(Mat, Mat)> {
        ensure!(slot < self.count, "no slot {slot}");
        let input_at = slot * self.input.bytes().next_multiple_of(PAGE);
        let output_at = self.outputs_at() + slot * self.output.bytes().next_multiple_of(PAGE);
        // SAFETY: both images lie inside the mapping and overlap no other (the slot is checked above); how long and when
        // they are used is the caller's promise.
        unsafe {
            let input = view(self.base.as_ptr().add(input_at), self.input)?;
            let output = view(self.base.as_ptr().add(output_at), self.output)?;
            Ok((input, output))
        }
    }

    /// A buffer over each slot, for the one process that assigns slots.
    pub(super) fn buffers(memory: &Arc<Self>) -> Result<Vec<Buffer>> {
        let buffer = |slot: usize| {
            // SAFETY: the buffer keeps the memory alive, and has one owner at a time: a pool, then a frame.
            let (input, output) = unsafe { memory.images(slot) }?;
            Ok(Buffer::over(u32::try_from(slot)?, input, output, Arc::clone(memory) as _))
        };
        (0..memory.count).map(buffer).collect()
    }
}

impl Drop for SlotMemory {
    fn drop(&mut self) {
        let bytes = self.count * Self::slot_bytes(self.input, self.output);
        // SAFETY: `map` made exactly this mapping. Owners of images over it keep it alive (`Buffer`), or promised
        // not to use them any more (`images`). Unmapping a mapping of our own cannot fail.
        let _ = unsafe { munmap(self.base.as_ptr().cast(), bytes) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencv::core::{MatTraitConst, Scalar, no_array};
    use rustix::fs::ftruncate;

    fn memory(count: usize) -> SlotMemory {
        SlotMemory::create(count, Shape::bgr(31, 17), Shape::gray(31, 17)).unwrap()
    }

    #[test]
    fn slots_do_not_touch_each_other() {
        use opencv::core::MatTrait;
        let memory = Arc::new(memory(3));
        let mut buffers = SlotMemory::buffers(&memory).unwrap();
        for (value, buffer) in (1u8..).zip(&mut buffers) {
            buffer.input.set_to(&Scalar::all(f64::from(value)), &no_array()).unwrap();
            buffer.output.set_to(&Scalar::all(f64::from(value + 100)), &no_array()).unwrap();
        }
        for (value, buffer) in (1u8..).zip(&buffers) {
            assert_eq!(*buffer.input.at_2d::<opencv::core::Vec3b>(16, 30).unwrap(), [value; 3].into());
            assert_eq!(*buffer.output.at_2d::<u8>(16, 30).unwrap(), value + 100);
        }
    }

    #[test]
    fn buffers_keep_the_memory_alive() {
        let memory = Arc::new(memory(1));
        let buffers = SlotMemory::buffers(&memory).unwrap();
        drop(memory);
        assert_eq!(*buffers[0].output.at_2d::<u8>(0, 0).unwrap(), 0);
    }

    #[test]
    fn a_worker_can_only_read_inputs_and_no_frame_is_dumped() {
        let memory = memory(3);
        memory.protect_inputs().unwrap();
        let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
        let at = |address: usize| {
            let entry =
                maps.split_inclusive("VmFlags:").find(|entry| entry.contains(&format!("{address:x}-"))).unwrap();
            entry[entry.find(&format!("{address:x}-")).unwrap()..].split_whitespace().nth(1).unwrap().to_owned()
        };
        let base = memory.base.as_ptr().addr();
        assert_eq!((at(base).as_str(), at(base + memory.outputs_at()).as_str()), ("r--s", "rw-s"));
        let flags = &maps[maps.find(&format!("{base:x}-")).unwrap()..];
        assert!(flags[flags.find("VmFlags:").unwrap()..].lines().next().unwrap().contains(" dd"), "not dumped");
    }

    #[test]
    fn the_size_cannot_be_changed() {
        let memory = memory(2);
        assert!(ftruncate(&memory.fd, 1).is_err() && ftruncate(&memory.fd, 1 << 30).is_err());
        assert!(fcntl_add_seals(&memory.fd, SealFlags::WRITE).is_err(), "no further seal either");
    }

    #[test]
    fn memory_that_is_not_as_agreed_is_refused() {
        let shapes = (Shape::bgr(31, 17), Shape::gray(31, 17));
        let shared = memory(2);
        assert!(SlotMemory::map(shared.fd.try_clone().unwrap(), 3, shapes.0, shapes.1).is_err());
        let unsealed = memfd_create("unsealed", MemfdFlags::ALLOW_SEALING).unwrap();
        ftruncate(&unsealed, (2 * SlotMemory::slot_bytes(shapes.0, shapes.1)) as u64).unwrap();
        assert!(SlotMemory::map(unsealed, 2, shapes.0, shapes.1).is_err());
        // SAFETY: the images are dropped at once.
        assert!(unsafe { shared.images(2) }.is_err(), "a slot that is not there");
    }
}
