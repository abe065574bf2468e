//! What a camera offers, as plain data, and which of it suits what is wanted. Touches no device.

use serde::Serialize;

use super::pixels::CameraFormat;
use super::spec::CameraSpec;

/// A form of pictures that a camera offers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FormatInfo {
    /// framerace's name of it, or the driver's where framerace does not read it.
    pub name: String,
    /// V4L2's name of it, four characters.
    pub fourcc: String,
    /// Whether framerace reads it.
    pub readable: bool,
    /// The sizes it comes in.
    pub sizes: Vec<SizeInfo>,
}

/// A size, or all sizes between two, and the rates it comes at.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SizeInfo {
    /// Width in pixels: the largest.
    pub width: u32,
    /// Height in pixels: the largest.
    pub height: u32,
    /// The smallest width; the same where there is one size only.
    pub min_width: u32,
    /// The smallest height; the same where there is one size only.
    pub min_height: u32,
    /// Frames a second, each as (frames, seconds); none where the driver does not say.
    #[serde(serialize_with = "as_numbers")]
    pub fps: Vec<(u32, u32)>,
    /// Whether there is everything between these rates, too.
    pub any_between: bool,
}

/// How a camera is to be driven.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mode {
    pub format: CameraFormat,
    pub fourcc: [u8; 4],
    pub width: u32,
    pub height: u32,
    /// Frames and seconds, where the driver says what there is, or where it is wanted.
    pub rate: Option<(u32, u32)>,
}

/// What is taken where nothing is wanted, or the nearest there is.
const USUAL_SIZE: (u32, u32) = (640, 480);
const USUAL_FPS: f64 = 30.0;

/// Who asks for 30 takes 30000/1001.
const SAME_RATE: f64 = 0.01;

