//! What a stream and its first picture say of themselves, read off FFmpeg's structures where ffmpeg-next has no words
//! for it.
#![expect(unsafe_code, reason = "fields of C structures")]

use std::ffi::c_int;
use std::time::Duration;

use ffmpeg_next::codec::packet::side_data::Type as SideDataType;
use ffmpeg_next::ffi::{
    AV_PIX_FMT_FLAG_ALPHA, AV_PIX_FMT_FLAG_BE, AV_PIX_FMT_FLAG_PAL, AV_PIX_FMT_FLAG_RGB, AVColorRange, AVFieldOrder,
    av_guess_sample_aspect_ratio,
};
use ffmpeg_next::format::context::Input;
use ffmpeg_next::format::stream::{Disposition, Stream};
use ffmpeg_next::{Rational, frame, media};
use frame::side_data::Type as FrameSideData;

use super::rotation::Rotation;
use super::side_data::SideData;
use crate::source::{Chroma, ColorRange, VideoInfo};

/// The stream a player would show: FFmpeg's choice, but never a cover picture.
pub(super) fn best_stream(input: &Input) -> Option<Stream<'_>> {
    let is_cover = |stream: &Stream<'_>| stream.disposition().contains(Disposition::ATTACHED_PIC);
    let best = input.streams().best(media::Type::Video);
    best.filter(|stream| !is_cover(stream)).or_else(|| {
        let is_video = |stream: &Stream<'_>| stream.parameters().medium() == media::Type::Video;
        input.streams().find(|stream| is_video(stream) && !is_cover(stream))
    })
}

/// What a picture says of itself beside its pixels; any picture of a stream may say something else.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Looks {
    pub sample_aspect: (i32, i32),
    pub color_range: ColorRange,
    pub color_space: u8,
    pub color_primaries: u8,
    pub color_transfer: u8,
    /// How it asks to be turned. (What the stream asks is another thing.)
    pub turn: Option<Rotation>,
}

/// What a picture of a stream says of itself.
pub(super) fn looks(stream: &Stream<'_>, picture: &frame::Video) -> Looks {
    Looks { sample_aspect: sample_aspect(stream, picture), ..looks_alone(picture) }
}

/// What a picture says of itself, whatever its stream says.
pub(super) fn looks_alone(picture: &frame::Video) -> Looks {
    // SAFETY: the picture is alive and its fields are plain numbers; as enumerations of C they may hold what Rust's do
    // not know, so they are read as numbers.
    let [color_space, color_primaries, color_transfer] = unsafe {
        let picture = picture.as_ptr();
        let read = |field: *const c_int| code_point(field.read());
        [
            read((&raw const (*picture).colorspace).cast()),
            read((&raw const (*picture).color_primaries).cast()),
            read((&raw const (*picture).color_trc).cast()),
        ]
    };
    Looks {
        sample_aspect: fraction(picture.aspect_ratio()),
        color_range: color_range(picture),
        color_space,
        color_primaries,
        color_transfer,
        turn: picture.side_data(FrameSideData::DisplayMatrix).and_then(|matrix| Rotation::of(matrix.data())),
    }
}

/// What a stream and its first picture say; `turn` is what is done to the pictures before they are handed out.
pub(super) fn facts(input: &Input, index: usize, picture: &frame::Video, turn: Option<Rotation>) -> Option<VideoInfo> {
    let stream = input.stream(index)?;
    let Looks { mut sample_aspect, color_range, color_space, color_primaries, color_transfer, .. } =
        looks(&stream, picture);
    if turn.is_some_and(Rotation::is_sideways) && sample_aspect.0 > 0 {
        sample_aspect = (sample_aspect.1, sample_aspect.0);
    }
    let time_base = fraction(stream.time_base());
    Some(VideoInfo {
        stream: index,
        time_base,
        start_us: picture.timestamp().map_or(0, |start| micros(start, time_base)),
        duration: u64::try_from(input.duration()).ok().filter(|us| *us > 0).map(Duration::from_micros),
        end: end(input, &stream, picture),
        rate: rate(&stream),
        sample_aspect,
        color_range,
        color_space,
        color_primaries,
        color_transfer,
        interlaced: interlaced(&stream, picture).and_then(|top| turn.map_or(Some(top), |turn| turn.upper_first(top))),
        bits: bits(picture),
        transparent: says_transparent(&stream) || is_transparent(picture),
        chroma: chroma(picture),
        pixel_format: picture.format().descriptor().map_or("unknown", |format| format.name()).to_owned(),
        codec: stream.parameters().id().name().to_owned(),
        side_data: SideData::of(&stream, picture),
    })
}

