//! The end of a window that shows frames, by OpenCV's highgui: owns the window, listens to its keys. One thread makes it and
//! looks after it until the run is over. A program that puts [`open_window`] into [`super::WINDOW_OPENER`] is
//! linked with GTK or Qt, and others are not.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use opencv::core::{Mat, MatTraitConst, Size, hconcat2};
use opencv::highgui::{
    WINDOW_GUI_NORMAL, WINDOW_KEEPRATIO, WINDOW_NORMAL, WND_PROP_VISIBLE, destroy_window, get_window_property, imshow,
    named_window, resize_window, wait_key,
};
use opencv::imgproc::{COLOR_GRAY2BGR, INTER_NEAREST, cvt_color_def, resize};

use super::overlay::{Figures, KEYS, bar};
use super::{Null, Picture, Slot, Viewer, Window};
use crate::host::libraries::opencv_windows;
use crate::host::machine::threads;
use crate::metrics::LedgerReport;

/// Screens show no more than this.
const SOONEST: Duration = Duration::from_nanos(1_000_000_000 / 60);
/// A picture that stays gets its figures anew.
const LATEST: Duration = Duration::from_millis(250);
/// Over how long FPS are counted.
const FPS_OVER: Duration = Duration::from_secs(1);
/// Text is not legible on a picture that is narrower.
const NARROWEST: i32 = 480;
/// As large as a window is at first; it may be made larger.
const LARGEST: (i32, i32) = (1600, 900);

const ESCAPE: i32 = 27;

struct Highgui {
    name: String,
    slot: Arc<Slot>,
    shown: Picture,
    both: bool,
    paused: bool,
    /// Whether a key was pressed that does something: then the user knows them.
    knows_keys: bool,
    /// How large the picture in the window is.
    size: Option<Size>,
    latest: Option<Instant>,
    rate: Rate,
    canvas: Canvas,
}

/// New frames a second, over the last second or so.
#[derive(Default)]
struct Rate {
    since: Option<(Instant, u64)>,
    fps: f64,
}

/// Images that are used again for every picture.
#[derive(Default)]
struct Canvas {
    before: Mat,
    after: Mat,
    whole: Mat,
}

/// Opens a window of this name. The sink is for a run in another thread.
///
/// # Errors
/// When OpenCV cannot open one. Ask [`super::check_display`] before: some libraries do not survive that.
pub fn open_window(name: &str) -> Result<(Box<dyn Viewer>, Window)> {
    let before = threads();
    named_window(name, WINDOW_NORMAL | WINDOW_KEEPRATIO | WINDOW_GUI_NORMAL).context("cannot open a window")?;
    let threads = threads() - before;
    let about = format!("OpenCV window ({}), {threads} more threads", opencv_windows()?);
    let slot = Arc::<Slot>::default();
    slot.ask(Picture::default());
    let viewer = Highgui {
        name: name.to_owned(),
        slot: Arc::clone(&slot),
        shown: Picture::default(),
        both: false,
        paused: false,
        knows_keys: false,
        size: None,
        latest: None,
        rate: Rate::default(),
        canvas: Canvas::default(),
    };
    Ok((Box::new(viewer), Window { slot, about, hash: Null::default() }))
}

impl Viewer for Highgui {
    fn show_while(&mut self, ledger: &dyn Fn() -> LedgerReport, going: &dyn Fn() -> bool) -> Result<bool> {
        while going() {
            let since = self.latest.map_or(LATEST, |latest| latest.elapsed());
            let new = (since >= SOONEST && !self.paused).then(|| self.slot.take()).flatten();
            let is_new = new.is_some();
            if let Some(picture) = new {
                self.slot.ask(std::mem::replace(&mut self.shown, picture));
            }
            if is_new || since >= LATEST {
                self.draw(&ledger())?;
            }
            // Also lets the window do what windows do meanwhile.
            match wait_key(5)? & 0xff {
                key if key == ESCAPE || key == i32::from(b'q') => return Ok(true),
                key if key == i32::from(b'b') => self.both = !self.both,
                key if key == i32::from(b' ') => self.paused = !self.paused,
                _ if self.is_closed() => return Ok(true),
                _ => continue,
            }
            self.knows_keys = true;
            self.draw(&ledger())?;
        }
        Ok(false)
    }
}

impl Highgui {
    fn is_closed(&self) -> bool {
        get_window_property(&self.name, WND_PROP_VISIBLE).map_or(true, |visible| visible < 1.0)
    }

