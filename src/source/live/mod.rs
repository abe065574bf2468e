//! Sources whose frames come when they come: paced, lost and found again, and the buffer between their thread and us.

pub(in crate::source) mod connection;
pub(in crate::source) mod lost;
pub(in crate::source) mod paced;
pub(in crate::source) mod reconnect;
pub(in crate::source) mod ring;
