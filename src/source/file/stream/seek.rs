//! Going back and forth in a stream. Where a container leads is up to it: whoever seeks looks where it came to.

use std::ops::Range;
use std::time::Duration;

use ffmpeg_next::frame;

use super::Stream;
use crate::source::VideoInfo;
use crate::source::file::probe;

impl Stream {
    /// When the first frame is shown, in microseconds, where it does not say so: as many frames before the first that does
    /// as there are between. Some containers cannot hold times before zero. Reads on to that frame.
    pub(in crate::source::file) fn start_by_a_later_frame(mut self, facts: &VideoInfo, usual: Duration) -> i64 {
        const FARTHEST: u32 = 32;
        let mut picture = frame::Video::empty();
        for before in 0..FARTHEST {
            if !self.decode(&mut picture) {
                break;
            }
            if let Some(stamp) = picture.timestamp() {
                let before = i64::try_from((usual * before).as_micros()).unwrap_or(0);
                return probe::micros(stamp, facts.time_base).saturating_sub(before);
            }
        }
        facts.start_us
    }

    /// Decodes up to the next key picture; false if there is none before the end.
    pub(in crate::source::file) fn decode_key(&mut self, picture: &mut frame::Video) -> bool {
        while self.decode(picture) {
            if picture.is_key() {
                return true;
            }
        }
        false
    }

    /// Goes to a key picture at `us` microseconds on the file's clock or before it, if the format lets us.
    pub(in crate::source::file) fn seek(&mut self, us: i64) -> bool {
        self.restart(us, i64::MIN..us.saturating_add(1))
    }

    /// Goes back to the first frame, if the format lets us.
    pub(in crate::source::file) fn seek_to_start(&mut self) -> bool {
        self.restart(0, i64::MIN..i64::MAX)
    }

    fn restart(&mut self, us: i64, range: Range<i64>) -> bool {
        let sought = self.packets.seek(us, range);
        self.decoder.flush();
        self.pending.clear();
        self.head = None;
        (self.draining, self.since_start, self.no_more) = (false, 0, false);
        self.damage.again();
        sought
    }
}
