//! V4L2 devices: which there are, what they offer, and how one is set. The only door to linuxvideo; which mode is wanted is
//! not decided here.

use std::collections::BTreeSet;
use std::fs::read_dir;
use std::io;
use std::path::Path;

use linuxvideo::format::{Format, FrameIntervals, FrameSizes, PixFormat, PixelFormat};
use linuxvideo::{BufType, CapabilityFlags, Device, Fract, VideoCaptureDevice};
use procfs::process::{FDTarget, Process, all_processes};
use serde::Serialize;

use super::modes::{FormatInfo, Mode, SizeInfo, fps};
use super::pixels::CameraFormat;
use super::spec::CameraSpec;

/// A camera, or what keeps us from it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CameraInfo {
    /// Its number, as in camera:0.
    pub number: u32,
    /// Where the system has it.
    pub path: String,
    /// What its maker calls it.
    pub name: String,
    /// The driver; none where the camera could not be opened.
    pub driver: Option<String>,
    /// Where it is plugged in; none where the camera could not be opened.
    pub bus: Option<String>,
    /// Why it cannot be used now; none where it can.
    pub trouble: Option<String>,
    /// What it offers.
    pub formats: Vec<FormatInfo>,
}

/// Why a camera cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error(
        "no such device ({path} is not there); `framerace devices` lists those that are. Without one try \
         synthetic:640x480@30x300"
    )]
    Missing { path: String },
    #[error("not permitted to use {path}; join the group that may: sudo usermod -aG video $USER, then log in again")]
    NotPermitted { path: String },
    #[error("busy: {} uses it; one program at a time can", who.as_deref().unwrap_or("another program"))]
    Busy { who: Option<String> },
    #[error("{path} is no camera; `framerace devices` lists those that are")]
    NoCamera { path: String },
    #[error("cannot use {path}: {reason}")]
    Other { path: String, reason: String },
}

impl Refusal {
    /// What an error of the system means.
    pub(super) fn of(error: &io::Error, path: &str) -> Self {
        let path = path.to_owned();
        match error.raw_os_error() {
            Some(libc::ENOENT | libc::ENODEV | libc::ENXIO) => Self::Missing { path },
            Some(libc::EACCES | libc::EPERM) => Self::NotPermitted { path },
            Some(libc::EBUSY) => Self::Busy { who: holder(Path::new(&path)) },
            Some(libc::ENOTTY) => Self::NoCamera { path },
            _ => Self::Other { path, reason: error.to_string() },
        }
    }
}

/// Opens a camera.
pub(super) fn open(spec: &CameraSpec) -> Result<Device, Refusal> {
    let path = spec.path();
    let refused = |error: io::Error| Refusal::of(&error, &path);
    let device = Device::open(&path).map_err(refused)?;
    let captures = capabilities(&device).map_err(refused)?.contains(CapabilityFlags::VIDEO_CAPTURE);
    if captures { Ok(device) } else { Err(Refusal::NoCamera { path }) }
}

fn capabilities(device: &Device) -> io::Result<CapabilityFlags> {
    Ok(device.capabilities()?.device_capabilities())
}

/// The name of the driver.
pub(super) fn driver(device: &Device) -> String {
    device.capabilities().map_or_else(|_| "unknown driver".into(), |found| found.driver().to_owned())
}

/// The numbers of all video devices, which need not be cameras: to ask each takes its time.
pub(super) fn numbers() -> BTreeSet<u32> {
    let names = read_dir("/dev").into_iter().flatten().flatten().map(|entry| entry.file_name());
    names.filter_map(|name| name.to_str()?.strip_prefix("video")?.parse().ok()).collect()
}

/// Every camera, by number; devices that are none are left out.
pub(super) fn all() -> Vec<CameraInfo> {
    numbers().into_iter().filter_map(|number| facts(&CameraSpec::new(number))).collect()
}

fn facts(spec: &CameraSpec) -> Option<CameraInfo> {
    // The kernel tells the name even where the device itself may not be opened.
    let name = std::fs::read_to_string(format!("/sys/class/video4linux/video{}/name", spec.number));
    let name = name.map_or_else(|_| "unknown".into(), |name| name.trim().to_owned());
    let unknown = CameraInfo { number: spec.number, path: spec.path(), name, ..CameraInfo::default() };
    let device = match open(spec) {
        Ok(device) => device,
        Err(Refusal::NoCamera { .. }) => return None,
        Err(refusal) => return Some(CameraInfo { trouble: Some(refusal.to_string()), ..unknown }),
    };
    let found = device.capabilities().ok();
    Some(CameraInfo {
        driver: found.as_ref().map(|found| found.driver().to_owned()),
        bus: found.as_ref().map(|found| found.bus_info().to_owned()),
        formats: offers(&device),
        trouble: trouble(device, &spec.path()),
        ..unknown
    })
}

/// Why it cannot be used now. Setting the format it has changes nothing, and is refused while another program streams.
fn trouble(device: Device, path: &str) -> Option<String> {
    let set = device.format(BufType::VIDEO_CAPTURE).and_then(|format| match format {
        Format::VideoCapture(format) => device.video_capture(format),
        _ => Err(io::ErrorKind::Unsupported.into()),
    });
    Some(Refusal::of(&set.err()?, path).to_string())
}