    fn draw(&mut self, ledger: &LedgerReport) -> Result<()> {
        let now = Instant::now();
        self.latest = Some(now);
        let fps = self.rate.at(now, ledger.new_frames());
        let Some(captured) = self.shown.captured else { return Ok(()) };
        let picture = self.canvas.paint(&self.shown, self.both)?;
        let figures = Figures { fps, age: captured.elapsed(), ledger, paused: self.paused };
        bar(picture, &figures.to_string(), false)?;
        if !self.knows_keys {
            bar(picture, KEYS, true)?;
        }
        let size = picture.size()?;
        imshow(&self.name, picture)?;
        if self.size.replace(size) != Some(size) {
            let fits = f64::from(LARGEST.0) / f64::from(size.width);
            let fits = fits.min(f64::from(LARGEST.1) / f64::from(size.height)).min(1.0);
            resize_window(&self.name, scaled(size.width, fits), scaled(size.height, fits))?;
        }
        Ok(())
    }
}

impl Drop for Highgui {
    fn drop(&mut self) {
        // It may be closed already.
        let _ = destroy_window(&self.name);
        // Nothing closes before the window's events are looked at.
        let _ = wait_key(1);
    }
}

impl Rate {
    fn at(&mut self, now: Instant, frames: u64) -> f64 {
        let (since, before) = *self.since.get_or_insert((now, frames));
        let elapsed = now.saturating_duration_since(since);
        if elapsed >= FPS_OVER {
            self.fps = frames.saturating_sub(before) as f64 / elapsed.as_secs_f64();
            self.since = Some((now, frames));
        }
        self.fps
    }
}

impl Canvas {
    /// The picture as it is shown, to draw on: after the chain, or before it and after it side by side.
    fn paint(&mut self, picture: &Picture, both: bool) -> Result<&mut Mat> {
        let (narrow, height) = (picture.after.cols().max(1), picture.after.rows());
        let times = (NARROWEST + narrow - 1) / narrow;
        let size = Size::new(narrow * times, height * times);
        fit(&picture.after, &mut self.after, size)?;
        if !both {
            return Ok(&mut self.after);
        }
        // A chain may change the size; side by side, both are as high.
        let wide = f64::from(picture.before.cols()) / f64::from(picture.before.rows().max(1));
        fit(&picture.before, &mut self.before, Size::new(scaled(size.height, wide), size.height))?;
        hconcat2(&self.before, &self.after, &mut self.whole)?;
        Ok(&mut self.whole)
    }
}

/// Writes an image in three channels and this size.
fn fit(image: &Mat, to: &mut Mat, size: Size) -> Result<()> {
    if image.channels() == 1 {
        let mut color = Mat::default();
        cvt_color_def(image, &mut color, COLOR_GRAY2BGR)?;
        resize(&color, to, size, 0.0, 0.0, INTER_NEAREST)?;
    } else {
        resize(image, to, size, 0.0, 0.0, INTER_NEAREST)?;
    }
    Ok(())
}

fn scaled(pixels: i32, by: f64) -> i32 {
    ((f64::from(pixels) * by).round() as i32).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use opencv::core::{CV_8UC1, CV_8UC3, Scalar};

    #[test]
    fn before_and_after_stand_side_by_side_whatever_their_sizes_and_channels() {
        let image = |width, height, kind, value| {
            Mat::new_rows_cols_with_default(height, width, kind, Scalar::all(value)).unwrap()
        };
        let picture =
            Picture { before: image(640, 480, CV_8UC3, 10.0), after: image(160, 120, CV_8UC1, 200.0), captured: None };
        let mut canvas = Canvas::default();
        let size = |image: &Mat| (image.cols(), image.rows(), image.channels());
        assert_eq!(size(canvas.paint(&picture, false).unwrap()), (480, 360, 3));
        let both = canvas.paint(&picture, true).unwrap();
        assert_eq!(size(both), (960, 360, 3));
        let blue = |x| both.at_2d::<opencv::core::Vec3b>(99, x).unwrap()[0];
        assert_eq!((blue(0), blue(959)), (10, 200));
    }

    #[test]
    fn fps_are_those_of_the_last_second() {
        let (mut rate, begin) = (Rate::default(), Instant::now());
        let mut at = |ms, frames| rate.at(begin + Duration::from_millis(ms), frames);
        assert_eq!(
            [at(0, 100), at(500, 110), at(1000, 130), at(1500, 500), at(2000, 140)],
            [0.0, 0.0, 30.0, 30.0, 10.0]
        );
    }
}
