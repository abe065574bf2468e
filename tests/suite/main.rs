//! The tests of the library and of the program that is built from it, in folders that follow those of `src`. One program,
//! because each one is linked with OpenCV and FFmpeg, which takes seconds and 200 MB. Its tests run at the same time as
//! threads of one process: none may depend on what the process has in all (memory, descriptors, time); such a test is
//! in `tests/alone`.
//!
//!     cargo test --test suite -- batch::        the tests of one folder

#[path = "../common/mod.rs"]
mod common;

mod architecture;
mod boundaries;
mod registry;

/// The README and the book.
mod docs {
    mod book;
    mod links;
    mod pages;
    mod reference;
    mod schema;
}

/// Frames, and the pool of their buffers.
mod frame {
    mod frames;
}

/// Filters, and chains of them as text.
mod filter {
    mod chain;
    mod filters;
}

/// What lies between the stages: queues, and the order that is restored.
mod pipeline {
    mod order;
    mod queue;
}

/// What a run is said to have done, where that is known.
mod metrics {
    mod latency;
    mod ledger;
    mod meters;
    mod trace;
}

/// Every strategy, asked the same questions; worker processes that fail.
mod strategy {
    mod conformance;
    mod inputs;
    mod processes;
    mod provided;
    mod segments;
}

/// What is read, and what comes out of it.
mod source {
    mod damage_is_said;
    mod damaged_videos;
    mod finite_urls;
    mod kept;
    mod luma;
    mod odd_videos;
    mod pipes;
    mod ranges;
    mod sources;
    mod texts;
    mod twins;
}

/// Inputs that do not wait, get lost or never end.
mod live {
    mod arrivals;
    mod compare;
    mod inputs;
    mod policies;
    mod several;
    mod streams;
    mod words;
}

/// Videos that are written, as other programs see them.
mod transcode {
    mod carried;
    mod encoders;
    mod joined;
    mod pass_through;
    mod presented;
    mod reports;
    mod side_information;
    mod video;
}

/// Many files: `framerace batch`.
mod batch {
    mod faults;
    mod films;
    mod folder;
    mod listed;
    mod names;
    mod places;
    mod processes;
    mod shard_faults;
    mod shard_plans;
    mod shards;
    mod shared;
    mod stop;
    mod strategies;
}

/// What a change will give.
mod predict {
    mod changes;
    mod predictions;
}

/// `-s auto`.
mod tune {
    mod auto;
}

/// Comparing, reporting, sweeping, pricing, injecting faults, and lessons.
mod lab {
    mod bottleneck;
    mod capacity;
    mod crash_lab;
    mod demo;
    mod diff;
    mod findings;
    mod formats;
    mod html;
    mod lessons;
    mod lessons_page;
    mod price;
    mod rates;
    mod report;
    mod results;
    mod statistics;
    mod sweep;
    mod sweep_values;
    mod trace;
    mod verdict;
}

/// The program as a user meets it: command line, terminal and window.
mod app {
    mod cli;
    mod completion;
    mod help;
    mod mistakes;
    mod package;
    mod shown;
    mod terminal;
    mod tui;
    mod tui_lessons;
    mod vocabulary;
    mod window;
}