fn as_numbers<S: serde::Serializer>(rates: &[(u32, u32)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(rates.iter().copied().map(fps))
}

/// Frames a second.
pub(super) fn fps((frames, seconds): (u32, u32)) -> f64 {
    f64::from(frames) / f64::from(seconds.max(1))
}

/// Whether two rates are one to a user.
pub(super) fn same_rate(one: f64, other: f64) -> bool {
    (one - other).abs() <= SAME_RATE * one.max(other)
}

impl SizeInfo {
    fn holds(&self, (width, height): (u32, u32)) -> bool {
        (self.min_width..=self.width).contains(&width) && (self.min_height..=self.height).contains(&height)
    }

    /// Itself, or of all between two the nearest to a size.
    fn nearest(&self, (width, height): (u32, u32)) -> (u32, u32) {
        (width.clamp(self.min_width, self.width), height.clamp(self.min_height, self.height))
    }

    /// The rate to take for one that is wanted, or for the usual one; none if what is wanted is not there. The inner one is
    /// none where there is no say in it.
    fn rate(&self, wanted: Option<f64>) -> Option<Option<(u32, u32)>> {
        let goal = wanted.unwrap_or(USUAL_FPS);
        let off = |rate: &(u32, u32)| (fps(*rate) - goal).abs();
        let nearest = self.fps.iter().copied().min_by(|a, b| off(a).total_cmp(&off(b)));
        let between = self.any_between && self.fps.iter().any(|rate| fps(*rate) <= goal);
        let between = between && self.fps.iter().any(|rate| fps(*rate) >= goal);
        match (nearest, wanted) {
            (None, None) => Some(None),
            (None, Some(_)) => Some(Some(fraction(goal))),
            (Some(_), _) if between => Some(Some(fraction(goal))),
            (Some(rate), Some(wanted)) if !same_rate(fps(rate), wanted) => None,
            (Some(rate), _) => Some(Some(rate)),
        }
    }

    /// Its size in words: `640x480`, or `32x32 to 1920x1080`.
    pub fn size_in_words(&self) -> String {
        let (least, most) = ((self.min_width, self.min_height), (self.width, self.height));
        let most_in_words = format!("{}x{}", most.0, most.1);
        if least == most { most_in_words } else { format!("{}x{} to {most_in_words}", least.0, least.1) }
    }

    /// Its rates in words, the highest first: `30, 25, 15 fps`.
    pub fn rates_in_words(&self) -> String {
        let each: Vec<_> = self.fps.iter().map(|rate| round(fps(*rate))).collect();
        match each.as_slice() {
            [] => "any rate the driver likes".into(),
            [highest, .., lowest] if self.any_between => format!("{lowest} to {highest} fps"),
            each => format!("{} fps", each.join(", ")),
        }
    }
}

/// A rate as people write it.
pub(super) fn round(fps: f64) -> String {
    let text = format!("{fps:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A rate as the frames of a number of seconds; those of television are exact.
fn fraction(fps: f64) -> (u32, u32) {
    let television = (fps * 1.001).round();
    if (fps - television / 1.001).abs() < 0.005 && (fps - fps.round()).abs() > 0.005 {
        return ((television * 1000.0) as u32, 1001);
    }
    ((fps * 1000.0).round() as u32, 1000)
}

/// Chooses the mode that suits best: what is wanted, then the size and the rate nearest to the usual, then the form that
/// is cheapest to convert.
///
/// # Errors
/// What is not offered, and what is instead.
pub(super) fn choose(offers: &[FormatInfo], spec: &CameraSpec) -> Result<Mode, String> {
    let readable = || offers.iter().filter_map(|offer| Some((ours(offer)?, offer)));
    let names = |all: &[FormatInfo]| all.iter().map(|offer| offer.name.clone()).collect::<Vec<_>>().join(", ");
    let formats: Vec<_> = readable().filter(|(format, _)| spec.format.is_none_or(|wanted| wanted == *format)).collect();
    if formats.is_empty() {
        return Err(match spec.format {
            _ if offers.is_empty() => "offers no pictures at all; does it wait for someone who feeds it?".into(),
            Some(wanted) => format!("offers no {wanted}; there is {}", names(offers)),
            None => format!("offers no format that framerace reads, only {}; try --decoder opencv", names(offers)),
        });
    }
    let sizes =
        || formats.iter().flat_map(|(format, offer)| offer.sizes.iter().map(move |size| (*format, offer, size)));
    let fitting: Vec<_> = sizes().filter(|(.., size)| spec.size.is_none_or(|wanted| size.holds(wanted))).collect();
    if let (true, Some((width, height))) = (fitting.is_empty(), spec.size) {
        let there = each_once(sizes().map(|(.., size)| size.size_in_words()));
        return Err(format!("offers no {width}x{height}{}; there is {there}", in_format(spec)));
    }
    let modes = fitting.iter().filter_map(|(format, offer, size)| {
        let (width, height) = size.nearest(spec.size.unwrap_or(USUAL_SIZE));
        let rate = size.rate(spec.fps)?;
        Some(Mode { format: *format, fourcc: fourcc(offer), width, height, rate })
    });
    let goal = spec.fps.unwrap_or(USUAL_FPS);
    let best = modes.min_by(|a, b| {
        let rate_off = |mode: &Mode| mode.rate.map_or(0.0, |rate| (fps(rate) - goal).abs());
        let size_then_rate = size_off(a).cmp(&size_off(b)).then(rate_off(a).total_cmp(&rate_off(b)));
        size_then_rate.then(a.format.rank().cmp(&b.format.rank()))
    });
    best.ok_or_else(|| {
        let there = each_once(
            fitting.iter().map(|(.., size)| format!("{} at {}", size.size_in_words(), size.rates_in_words())),
        );
        format!("does not give {} frames a second{}; there is {there}", round(goal), in_format(spec))
    })
}

/// How far a size is from the usual, in pixels.
fn size_off(mode: &Mode) -> u64 {
    let pixels = |width: u32, height: u32| u64::from(width) * u64::from(height);
    pixels(mode.width, mode.height).abs_diff(pixels(USUAL_SIZE.0, USUAL_SIZE.1))
}

fn ours(offer: &FormatInfo) -> Option<CameraFormat> {
    CameraFormat::of_fourcc(fourcc(offer))
}

fn fourcc(offer: &FormatInfo) -> [u8; 4] {
    offer.fourcc.as_bytes().try_into().unwrap_or_default()
}

fn in_format(spec: &CameraSpec) -> String {
    spec.format.map_or(String::new(), |format| format!(" in {format}"))
}

fn each_once(words: impl Iterator<Item = String>) -> String {
    let mut once: Vec<String> = Vec::new();
    for word in words {
        if !once.contains(&word) {
            once.push(word);
        }
    }
    once.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(width: u32, height: u32, fps: &[(u32, u32)]) -> SizeInfo {
        SizeInfo { width, height, min_width: width, min_height: height, fps: fps.to_vec(), any_between: false }
    }

    fn offer(name: &str, fourcc: &str, sizes: Vec<SizeInfo>) -> FormatInfo {
        let readable = CameraFormat::of_fourcc(fourcc.as_bytes().try_into().unwrap()).is_some();
        FormatInfo { name: name.into(), fourcc: fourcc.into(), readable, sizes }
    }

    /// As many USB cameras: large pictures come fast only as JPEG.
    fn webcam() -> Vec<FormatInfo> {
        vec![
            offer("mjpeg", "MJPG", vec![size(1280, 720, &[(30, 1)]), size(640, 480, &[(60, 1), (30000, 1001)])]),
            offer("yuyv", "YUYV", vec![size(1280, 720, &[(10, 1)]), size(640, 480, &[(30, 1), (15, 1)])]),
            offer("H264", "H264", vec![size(1920, 1080, &[(30, 1)])]),
        ]
    }

    fn chosen(wanted: &str) -> Result<String, String> {
        let mode = choose(&webcam(), &wanted.parse().unwrap())?;
        let Mode { format, width, height, rate, .. } = mode;
        Ok(format!("{format} {width}x{height} {}", rate.map_or("-".into(), |rate| round(fps(rate)))))
    }

    #[test]
    fn what_is_wanted_is_taken_and_the_rest_chosen() {
        for (wanted, mode) in [
            ("0", "yuyv 640x480 30"),
            ("0?format=mjpeg", "mjpeg 640x480 29.97"),
            ("0?fps=60", "mjpeg 640x480 60"),
            ("0?fps=30&format=mjpeg", "mjpeg 640x480 29.97"),
            ("0?size=1280x720", "mjpeg 1280x720 30"),
            ("0?size=1280x720&format=yuyv", "yuyv 1280x720 10"),
            ("0?fps=10", "yuyv 1280x720 10"),
        ] {
            assert_eq!(chosen(wanted).as_deref(), Ok(mode), "{wanted}");
        }
    }

    #[test]
    fn what_is_not_offered_is_named_with_what_is() {
        for (wanted, said) in [
            ("0?format=nv12", "offers no nv12; there is mjpeg, yuyv, H264"),
            ("0?size=800x600", "offers no 800x600; there is 1280x720, 640x480"),
            ("0?size=800x600&format=yuyv", "offers no 800x600 in yuyv; there is 1280x720, 640x480"),
            (
                "0?size=640x480&fps=25&format=yuyv",
                "does not give 25 frames a second in yuyv; there is 640x480 at 30, 15 fps",
            ),
        ] {
            assert_eq!(chosen(wanted).expect_err(wanted), said);
        }
        let foreign = [offer("H264", "H264", vec![])];
        assert!(choose(&foreign, &CameraSpec::new(0)).unwrap_err().contains("only H264"));
        assert!(choose(&[], &CameraSpec::new(0)).unwrap_err().contains("no pictures"));
    }

    #[test]
    fn ranges_hold_what_lies_between_and_silent_drivers_are_asked() {
        let range =
            SizeInfo { min_width: 32, min_height: 16, any_between: true, ..size(1920, 1080, &[(60, 1), (1, 1)]) };
        assert_eq!(
            (range.size_in_words().as_str(), range.rates_in_words().as_str()),
            ("32x16 to 1920x1080", "1 to 60 fps")
        );
        let offers = [offer("yuyv", "YUYV", vec![range])];
        let mode = choose(&offers, &"0?size=100x50&fps=29.97".parse().unwrap()).unwrap();
        assert_eq!((mode.width, mode.height, mode.rate), (100, 50, Some((30000, 1001))));
        let mode = choose(&offers, &CameraSpec::new(0)).unwrap();
        assert_eq!((mode.width, mode.height, mode.rate), (640, 480, Some((30000, 1000))));
        let silent = [offer("yuyv", "YUYV", vec![size(320, 240, &[])])];
        assert_eq!(choose(&silent, &CameraSpec::new(0)).unwrap().rate, None);
        assert_eq!(choose(&silent, &"0?fps=12.5".parse().unwrap()).unwrap().rate, Some((12500, 1000)));
    }
}
