//! A screen that nobody sees, and somebody who looks at the windows on it and presses keys.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConnectionExt as _, EventMask, ImageFormat, InputFocus, KEY_PRESS_EVENT,
    KEY_RELEASE_EVENT, MapState, Window,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use super::child::wait_for;
use super::skipped;

/// The screen. Dropped, it is gone.
pub struct Display {
    pub name: String,
    root: Window,
    user: RustConnection,
    server: Child,
}

impl Display {
    /// None, and a loud line, where there is no such server.
    pub fn start() -> Option<Self> {
        let server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1600x1000x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut server) = server else {
            skipped("there is no Xvfb, so no window can be shown");
            return None;
        };
        let mut number = String::new();
        let out = server.stdout.take().expect("a pipe");
        BufReader::new(out).read_line(&mut number).expect("the number of a display");
        let name = format!(":{}", number.trim());
        let (user, screen) = x11rb::connect(Some(&name)).expect("a display");
        let root = user.setup().roots[screen].root;
        Some(Self { name, root, user, server })
    }

    /// Waits for the window whose title begins so, until it can be seen.
    pub fn window(&self, title: &str) -> Window {
        wait_for(|| self.find(self.root, title).filter(|window| self.is_seen(*window)).ok_or("a window"))
    }

    /// Whether there is such a window.
    pub fn has(&self, title: &str) -> bool {
        self.find(self.root, title).is_some()
    }

    fn find(&self, below: Window, title: &str) -> Option<Window> {
        let children = self.user.query_tree(below).ok()?.reply().ok()?.children;
        children.into_iter().find_map(|child| {
            let named = self.user.get_property(false, child, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 99).ok()?.reply();
            let is_it = named.is_ok_and(|name| name.value.starts_with(title.as_bytes()));
            if is_it { Some(child) } else { self.find(child, title) }
        })
    }

    fn is_seen(&self, window: Window) -> bool {
        let about = self.user.get_window_attributes(window).expect("a display").reply();
        about.is_ok_and(|about| about.map_state == MapState::VIEWABLE)
    }

    /// Width and height of a window.
    pub fn size(&self, window: Window) -> (u16, u16) {
        let place = self.user.get_geometry(window).expect("a display").reply().expect("a window");
        (place.width, place.height)
    }

    /// The pixels of a window.
    pub fn picture(&self, window: Window) -> Vec<u8> {
        let (width, height) = self.size(window);
        let image = self.user.get_image(ImageFormat::Z_PIXMAP, window, 0, 0, width, height, !0);
        // It may have become smaller meanwhile.
        image.expect("a display").reply().map_or(Vec::new(), |image| image.data)
    }

    /// Presses the key of a Latin letter, or another one by its number in X.
    pub fn press(&self, window: Window, key: u32) {
        let (first, last) = (self.user.setup().min_keycode, self.user.setup().max_keycode);
        let keys = self.user.get_keyboard_mapping(first, last - first + 1).expect("a display").reply().expect("keys");
        let place = keys.keysyms.iter().position(|symbol| *symbol == key).expect("a key");
        let code = first + u8::try_from(place / usize::from(keys.keysyms_per_keycode)).expect("a key");
        self.user.set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME).expect("a display");
        for kind in [KEY_PRESS_EVENT, KEY_RELEASE_EVENT] {
            self.user.xtest_fake_input(kind, code, x11rb::CURRENT_TIME, self.root, 0, 0, 0).expect("a display");
        }
        self.user.flush().expect("a display");
    }

    /// Asks a window to close, as its frame does when a user clicks there.
    pub fn close(&self, window: Window) {
        let atom = |name: &[u8]| self.user.intern_atom(false, name).expect("a display").reply().expect("an atom").atom;
        let (protocols, close) = (atom(b"WM_PROTOCOLS"), atom(b"WM_DELETE_WINDOW"));
        let message = ClientMessageEvent::new(32, window, protocols, [close, 0, 0, 0, 0]);
        self.user.send_event(false, window, EventMask::NO_EVENT, message).expect("a display");
        self.user.flush().expect("a display");
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
