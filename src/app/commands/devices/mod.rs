//! `devices`: lists the cameras of this machine, their formats, and what keeps them from being used. Scripts read the list,
//! so having no camera is no error.

pub mod args;

use anyhow::Result;
use framerace::source::{CameraInfo, FormatInfo, SizeInfo, cameras};
use framerace::text::{plain, plain_json};
use serde_json::json;

use self::args::DevicesArgs;
use crate::app::args::command::Command;
use crate::app::results::target::{Target, print};
use crate::app::terminal::stderr::Stderr;

impl Command for DevicesArgs {
    fn execute(self: Box<Self>, _: &Stderr) -> Result<()> {
        let Some(json) = &self.json else { return print(&in_words(&cameras())) };
        let list = serde_json::to_string_pretty(&json!({ "cameras": cameras() }))?;
        Target::open(json)?.write(&(plain_json(&list) + "\n"))
    }
}

const NONE: &str = "\
no camera: there is no /dev/video* that gives pictures
Plug one in. A container must be given it (docker run --device /dev/video0), and
a virtual machine, too. Without one try synthetic:640x480@30x300.
";

fn in_words(cameras: &[CameraInfo]) -> String {
    if cameras.is_empty() {
        return NONE.into();
    }
    let mut text = cameras.iter().map(camera).collect::<Vec<_>>().join("\n");
    if let Some(example) = cameras.iter().find_map(example) {
        text += &format!("\nOne of these modes: framerace run '{example}'\n");
    }
    text
}

fn camera(camera: &CameraInfo) -> String {
    let place = [&camera.driver, &camera.bus].into_iter().flatten().map(|word| format!(" · {}", plain(word)));
    let mut text = format!("camera:{} · {}{}\n", camera.number, plain(&camera.name), place.collect::<String>());
    if let Some(trouble) = &camera.trouble {
        text += &wrapped("  ", "  ", &plain(trouble));
    }
    let (read, other): (Vec<_>, Vec<_>) = camera.formats.iter().partition(|format| format.readable);
    let mut listed: Vec<&[SizeInfo]> = Vec::new();
    for format in &read {
        if !listed.contains(&format.sizes.as_slice()) {
            listed.push(&format.sizes);
            text += &alike(format, &read);
        }
    }
    if !other.is_empty() {
        let names: Vec<_> = other.iter().map(|format| format.name.as_str()).collect();
        text += &wrapped("  not read by framerace: ", "    ", &names.join(", "));
    }
    text
}

/// All formats that have the same sizes as this one, and these sizes.
fn alike(format: &FormatInfo, all: &[&FormatInfo]) -> String {
    let names: Vec<_> = all.iter().filter(|other| other.sizes == format.sizes).map(|one| one.name.as_str()).collect();
    let mut text = wrapped("  ", "  ", &names.join(", "));
    for size in &format.sizes {
        text += &wrapped(&format!("    {:<12}  ", size.size_in_words()), &" ".repeat(18), &size.rates_in_words());
    }
    text
}

/// A mode of a camera that can be used now, as an input.
fn example(camera: &CameraInfo) -> Option<String> {
    let usable = camera.trouble.is_none().then(|| camera.formats.iter().find(|format| format.readable))?;
    let (format, number) = (usable?, camera.number);
    let size = format.sizes.iter().find(|size| (size.width, size.height) == (640, 480)).or(format.sizes.first())?;
    Some(format!("camera:{number}?size={}x{}&format={}", size.width, size.height, format.name))
}

/// Words, wrapped to lines of at most 80 columns.
fn wrapped(first: &str, next: &str, words: &str) -> String {
    let (mut text, mut line) = (String::new(), first.to_owned());
    let mut bare = true;
    for word in words.split(' ') {
        if !bare && line.chars().count() + 1 + word.chars().count() > 80 {
            text += &format!("{line}\n");
            (line, bare) = (next.to_owned(), true);
        }
        line += if bare { "" } else { " " };
        line += word;
        bare = false;
    }
    text + &line + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(name: &str, sizes: &[SizeInfo]) -> FormatInfo {
        let readable = name != "H264";
        FormatInfo { name: name.into(), fourcc: "MADE".into(), readable, sizes: sizes.to_vec() }
    }

    fn size(width: u32, height: u32, fps: &[(u32, u32)]) -> SizeInfo {
        SizeInfo { width, height, min_width: width, min_height: height, fps: fps.to_vec(), any_between: false }
    }

    #[test]
    fn the_list_is_complete_and_fits_80_columns() {
        let sizes = [size(640, 480, &[(30, 1), (15, 1)]), size(1280, 720, &[(30000, 1001)])];
        let many: Vec<_> = (1..40).map(|fps| (fps, 1)).collect();
        let free = CameraInfo {
            number: 0,
            path: "/dev/video0".into(),
            name: "Webcam".into(),
            driver: Some("uvcvideo".into()),
            bus: Some("usb-1".into()),
            trouble: None,
            formats: vec![
                format("yuyv", &sizes),
                format("nv12", &sizes),
                format("mjpeg", &[size(640, 480, &many)]),
                format("H264", &[]),
            ],
        };
        let trouble = Some("busy: ffmpeg (pid 7) uses it; ".to_owned() + &"one program at a time can ".repeat(4));
        let busy = CameraInfo {
            number: 1,
            name: "Web\u{1b}c\nam".into(),
            driver: None,
            bus: None,
            trouble,
            formats: Vec::new(),
            ..free.clone()
        };
        let text = in_words(&[free, busy]);
        for said in [
            "camera:0 · Webcam · uvcvideo · usb-1\n  yuyv, nv12\n    640x480       30, 15 fps\n    1280x720      29.97 fps\n",
            "  mjpeg\n    640x480       1, 2,",
            "not read by framerace: H264",
            "camera:1 · Web\\u{1b}c\\nam\n  busy: ffmpeg (pid 7) uses it",
            "framerace run 'camera:0?size=640x480&format=yuyv'",
        ] {
            assert!(text.contains(said), "{said} in\n{text}");
        }
        assert!((text + &in_words(&[])).lines().all(|line| line.chars().count() <= 80));
    }
}
