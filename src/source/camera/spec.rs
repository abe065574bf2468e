//! `camera:0?size=640x480&fps=30&format=mjpeg`: which camera, and what is wanted of it. Text only; no device is touched.

use std::fmt;
use std::str::FromStr;

use super::pixels::CameraFormat;

/// A camera by its number, and what is wanted of it; what is left open is chosen when it is opened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CameraSpec {
    /// Its number: 0 is /dev/video0.
    pub number: u32,
    /// Width and height in pixels.
    pub size: Option<(u32, u32)>,
    /// Frames a second.
    pub fps: Option<f64>,
    /// The form in which it hands over its pictures.
    pub format: Option<CameraFormat>,
}

impl CameraSpec {
    /// A camera of which nothing special is wanted.
    pub fn new(number: u32) -> Self {
        Self { number, size: None, fps: None, format: None }
    }

    /// Where the system has it.
    pub fn path(&self) -> String {
        format!("/dev/video{}", self.number)
    }
}

const FORM: &str = "is not size=WxH, fps=N or format=NAME, as in camera:0?size=640x480&fps=30&format=mjpeg";
const LARGEST: u32 = 16_384;

impl FromStr for CameraSpec {
    type Err = String;

    /// Reads what follows `camera:` or `/dev/video`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (number, wishes) = text.split_once('?').unwrap_or((text, ""));
        // A sign is no digit, though a number may begin with one.
        let number = Some(number).filter(|number| number.chars().all(|c| c.is_ascii_digit()));
        let number = number.and_then(|number| number.parse().ok()).ok_or("a camera has a number, as in camera:0")?;
        let mut spec = Self::new(number);
        for wish in wishes.split('&').filter(|wish| !wish.is_empty()) {
            let (name, value) = wish.split_once('=').ok_or_else(|| format!("'{wish}' {FORM}"))?;
            let twice = match name {
                "size" => spec.size.replace(size(value)?).is_some(),
                "fps" => spec.fps.replace(fps(value)?).is_some(),
                "format" => spec.format.replace(value.parse()?).is_some(),
                _ => return Err(format!("'{wish}' {FORM}")),
            };
            if twice {
                return Err(format!("{name} is given twice"));
            }
        }
        Ok(spec)
    }
}

fn size(text: &str) -> Result<(u32, u32), String> {
    let side = |text: &str| text.parse().ok().filter(|side| (1..=LARGEST).contains(side));
    let sides = text.split_once('x').and_then(|(width, height)| Some((side(width)?, side(height)?)));
    sides.ok_or_else(|| format!("'size={text}' is not a width and a height from 1 to {LARGEST}, as in size=640x480"))
}

fn fps(text: &str) -> Result<f64, String> {
    let fps = text.parse().ok().filter(|fps| (0.01..=10_000.0).contains(fps));
    fps.ok_or_else(|| format!("'fps={text}' is not a rate from 0.01 to 10000 frames a second, as in fps=30"))
}

impl fmt::Display for CameraSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.size.map(|(width, height)| format!("size={width}x{height}"));
        let fps = self.fps.map(|fps| format!("fps={fps}"));
        let format = self.format.map(|format| format!("format={format}"));
        let wishes: Vec<_> = [size, fps, format].into_iter().flatten().collect();
        write!(f, "camera:{}", self.number)?;
        if wishes.is_empty() { Ok(()) } else { write!(f, "?{}", wishes.join("&")) }
    }
}
