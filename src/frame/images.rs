//! The images of one frame on its way through a chain: input, one between each two filters, output.
//!
//! They are numbered: 0 is the input, 1 what the first filter wrote, the last one is the output. Where the images
//! between live is the caller's affair: a worker keeps one set for all its frames, `stages` keeps one set a frame.

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

#[cfg(test)]
mod tests {
    use super::*;
    use opencv::core::{CV_8UC1, MatTraitConst, Scalar};

    fn image(value: i32) -> Mat {
        Mat::new_rows_cols_with_default(1, 1, CV_8UC1, Scalar::all(f64::from(value))).unwrap()
    }

    #[test]
    fn numbers_name_the_images_in_order() {
        let (input, mut between, mut output) = (image(0), [image(1), image(2)], image(3));
        let mut images = Images { input: &input, between: &mut between, output: &mut output };
        for (from, to) in [(0, 1), (1, 2), (2, 3), (0, 3)] {
            let (read, write) = images.pair(from, to);
            let value = |m: &Mat| usize::from(*m.at_2d::<u8>(0, 0).unwrap());
            assert_eq!((value(read), value(write)), (from, to));
            assert_eq!(value(images.get(to)), to);
        }
    }
}
