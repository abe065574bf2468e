//! What a video file says of its pictures beyond their size: what a writer needs to give a filtered video the look and
//! the timing of its source. Plain numbers; no library's types.

use std::time::Duration;

use super::file::side_data::SideData;

/// What a video stream says of itself, as of its first frame.
#[derive(Clone, Debug, PartialEq)]
pub struct VideoInfo {
    /// Its number among the streams of the file.
    pub stream: usize,
    /// A tick of the stream's clock in seconds, as numerator and denominator: all its times are whole ticks.
    pub time_base: (i32, i32),
    /// Where the first frame is on the file's clock, in microseconds; sound and subtitles are on the same clock. May be
    /// negative.
    pub start_us: i64,
    /// How long the file says it plays, where it does.
    pub duration: Option<Duration>,
    /// When its last frame ends, from the first on, where its index says so exactly. (Packets say how long they take in the
    /// order of decoding.)
    pub end: Option<Duration>,
    /// Average frames a second, as numerator and denominator, where the file says so.
    pub rate: Option<(i32, i32)>,
    /// Width to height of one pixel **of the frames handed out**, which are turned already; (0, 1) where it is unknown.
    pub sample_aspect: (i32, i32),
    /// Which numbers stand for black and white.
    pub color_range: ColorRange,
    /// How brightness and color were made from red, green and blue: `MatrixCoefficients` of ITU-T H.273, 2 where unknown.
    ///
    /// Frames are handed out as BGR by BT.601 **whatever this says**, as OpenCV does. Whoever goes back by BT.601 and
    /// writes this number into the file has the colors of the source.
    pub color_space: u8,
    /// Which red, green and blue: `ColourPrimaries` of ITU-T H.273, 2 where unknown.
    pub color_primaries: u8,
    /// How light becomes numbers: `TransferCharacteristics` of ITU-T H.273, 2 where unknown.
    pub color_transfer: u8,
    /// Some where a frame holds two fields of different times: true if the upper one is first. Frames are handed out
    /// as they are.
    pub interlaced: Option<bool>,
    /// Bits of a color sample as it is decoded; frames are handed out with 8.
    pub bits: u8,
    /// Whether its first picture is transparent somewhere; frames are handed out as if they were not.
    pub transparent: bool,
    /// How pixels share their color samples as it is decoded; frames are handed out with three samples a pixel.
    pub chroma: Chroma,
    /// FFmpeg's name of the decoded pixel format: `yuv420p10le`.
    pub pixel_format: String,
    /// FFmpeg's name of the codec: `h264`.
    pub codec: String,
    /// What it says beside the pixels.
    pub side_data: Vec<SideData>,
}

impl VideoInfo {
    /// What a user should know before these pictures are filtered. `mixes` is the first filter that looks at other rows
    /// than the one it makes, if there is one.
    pub fn notes(&self, mixes: Option<&str>) -> Vec<String> {
        let fields = self.interlaced.map(|top| {
            let first = if top { "upper" } else { "lower" };
            let so =
                mixes.map_or("this chain keeps its fields apart".into(), |filter| format!("{filter} mixes its fields"));
            format!("the input is interlaced, {first} field first; {so}")
        });
        let bits =
            (self.bits > 8).then(|| format!("the input has {} bits a color; filters and output have 8", self.bits));
        let light = high_dynamic_range(self.color_transfer)
            .map(|name| format!("the input is HDR ({name}); its numbers are filtered as they are, not tone-mapped"));
        let glass = self.transparent.then(|| "the input is transparent in places; filters and output are not".into());
        [fields, bits, light, glass].into_iter().flatten().collect()
    }
}

/// The name of a transfer characteristic of ITU-T H.273 that stands for more light than usual screens have.
fn high_dynamic_range(transfer: u8) -> Option<&'static str> {
    match transfer {
        16 => Some("PQ"),
        18 => Some("HLG"),
        _ => None,
    }
}

/// Which numbers stand for black and white.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorRange {
    /// The file does not say: limited, but for RGB and for formats that are full by their nature.
    #[default]
    Unknown,
    /// 16 to 235 of 255, as in television.
    Limited,
    /// 0 to 255, as in JPEG.
    Full,
}

/// How the pixels of a picture share their color samples, whatever the names of pixel formats are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Chroma {
    /// No color.
    #[default]
    None,
    /// One color sample for `across` times `down` pixels.
    Shared {
        /// Pixels in a row.
        across: u8,
        /// Rows.
        down: u8,
    },
    /// Red, green and blue of each pixel, or a palette of them.
    Rgb,
}
