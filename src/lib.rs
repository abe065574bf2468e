//! framerace runs a video through one chain of OpenCV filters with every concurrency strategy, proves that all of
//! them made the same pixels, measures them, and names what holds each one back.
#![warn(missing_docs)]

pub mod frame;
pub mod source;

pub mod channel;
pub mod filter;
pub mod strategy;

pub mod reorder;
pub mod sink;

pub mod measure;

pub mod compare;
pub mod machine;
pub mod report;

pub mod globals;
