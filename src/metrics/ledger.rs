//! Where every frame went: captured = delivered + dropped + failed, delivered = new + duplicate; and of what was
//! dropped, where and by which policy.
//!
//! Each number is counted where it happens, none is computed from the others, so that the balance is a real check.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use parking_lot::Mutex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::gaps::Gaps;
use super::stage_name;

/// Counters of a run that goes on; shared by all its threads.
#[derive(Debug, Default)]
pub struct Ledger {
    captured: AtomicU64,
    repeated: AtomicU64,
    delivered: AtomicU64,
    duplicate: AtomicU64,
    dropped: AtomicU64,
    at_stop: AtomicU64,
    failed: AtomicU64,
    unread: AtomicU64,
    places: Mutex<Vec<Arc<DropPlace>>>,
    gaps: Gaps,
}

/// A place where frames may be dropped, and the policy that says so.
#[derive(Debug)]
pub struct DropPlace {
    name: String,
    policy: &'static str,
    frames: AtomicU64,
}

/// The ledger of a finished run, in frames.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LedgerReport {
    /// Frames the source handed over, and those taken a second time (`repeated`).
    pub captured: u64,
    /// Times the newest frame was taken once more because there was no newer one, as `latest` does (part of `captured`).
    #[serde(default)]
    pub repeated: u64,
    /// Frames the sink took.
    pub delivered: u64,
    /// Delivered frames that repeated the one delivered before (part of `delivered`).
    pub duplicate: u64,
    /// Frames dropped on the way: by an overflow policy, or in flight when the run was stopped.
    pub dropped: u64,
    /// Where they were dropped, and why; their sum is `dropped`. Empty in results from before that was noted.
    #[serde(default)]
    pub drops: Vec<Drops>,
    /// Frames a filter could not do.
    pub failed: u64,
    /// Frames that the driver, or the pace of the source, lost before we could capture them (not part of `captured`).
    #[serde(default, alias = "missed")]
    pub unread: u64,
}

/// Frames that were dropped at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Drops {
    /// A queue or a stage; `in flight` for frames that were in flight at the stop.
    #[serde(deserialize_with = "stage_name::of_any_version")]
    pub place: String,
    /// The overflow policy; `stop` for frames that were in flight then.
    pub policy: String,
    /// How many.
    pub frames: u64,
}

/// The place and the policy by which frames that were in flight at the stop are reported.
const AT_STOP: (&str, &str) = ("in flight", "stop");

impl Ledger {
    /// A frame came out of the source.
    pub fn capture(&self) {
        add(&self.captured);
    }

    /// A frame that came out of the source was read ahead, and is not wanted there.
    pub fn withdraw(&self) {
        self.captured.fetch_sub(1, Relaxed);
    }

    /// A frame was taken by the sink.
    pub fn deliver(&self) {
        add(&self.delivered);
    }

    /// The next frame for the sink repeats the one before.
    pub fn duplicate(&self) {
        add(&self.duplicate);
    }

    /// The last frame was captured and delivered a second time.
    pub fn repeat(&self) {
        [&self.captured, &self.repeated, &self.duplicate, &self.delivered].into_iter().for_each(add);
    }

    /// A place where this policy may drop frames.
    pub fn place(&self, name: &str, policy: &'static str) -> Arc<DropPlace> {
        let place = Arc::new(DropPlace { name: name.to_owned(), policy, frames: AtomicU64::new(0) });
        self.places.lock().push(Arc::clone(&place));
        place
    }

    /// The policy of a place dropped the frame with this number, which will not arrive.
    pub fn drop_at(&self, place: &DropPlace, number: u64) {
        self.gaps.add(number);
        add(&place.frames);
        add(&self.dropped);
    }

    /// A frame in flight was dropped, because the run was stopped.
    pub fn drop_at_stop(&self) {
        add(&self.at_stop);
        add(&self.dropped);
    }

    /// The numbers of the frames dropped by policies since this was asked last.
    pub fn take_gaps(&self) -> Vec<Range<u64>> {
        self.gaps.take()
    }

    /// A filter could not do a frame.
    pub fn fail(&self) {
        add(&self.failed);
    }

