//! Single streams of another file: which container can hold them, and those that it has in a form of its own.
#![expect(unsafe_code, reason = "tags of codecs, pictures and extra data have no other door")]

use std::slice;

use anyhow::{Result, ensure};
use ffmpeg_next::codec::Id;
use ffmpeg_next::ffi::{AV_INPUT_BUFFER_PADDING_SIZE, AVMediaType, av_mallocz};
use ffmpeg_next::format::context::Output;
use ffmpeg_next::format::stream::{Disposition, Stream, StreamMut};
use ffmpeg_next::{Dictionary, media};

use super::codec::Container;

/// What a cover picture may be in Matroska: which is an attached file of this name and kind.
const COVERS: &[(Id, &str, &str)] = &[(Id::MJPEG, "cover.jpg", "image/jpeg"), (Id::PNG, "cover.png", "image/png")];

/// Why a stream cannot go along, if it cannot, and where it can.
pub(super) fn why_not(stream: &Stream<'_>, container: Container) -> Option<String> {
    let parameters = stream.parameters();
    let (kind, id, index) = (parameters.medium(), parameters.id(), stream.index());
    let what = match kind {
        media::Type::Audio => "sound",
        media::Type::Subtitle => "subtitles",
        media::Type::Attachment => "an attachment",
        media::Type::Video if is_cover(stream) => "a cover picture",
        media::Type::Video => return Some(format!("left out: stream {index}, a second video")),
        _ => "data",
    };
    // SAFETY: a number of a stream whose context is alive.
    let is_empty = kind == media::Type::Audio && unsafe { (*(*stream.as_ptr()).codecpar).sample_rate } == 0;
    if is_empty {
        return Some(format!("left out: stream {index}, sound in {}, of which nothing was found", id.name()));
    }
    if fits(stream, container) {
        return None;
    }
    let tag = tag(stream).escape_ascii().to_string();
    let name = if kind == media::Type::Data && tag.len() == 4 { &tag } else { id.name() };
    let other = Container::ALL.iter().find(|other| fits(stream, **other));
    let other = other.map_or(String::new(), |other| format!("; {} can", other.muxer()));
    Some(format!("left out: stream {index}, {what} in {name}, which {} cannot hold{other}", container.muxer()))
}

/// Whether a container can hold a stream that is copied.
fn fits(stream: &Stream<'_>, container: Container) -> bool {
    let id = stream.parameters().id();
    match stream.parameters().medium() {
        media::Type::Audio => id != Id::None && container.takes_sound(id),
        media::Type::Attachment => container == Container::Mkv,
        // FFmpeg's writer of QuickTime passes over cover pictures.
        media::Type::Video if container == Container::Mkv => COVERS.iter().any(|(cover, ..)| *cover == id),
        media::Type::Video => container == Container::Mp4 && container.takes(id),
        // The telemetry of GoPro cameras is the only data that FFmpeg's writers have a name for.
        media::Type::Data => &tag(stream) == b"gpmd" && container.takes(id),
        _ => id != Id::None && container.takes(id),
    }
}

/// Whether it is a picture or a file that belongs to the whole.
pub(super) fn is_attached(stream: &Stream<'_>) -> bool {
    stream.parameters().medium() == media::Type::Attachment || is_cover(stream)
}

pub(super) fn is_cover(stream: &Stream<'_>) -> bool {
    stream.disposition().contains(Disposition::ATTACHED_PIC)
}

/// The container's own name for what is in a stream.
pub(super) fn tag(stream: &Stream<'_>) -> [u8; 4] {
    // SAFETY: a number of a stream whose context is alive.
    unsafe { (*(*stream.as_ptr()).codecpar).codec_tag }.to_le_bytes()
}

/// What decoders must know before the first packet.
pub(super) fn extra(stream: &Stream<'_>) -> Vec<u8> {
    // SAFETY: the bytes live as long as the stream, and are so many; none where the pointer is null.
    unsafe {
        let parameters = &*(*stream.as_ptr()).codecpar;
        let size = usize::try_from(parameters.extradata_size).unwrap_or(0);
        if parameters.extradata.is_null() {
            Vec::new()
        } else {
            slice::from_raw_parts(parameters.extradata, size).to_vec()
        }
    }
}

/// Attaches a cover picture to Matroska as a file. Returns the number of its stream.
pub(super) fn attach_cover(output: &mut Output, stream: &Stream<'_>) -> Result<usize> {
    let id = stream.parameters().id();
    let mut new = output.add_stream(None::<ffmpeg_next::Codec>)?;
    let mut tags = Dictionary::new();
    for (_, name, kind) in COVERS.iter().filter(|(cover, ..)| *cover == id) {
        tags.set("filename", name);
        tags.set("mimetype", kind);
    }
    new.set_metadata(tags);
    // SAFETY: the picture lives as long as its stream and has `size` bytes; the parameters of the new stream are ours alone,
    // have no extra data yet, and take over what is allocated here with the padding that FFmpeg asks for.
    unsafe {
        let (picture, parameters) = (&(*stream.as_ptr()).attached_pic, (*new.as_mut_ptr()).codecpar);
        let size = usize::try_from(picture.size)?;
        let file: *mut u8 = av_mallocz(size + AV_INPUT_BUFFER_PADDING_SIZE as usize).cast();
        ensure!(!file.is_null() && !picture.data.is_null(), "cannot copy a cover picture");
        picture.data.copy_to_nonoverlapping(file, size);
        ((*parameters).extradata, (*parameters).extradata_size) = (file, picture.size);
        ((*parameters).codec_type, (*parameters).codec_id) = (AVMediaType::AVMEDIA_TYPE_ATTACHMENT, id.into());
    }
    Ok(new.index())
}

pub(super) fn copy_disposition(from: &Stream<'_>, to: &mut StreamMut<'_>) {
    // SAFETY: a field of a stream that nobody else holds.
    unsafe { (*to.as_mut_ptr()).disposition = (*from.as_ptr()).disposition };
}

/// What a packet of AAC says of its sound, if it has a head of its own: profile, rate and channels (ISO 13818-7, 6.2).
pub(super) fn adts(packet: &[u8]) -> Option<[u8; 2]> {
    match packet {
        [0xff, sync, what, channels, ..] if sync & 0xf6 == 0xf0 => Some([what & 0xfd, channels & 0xc0]),
        _ => None,
    }
}
