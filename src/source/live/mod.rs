//! Sources whose frames come by themselves.
//!
//! - `paced`: `--as-camera`, a file that plays a camera
//! - `reconnect`: a camera or URL as its reader sees it; `connection`: the thread that reads it and opens it again;
//!   `health`: what that thread tells; `backoff`: its pauses between attempts
//! - `ring`: the few frames that wait between a thread and its reader
//! - `lost`: why a live source gives no more frames

pub(super) mod backoff;
mod connection;
mod health;
pub(super) mod lost;
pub(super) mod paced;
pub(super) mod reconnect;
mod ring;
