//! The images of one frame on its way through a chain: input, one between each two filters, output.
//!
//! They are numbered: 0 is the input, 1 what the first filter wrote, the last one is the output. Where the images
//! between live is up to the caller: a worker keeps one set for all its frames, `stages` keeps one set a frame.

use opencv::core::Mat;

/// The images of one frame, borrowed from wherever they live.
#[derive(Debug)]
pub struct Images<'a> {
    /// Image 0.
    pub input: &'a Mat,
    /// Images 1 to n.
    pub between: &'a mut [Mat],
    /// Image n + 1.
    pub output: &'a mut Mat,
}

impl Images<'_> {
    /// The image with this number, to read.
    pub fn get(&self, number: usize) -> &Mat {
        match number {
            0 => self.input,
            n => self.between.get(n - 1).unwrap_or(self.output),
        }
    }

    /// An image to read and a later one to write.
    pub fn pair(&mut self, from: usize, to: usize) -> (&Mat, &mut Mat) {
        debug_assert!(from < to, "a filter writes a later image than it reads");
        let (before, rest) = self.between.split_at_mut((to - 1).min(self.between.len()));
        let read = if from == 0 { self.input } else { &before[from - 1] };
        (read, rest.first_mut().unwrap_or(self.output))
    }
}