/// What a picture says of its range.
pub(super) fn color_range(picture: &frame::Video) -> ColorRange {
    // SAFETY: the picture is alive; the field is a plain number (see `facts`).
    let range = unsafe { (&raw const (*picture.as_ptr()).color_range).cast::<c_int>().read() };
    let is = |known: AVColorRange| range == known as c_int;
    if is(AVColorRange::AVCOL_RANGE_MPEG) {
        ColorRange::Limited
    } else if is(AVColorRange::AVCOL_RANGE_JPEG) {
        ColorRange::Full
    } else {
        ColorRange::Unknown
    }
}

/// What stands before a stream in the head of its file, for decoders only.
pub(super) fn extra_data(stream: &Stream<'_>) -> Vec<u8> {
    // SAFETY: the parameters live as long as the stream; the pointer is null or at so many bytes.
    unsafe {
        let parameters = (*stream.as_ptr()).codecpar;
        let (data, size) = ((*parameters).extradata, (*parameters).extradata_size);
        if data.is_null() { Vec::new() } else { std::slice::from_raw_parts(data, size.unsigned_abs() as usize).into() }
    }
}

/// How a player would turn the pictures, from the stream's display matrix: quarters and mirrors only.
pub(super) fn turn(stream: &Stream<'_>) -> Option<Rotation> {
    Rotation::of(stream.side_data().find(|data| data.kind() == SideDataType::DisplayMatrix)?.data())
}

/// Of the container where it says so, else of the picture.
fn sample_aspect(stream: &Stream<'_>, picture: &frame::Video) -> (i32, i32) {
    // SAFETY: both pointers are alive. The function only reads a few numbers of each (that they are not const is an old
    // habit of FFmpeg), and the context not at all.
    let aspect = unsafe {
        let (stream, picture) = (stream.as_ptr().cast_mut(), picture.as_ptr().cast_mut());
        Rational::from(av_guess_sample_aspect_ratio(std::ptr::null_mut(), stream, picture))
    };
    Some(fraction(aspect)).filter(|aspect| aspect.0 > 0 && aspect.1 > 0).unwrap_or((0, 1))
}

/// VP8 and VP9 keep what is transparent in pictures of its own, which the decoder does not show; but the stream says so.
fn says_transparent(stream: &Stream<'_>) -> bool {
    stream.metadata().get("alpha_mode") == Some("1")
}

/// Whether any pixel lets through what is behind it.
fn is_transparent(picture: &frame::Video) -> bool {
    let Some(format) = picture.format().descriptor() else { return false };
    // SAFETY: descriptors are constants of libavutil; the fields are plain numbers.
    let (flags, count, parts) =
        unsafe { ((*format.as_ptr()).flags, (*format.as_ptr()).nb_components, (*format.as_ptr()).comp) };
    let (has_alpha, big_endian) = (flags & AV_PIX_FMT_FLAG_ALPHA as u64 != 0, flags & AV_PIX_FMT_FLAG_BE as u64 != 0);
    // Palettes and floating-point numbers have it elsewhere: of those nothing is said.
    let last = parts
        .get(usize::from(count).wrapping_sub(1))
        .filter(|alpha| has_alpha && matches!((count, alpha.depth), (2 | 4, 8..=16)));
    let Some(alpha) = last else { return false };
    let [plane, step, offset] = [alpha.plane, alpha.step, alpha.offset].map(|n| usize::try_from(n).unwrap_or(0));
    let opaque = u32::MAX >> (32 - alpha.depth);
    let sample = |pixel: &[u8]| match *pixel.get(offset..)? {
        [one, ..] if alpha.depth == 8 => Some(u32::from(one)),
        [high, low, ..] if big_endian => Some(u32::from(u16::from_be_bytes([high, low])) >> alpha.shift),
        [low, high, ..] => Some(u32::from(u16::from_le_bytes([low, high])) >> alpha.shift),
        _ => None,
    };
    let bytes = picture.width() as usize * step;
    (0..picture.height() as isize).any(|number| {
        // SAFETY: the plane of alpha is as large as the picture: so many rows of so many pixels of `step` bytes, each row
        // `linesize` after the one before (which may be negative), and alive as long as the picture.
        let row = unsafe {
            let picture = &*picture.as_ptr();
            std::slice::from_raw_parts(picture.data[plane].offset(number * picture.linesize[plane] as isize), bytes)
        };
        row.chunks(step.max(1)).filter_map(sample).any(|alpha| alpha < opaque)
    })
}

