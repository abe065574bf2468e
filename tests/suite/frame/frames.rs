//! Frames, their images, and the pool of their buffers.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use framerace::frame::{Frame, FramePool, Images, Shape, Stamp};
use framerace::metrics::Ledger;
use opencv::core::{CV_8UC1, Mat, MatTraitConst, Scalar};

fn image(value: i32) -> Mat {
    Mat::new_rows_cols_with_default(1, 1, CV_8UC1, Scalar::all(f64::from(value))).expect("an image")
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

#[test]
fn a_frame_gives_its_buffer_back_and_is_counted_once() {
    let pool = FramePool::heap(1, Shape::gray(1, 1), &[], Shape::gray(1, 1)).unwrap();
    let ledger = Arc::new(Ledger::default());
    let stamp = Stamp::new(0, Duration::ZERO);
    for end in [|mut frame: Frame| frame.delivered(), Frame::fail, drop::<Frame>] {
        let buffer = pool.take().expect("the only buffer is free again");
        end(Frame::new(stamp, buffer, pool.clone(), Arc::clone(&ledger)));
    }
    let report = ledger.report();
    assert_eq!((report.captured, report.delivered, report.failed, report.dropped), (3, 1, 1, 1));
    assert!(report.balances());
}

#[test]
fn waiting_ends_when_a_buffer_comes_back_or_the_pool_closes() {
    let pool = FramePool::heap(1, Shape::gray(1, 1), &[], Shape::gray(1, 1)).unwrap();
    let buffer = pool.take().unwrap();
    assert!(pool.try_take().is_none());
    thread::scope(|s| {
        let waiting = s.spawn(|| pool.take().map(|b| b.slot));
        pool.put(buffer);
        assert_eq!(waiting.join().unwrap(), Some(0));
        let waiting = s.spawn(|| pool.take().map(|b| b.slot));
        pool.close();
        assert_eq!(waiting.join().unwrap(), None);
    });
}