    /// So many frames were lost so far before they could be captured.
    pub fn set_unread(&self, frames: u64) {
        self.unread.store(frames, Relaxed);
    }

    /// Frames delivered so far.
    pub fn delivered(&self) -> u64 {
        self.delivered.load(Relaxed)
    }

    /// Frames delivered so far that were new.
    pub fn new_frames(&self) -> u64 {
        self.delivered().saturating_sub(self.duplicate.load(Relaxed))
    }

    /// The counts so far.
    pub fn report(&self) -> LedgerReport {
        let places = self.places.lock();
        let at = |place: &Arc<DropPlace>| (place.name.clone(), place.policy.to_owned(), place.frames.load(Relaxed));
        let (stop, why) = AT_STOP;
        let at_stop = (stop.to_owned(), why.to_owned(), self.at_stop.load(Relaxed));
        let drops = places.iter().map(at).chain([at_stop]).filter(|(.., frames)| *frames > 0);
        LedgerReport {
            captured: self.captured.load(Relaxed),
            repeated: self.repeated.load(Relaxed),
            delivered: self.delivered.load(Relaxed),
            duplicate: self.duplicate.load(Relaxed),
            dropped: self.dropped.load(Relaxed),
            drops: drops.map(|(place, policy, frames)| Drops { place, policy, frames }).collect(),
            failed: self.failed.load(Relaxed),
            unread: self.unread.load(Relaxed),
        }
    }
}

fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Relaxed);
}

impl LedgerReport {
    /// Whether every captured frame is accounted for, and every dropped one has its place.
    pub fn balances(&self) -> bool {
        let placed: u64 = self.drops.iter().map(|drops| drops.frames).sum();
        self.captured == self.delivered + self.dropped + self.failed
            && self.duplicate <= self.delivered
            && self.dropped == placed
    }

    /// What came since an earlier moment of the same run.
    pub(super) fn since(&self, earlier: &Self) -> Self {
        let before = |drops: &Drops| {
            let same = |other: &&Drops| other.place == drops.place && other.policy == drops.policy;
            earlier.drops.iter().find(same).map_or(0, |drops| drops.frames)
        };
        let new = |drops: &Drops| Drops { frames: drops.frames.saturating_sub(before(drops)), ..drops.clone() };
        Self {
            captured: self.captured.saturating_sub(earlier.captured),
            repeated: self.repeated.saturating_sub(earlier.repeated),
            delivered: self.delivered.saturating_sub(earlier.delivered),
            duplicate: self.duplicate.saturating_sub(earlier.duplicate),
            dropped: self.dropped.saturating_sub(earlier.dropped),
            drops: self.drops.iter().map(new).filter(|drops| drops.frames > 0).collect(),
            failed: self.failed.saturating_sub(earlier.failed),
            unread: self.unread.saturating_sub(earlier.unread),
        }
    }

    /// Delivered frames that were new: what FPS counts.
    pub fn new_frames(&self) -> u64 {
        self.delivered - self.duplicate.min(self.delivered)
    }

    /// Frames that came from the source, including those that were not read in time.
    pub fn came(&self) -> u64 {
        self.captured.saturating_sub(self.repeated) + self.unread
    }

    /// Frames that came and were not delivered, wherever they were lost; without those in flight when the run was stopped.
    pub fn lost(&self) -> u64 {
        self.unread + self.dropped_by_policy() + self.failed
    }

    /// The share of lost frames in those that came, 0 to 1.
    pub fn lost_share(&self) -> f64 {
        self.lost() as f64 / self.came().max(1) as f64
    }

    /// The share of `frames` in those captured from the source, 0 to 1.
    pub fn share(&self, frames: u64) -> f64 {
        frames as f64 / self.captured.saturating_sub(self.repeated).max(1) as f64
    }

    /// Frames dropped because a policy said so.
    pub fn dropped_by_policy(&self) -> u64 {
        self.drops.iter().filter(|drops| drops.is_by_policy()).map(|drops| drops.frames).sum()
    }
}

impl Drops {
    /// Whether a policy dropped them, rather than the end of the run.
    pub fn is_by_policy(&self) -> bool {
        self.policy != AT_STOP.1
    }
}