/// Average frames a second; where that is unknown, what the times of the first frames fit.
fn rate(stream: &Stream<'_>) -> Option<(i32, i32)> {
    const HIGHEST: i32 = 1000;
    let known = |rate: &(i32, i32)| rate.0 > 0 && rate.1 > 0;
    let fits = || Some(fraction(stream.rate())).filter(|rate| known(rate) && rate.0 / rate.1 <= HIGHEST);
    Some(fraction(stream.avg_frame_rate())).filter(known).or_else(fits)
}

/// When the last frame ends, from the first on, where the head of the file says so exactly.
fn end(input: &Input, stream: &Stream<'_>, first: &frame::Video) -> Option<Duration> {
    let has_index = input.format().name().split(',').any(|name| name == "mov") && stream.duration() > 0;
    let ticks = stream.start_time().checked_add(stream.duration())?.checked_sub(first.timestamp()?)?;
    let seconds = ticks as f64 * f64::from(stream.time_base());
    has_index.then(|| Duration::try_from_secs_f64(seconds).ok()).flatten()
}

/// How pixels share their color samples.
fn chroma(picture: &frame::Video) -> Chroma {
    let Some(format) = picture.format().descriptor() else { return Chroma::default() };
    // SAFETY: descriptors are constants of libavutil; the fields are plain numbers.
    let (flags, samples) = unsafe { ((*format.as_ptr()).flags, (*format.as_ptr()).nb_components) };
    if flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL) as u64 != 0 {
        Chroma::Rgb
    } else if samples < 3 {
        Chroma::None
    } else {
        Chroma::Shared { across: 1 << format.log2_chroma_w(), down: 1 << format.log2_chroma_h() }
    }
}

/// Bits of a color sample.
fn bits(picture: &frame::Video) -> u8 {
    // SAFETY: descriptors are constants of libavutil; the field is a plain number.
    let depth = picture.format().descriptor().map_or(8, |format| unsafe { (*format.as_ptr()).comp[0].depth });
    u8::try_from(depth).unwrap_or(8)
}

/// Whether the upper field is first, where there are fields: by the picture, else by the stream.
fn interlaced(stream: &Stream<'_>, picture: &frame::Video) -> Option<bool> {
    if picture.is_interlaced() {
        return Some(picture.is_top_first());
    }
    // SAFETY: the parameters live as long as the stream; the field is a plain number (see `facts`).
    let order = unsafe { (&raw const (*(*stream.as_ptr()).codecpar).field_order).cast::<c_int>().read() };
    let is = |known: AVFieldOrder| order == known as c_int;
    // The second letter says which field is shown first.
    let top = is(AVFieldOrder::AV_FIELD_TT) || is(AVFieldOrder::AV_FIELD_BT);
    let bottom = is(AVFieldOrder::AV_FIELD_BB) || is(AVFieldOrder::AV_FIELD_TB);
    (top || bottom).then_some(top)
}

/// Unspecified where it is no code point of H.273.
fn code_point(number: c_int) -> u8 {
    u8::try_from(number).unwrap_or(2)
}

fn fraction(value: Rational) -> (i32, i32) {
    (value.numerator(), value.denominator())
}

/// Ticks in microseconds, rounded to the nearest.
pub(super) fn micros(ticks: i64, (numerator, denominator): (i32, i32)) -> i64 {
    let denominator = i128::from(denominator.max(1));
    let twice = i128::from(ticks) * i128::from(numerator) * 2_000_000;
    i64::try_from((twice + denominator).div_euclid(2 * denominator)).unwrap_or(0)
}
