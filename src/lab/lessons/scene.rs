//! Scenes: the pipeline of a lesson, to be watched while it runs, and the steps that change it. Plain data; knows nothing
//! of what runs and draws it.

use anyhow::{Context, Result, bail};

use crate::frame::Shape;
use crate::source::{Input, SyntheticSpec};

/// A pipeline to be watched. Its filters take a given time (`delay`, `spin`), so that it looks the same on every machine.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Width and height of its frames, in pixels.
    pub size: (i32, i32),
    /// Frame rate of its camera; none where frames come as fast as they are read.
    pub camera: Option<f64>,
    /// The filters.
    pub chain: &'static str,
    /// The steps, in order. The first begins with `threads`, one worker, queues of four frames that drop nothing, and no
    /// filter slowed down, unless it sets something else.
    pub steps: Vec<SceneStep>,
}

/// A step of a scene.
#[derive(Clone, Debug)]
pub struct SceneStep {
    /// What it shows, in a sentence or two, without measured figures.
    pub caption: &'static str,
    /// What is changed.
    pub settings: Vec<Setting>,
}

/// One thing that a step changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Setting {
    /// The strategy, by its name.
    Strategy(&'static str),
    /// The number of workers.
    Workers(usize),
    /// The capacity of each queue, in frames.
    Queue(usize),
    /// The overflow policy of the queue after capture, by its name.
    Overflow(&'static str),
    /// A filter, by its name, and by how many percent it is slowed down.
    Slowed(&'static str, f64),
}

impl Scene {
    /// Reads a scene without its steps: `320x240 CHAIN`, or `320x240@30 CHAIN` with a camera.
    pub(super) fn read(text: &'static str) -> Result<Self> {
        let (frames, chain) = text.split_once(' ').context("a scene has frames and a chain")?;
        let (size, camera) = frames.split_once('@').map_or((frames, None), |(size, rate)| (size, Some(rate)));
        let (width, height) = size.split_once('x').context("a size is WxH")?;
        let camera = camera.map(str::parse).transpose()?;
        Ok(Self { size: (width.parse()?, height.parse()?), camera, chain, steps: Vec::new() })
    }

    /// Synthetic frames for it, more than anybody will watch.
    pub fn frames(&self) -> Input {
        const FOR_DAYS: u64 = 1_000_000_000;
        let (width, height) = self.size;
        Input::Synthetic(SyntheticSpec::new(Shape::bgr(width, height), FOR_DAYS))
    }
}

impl SceneStep {
    /// Reads a step: what it changes, then its caption, as in `workers=2 queue=8 | Two workers.`
    pub(super) fn read(text: &'static str) -> Result<Self> {
        let (settings, caption) = text.split_once("| ").context("a caption stands behind |")?;
        Ok(Self { caption, settings: settings.split_whitespace().map(Setting::read).collect::<Result<_>>()? })
    }
}

impl Setting {
    fn read(text: &'static str) -> Result<Self> {
        let (name, value) = text.split_once('=').context("a setting is name=value")?;
        Ok(match name {
            "strategy" => Self::Strategy(value),
            "workers" => Self::Workers(value.parse()?),
            "queue" => Self::Queue(value.parse()?),
            "overflow" => Self::Overflow(value),
            "slowed" => {
                let (filter, percent) = value.split_once(':').context("a filter is slowed by FILTER:PERCENT")?;
                Self::Slowed(filter, percent.parse()?)
            }
            _ => bail!("there is no setting {name}"),
        })
    }
}