/// What a camera offers.
pub(super) fn offers(device: &Device) -> Vec<FormatInfo> {
    let formats = device.formats(BufType::VIDEO_CAPTURE).flatten();
    let offer = |format: linuxvideo::format::FormatDesc| {
        let pixels = format.pixel_format();
        let fourcc = in_letters(pixels);
        let ours = CameraFormat::of_fourcc(pixels.as_fourcc());
        FormatInfo {
            name: ours.map_or_else(|| fourcc.trim().to_owned(), |ours| ours.to_string()),
            readable: ours.is_some(),
            // Hundreds of questions for formats that nobody here can read.
            sizes: if ours.is_some() { sizes(device, pixels) } else { Vec::new() },
            fourcc,
        }
    };
    formats.map(offer).collect()
}

/// V4L2's name of a format. Its highest bit says that the bytes come in the other order.
fn in_letters(pixels: PixelFormat) -> String {
    let letters = pixels.as_fourcc().map(|letter| char::from(letter & 0x7f));
    let order = if pixels.as_fourcc()[3] < 0x80 { "" } else { "-BE" };
    letters.iter().collect::<String>() + order
}

fn sizes(device: &Device, pixels: PixelFormat) -> Vec<SizeInfo> {
    let size = |(min_width, min_height), (width, height)| {
        let (fps, any_between) = rates(device, pixels, width, height);
        SizeInfo { width, height, min_width, min_height, fps, any_between }
    };
    match device.frame_sizes(pixels) {
        Ok(FrameSizes::Discrete(all)) => {
            all.iter().map(|one| (one.width(), one.height())).map(|one| size(one, one)).collect()
        }
        Ok(FrameSizes::Stepwise(all) | FrameSizes::Continuous(all)) => {
            vec![size((all.min_width(), all.min_height()), (all.max_width(), all.max_height()))]
        }
        // Some say nothing of sizes, such as those of television; then there is the one that is set.
        Err(_) => match device.format(BufType::VIDEO_CAPTURE) {
            Ok(Format::VideoCapture(set)) => vec![size((set.width(), set.height()), (set.width(), set.height()))],
            _ => Vec::new(),
        },
    }
}

/// Frames and seconds of each rate, the highest first, and whether there is everything between.
fn rates(device: &Device, pixels: PixelFormat, width: u32, height: u32) -> (Vec<(u32, u32)>, bool) {
    let rate = |interval: &Fract| (interval.denominator(), interval.numerator().max(1));
    match device.frame_intervals(pixels, width, height) {
        Ok(FrameIntervals::Discrete(all)) => {
            let mut rates: Vec<_> = all.iter().map(|one| rate(one.fract())).collect();
            rates.sort_by(|one, other| fps(*other).total_cmp(&fps(*one)));
            rates.dedup();
            (rates, false)
        }
        Ok(FrameIntervals::Stepwise(all) | FrameIntervals::Continuous(all)) => {
            (vec![rate(all.min()), rate(all.max())], true)
        }
        Err(_) => (Vec::new(), false),
    }
}

/// A camera that is set, and to what: the driver has the last word.
pub(super) struct Set {
    pub device: VideoCaptureDevice,
    pub width: u32,
    pub height: u32,
    pub fourcc: [u8; 4],
    /// Bytes from one row to the next.
    pub stride: u32,
    /// Frames a second, where the driver says so.
    pub fps: Option<f64>,
}

/// Sets a camera.
pub(super) fn set(device: Device, mode: &Mode) -> io::Result<Set> {
    let wanted = PixFormat::new(mode.width, mode.height, PixelFormat::from_fourcc(mode.fourcc));
    let device = device.video_capture(wanted)?;
    let interval = mode.rate.map(|(frames, seconds)| Fract::new(seconds.max(1), frames.max(1)));
    // Some drivers have no say in their rate.
    let given = interval.and_then(|interval| device.set_frame_interval(interval).ok());
    let given = given.filter(|given| given.numerator() > 0 && given.denominator() > 0);
    let format = device.format();
    Ok(Set {
        width: format.width(),
        height: format.height(),
        fourcc: format.pixel_format().as_fourcc(),
        stride: format.bytes_per_line(),
        fps: given.map(|interval| fps((interval.denominator(), interval.numerator()))),
        device,
    })
}

/// The first other program that has a device open, as far as we may see.
fn holder(path: &Path) -> Option<String> {
    let holds = |process: &Process| {
        let open = process.fd().into_iter().flatten().flatten();
        open.into_iter().any(|fd| matches!(fd.target, FDTarget::Path(at) if at == path))
    };
    let ours = i32::try_from(std::process::id()).ok();
    let others = all_processes().ok()?.flatten().filter(|process| Some(process.pid()) != ours);
    let process = others.into_iter().find(holds)?;
    Some(format!("{} (pid {})", process.stat().ok()?.comm, process.pid()))
}
