//! What ffprobe says of a video, asked once: its streams, the frames and packets of all of them, and its chapters.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The answer, in ffprobe's own words.
pub struct Probe(Value);

const ENTRIES: &str = "stream=index,codec_type,codec_name,start_time,duration\
    :frame=stream_index,best_effort_timestamp_time,pts_time,pkt_duration_time\
    :packet=stream_index,pts_time\
    :chapter=start_time,end_time:chapter_tags=title";

impl Probe {
    pub fn of(path: &Path) -> Self {
        let output =
            Command::new("ffprobe").args(["-v", "quiet", "-of", "json", "-show_entries", ENTRIES]).arg(path).output();
        let output = output.expect("ffprobe comes with ffmpeg").stdout;
        Self(serde_json::from_slice(&output).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    }

    fn list(&self, name: &str) -> impl Iterator<Item = &Value> {
        self.0[name].as_array().into_iter().flatten()
    }

    /// The streams of a kind (`video`, `audio`, `subtitle`), each once, in order.
    pub fn streams(&self, kind: &str) -> Vec<&Value> {
        self.list("streams").filter(|stream| stream["codec_type"] == kind).collect()
    }

    /// The stream with this number.
    pub fn stream(&self, index: u64) -> Option<&Value> {
        self.list("streams").find(|stream| stream["index"] == index)
    }

    /// The frames of a stream, in the order they are shown.
    pub fn frames(&self, stream: u64) -> impl Iterator<Item = &Value> {
        self.of_stream("frame", stream)
    }

    /// The packets of a stream, in the order of the file.
    pub fn packets(&self, stream: u64) -> impl Iterator<Item = &Value> {
        self.of_stream("packet", stream)
    }

    fn of_stream(&self, kind: &str, stream: u64) -> impl Iterator<Item = &Value> {
        self.list("packets_and_frames").filter(move |entry| entry["type"] == kind && entry["stream_index"] == stream)
    }

    /// The chapters: when each begins and ends, and what it is called.
    pub fn chapters(&self) -> Vec<&Value> {
        self.list("chapters").collect()
    }
}

/// The number of a stream.
pub fn index(stream: &Value) -> u64 {
    stream["index"].as_u64().expect("every stream has a number")
}

/// A time in seconds; none where ffprobe knows none.
pub fn seconds(entry: &Value, field: &str) -> Option<f64> {
    entry[field].as_str()?.parse().ok()
}
