//! What a video file says of itself, and what its first pictures have beside them, for a reader that learns neither.

use anyhow::Result;

use super::side_data::has_captions;
use super::{Address, File};
use crate::source::{OpenOptions, Source, VideoInfo};

/// So many pictures are looked at: captions of broadcasts are in each.
const PICTURES: u32 = 25;

/// What a file says of its pictures, and whether there are captions in them.
pub(in crate::source) fn glance(address: Address, opening: &OpenOptions) -> Result<(Option<VideoInfo>, bool)> {
    let mut file = File::open(address, opening)?;
    let facts = file.info().video.clone();
    for _ in 0..PICTURES {
        if !file.decode()? {
            break;
        }
        if has_captions(&file.picture) {
            return Ok((facts, true));
        }
    }
    Ok((facts, false))
}
