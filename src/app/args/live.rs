//! Flags for live inputs (cameras, URLs, files played as a camera), shared by every command that reads an input.

use std::time::Duration;

use clap::Args;
use framerace::source::{Input, OpenOptions, Pace};

use super::headings::LIVE;
use super::usage_error::UsageError;
use super::values::{rate, seconds};

#[derive(Args, Clone)]
pub struct LiveArgs {
    /// Let a file, images or synthetic frames play the camera: they come at their own times, or FPS a second, whether they
    /// are read or not
    #[arg(long, value_name = "FPS", num_args = 0..=1, require_equals = true, value_parser = rate,
          help_heading = LIVE)]
    as_camera: Option<Option<f64>>,
    /// Seconds for which a camera or URL that is lost is opened again and again
    #[arg(long, value_name = "S", default_value = "30", value_parser = seconds, help_heading = LIVE, hide_short_help = true)]
    reconnect: Duration,
    /// End when a camera or URL is lost
    #[arg(long, conflicts_with = "reconnect", help_heading = LIVE, hide_short_help = true)]
    no_reconnect: bool,
    /// Seconds that a camera or URL may take to open, and a URL to the next frame
    #[arg(long, value_name = "S", default_value = "10", value_parser = seconds, help_heading = LIVE, hide_short_help = true)]
    timeout: Duration,
}

impl LiveArgs {
    pub fn plays_camera(&self) -> bool {
        self.as_camera.is_some()
    }

    /// `opening` with what these flags say of `input`. Fails when `--as-camera` is given for a live input.
    pub fn opening(self, input: &Input, opening: OpenOptions) -> Result<OpenOptions, UsageError> {
        let as_camera = self.as_camera.map(|rate| rate.map_or(Pace::Own, Pace::Rate));
        if as_camera.is_some() && input.is_live() {
            return Err(UsageError::new(format!("--as-camera: {input} comes by itself already")));
        }
        let reconnect = (!self.no_reconnect).then_some(self.reconnect);
        Ok(OpenOptions { as_camera, timeout: self.timeout, reconnect, ..opening })
    }
}
