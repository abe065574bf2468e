//! What a video says of itself in words: tags, chapters and dispositions. Which of them go along, where the container has a
//! place for them, and which are not found in the file that was written.

use ffmpeg_next::codec::packet::side_data::Type as SideDataType;
use ffmpeg_next::format::context::Input;
use ffmpeg_next::format::stream::Disposition;
use ffmpeg_next::{Dictionary, DictionaryRef};

use super::codec::Container;
use crate::source::SideData;

/// How tags begin that are about the old file, its container or its encoder only.
const TECHNICAL: &[&str] = &[
    "_statistics",
    "alpha_mode",
    "bps",
    "compatible_brands",
    "duration",
    "encoder",
    "handler_name",
    "major_brand",
    "minor_version",
    "number_of_",
    "rotate",
    "stereo_mode",
    "timecode",
    "variant_bitrate",
    "vendor_id",
];

/// The tags of a file that MPEG-4 has a place of its own for, which players know.
const IN_MP4: &[&str] = &[
    "album",
    "album_artist",
    "artist",
    "comment",
    "compilation",
    "composer",
    "copyright",
    "creation_time",
    "date",
    "description",
    "disc",
    "episode_id",
    "episode_sort",
    "gapless_playback",
    "genre",
    "grouping",
    "hd_video",
    "keywords",
    "location",
    "lyrics",
    "media_type",
    "network",
    "season_number",
    "show",
    "synopsis",
    "title",
    "track",
];

/// As [`IN_MP4`], of QuickTime.
const IN_MOV: &[&str] = &[
    "album",
    "artist",
    "author",
    "comment",
    "copyright",
    "creation_time",
    "date",
    "genre",
    "keywords",
    "location",
    "make",
    "model",
    "title",
];

/// Those tags of a file that are about what it shows.
pub(super) fn of_file(said: &DictionaryRef<'_>) -> Dictionary<'static> {
    only(said, |key| !is_technical(key) && !is_translation(said, key))
}

/// Those tags of a stream that are about what it shows, whatever encodes it.
pub(super) fn of_pictures(said: &DictionaryRef<'_>) -> Dictionary<'static> {
    only(said, |key| !is_technical(key) || key.eq_ignore_ascii_case("handler_name"))
}

/// Those tags that `wanted` says yes to.
pub(super) fn only(said: &DictionaryRef<'_>, wanted: impl Fn(&str) -> bool) -> Dictionary<'static> {
    let mut kept = Dictionary::new();
    said.iter().filter(|(key, _)| wanted(key)).for_each(|(key, value)| kept.set(key, value));
    kept
}

/// Whether tags of a file need the list that MPEG-4 and QuickTime have for tags of any name, such as those of phones.
/// FFmpeg writes that list or the usual places, not both.
pub(super) fn need_names(said: &DictionaryRef<'_>, container: Container) -> bool {
    let places = match container {
        Container::Mp4 => IN_MP4,
        Container::Mov => IN_MOV,
        Container::Mkv | Container::Webm => return false,
    };
    said.iter().any(|(key, _)| !places.iter().any(|place| place.eq_ignore_ascii_case(key)))
}

fn is_technical(key: &str) -> bool {
    TECHNICAL.iter().any(|begin| key.get(..begin.len()).is_some_and(|start| start.eq_ignore_ascii_case(begin)))
}

/// Whether this is `title-eng` beside `title`, as FFmpeg shows tags that say their language.
fn is_translation(said: &DictionaryRef<'_>, key: &str) -> bool {
    key.rsplit_once('-').is_some_and(|(base, language)| language.len() == 3 && said.get(base).is_some())
}

/// What a new file should say of itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    /// Keys of tags with their values, of a stream or of the file.
    tags: Vec<(Option<usize>, String, String)>,
    dispositions: Vec<(usize, Disposition)>,
    pub chapters: usize,
    /// Beside the pictures, and where it can be kept.
    side_data: Vec<(&'static str, SideDataType, Option<Container>)>,
}

impl Said {
    /// Tags of this stream, or of the file, that a user may miss.
    pub(super) fn expect(&mut self, stream: Option<usize>, tags: &DictionaryRef<'_>) {
        let absent = |(key, value): &(&str, &str)| {
            let technical = is_technical(key) && !key.eq_ignore_ascii_case("timecode");
            let of_container = stream.is_some() && (*key == "creation_time" || (*key, *value) == ("language", "und"));
            !technical && !of_container
        };
        self.tags.extend(tags.iter().filter(absent).map(|(key, value)| (stream, key.into(), value.into())));
    }

    /// What this stream is for.
    pub(super) fn expect_disposition(&mut self, stream: usize, disposition: Disposition) {
        self.dispositions.push((stream, disposition));
    }

    /// What stands beside the pictures.
    pub(super) fn expect_side_data(&mut self, data: &SideData) {
        let keeper = match data.kind {
            SideDataType::ICC_PROFILE => Some(Container::Mov),
            _ => (!data.bytes.is_empty()).then_some(Container::Mkv),
        };
        self.side_data.push((data.name, data.kind, keeper));
    }

    /// Whether this stands beside the pictures.
    pub(super) fn has(&self, kind: SideDataType) -> bool {
        self.side_data.iter().any(|(_, there, _)| *there == kind)
    }

    /// What a file in this container does not say that it should, and which container can.
    pub(super) fn missing(&self, input: &Input, container: Container) -> Vec<String> {
        let there = |kind| input.stream(0).is_some_and(|stream| stream.side_data().any(|data| data.kind() == kind));
        let words = Some(self.missing_words(input)).filter(|lost| !lost.is_empty());
        let words = words.map(|lost| (lost.join(", "), Some(Container::Mkv)));
        let side_data = self.side_data.iter().filter(|(_, kind, _)| !there(*kind));
        let lost = words.into_iter().chain(side_data.map(|(name, _, keeper)| ((*name).into(), *keeper)));
        let say = |(lost, keeper): (String, Option<Container>)| {
            let hint = keeper.filter(|keeper| *keeper != container).map(|keeper| format!("; {} can", keeper.muxer()));
            format!("{} cannot hold {lost}{}", container.muxer(), hint.unwrap_or_default())
        };
        lost.map(say).collect()
    }

    fn missing_words(&self, input: &Input) -> Vec<String> {
        let has = |stream: Option<usize>, key: &str, value: &str| match stream.map(|index| input.stream(index)) {
            None => input.metadata().get(key).is_some(),
            Some(None) => false,
            // Of a language that a container cannot hold it says another.
            Some(Some(stream)) => stream.metadata().get(key).is_some_and(|is| key != "language" || is == value),
        };
        let of = |stream: &Option<usize>| stream.map_or(String::new(), |index| format!(" of stream {index}"));
        let tags = self.tags.iter().filter(|(stream, key, value)| !has(*stream, key, value));
        let mut lost: Vec<_> = tags.map(|(stream, key, _)| format!("{key}{}", of(stream))).collect();
        for (index, should) in &self.dispositions {
            let is = input.stream(*index).map_or(Disposition::empty(), |stream| stream.disposition());
            let names = (*should - is).iter_names().map(|(name, _)| name.to_ascii_lowercase());
            lost.extend(names.map(|name| format!("{name} of stream {index}")));
        }
        let chapters = self.chapters.saturating_sub(input.nb_chapters() as usize);
        lost.extend((chapters > 0).then(|| format!("{chapters} of {} chapters", self.chapters)));
        lost
    }
}
