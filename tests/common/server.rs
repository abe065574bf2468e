//! A network camera of our own: a stream of JPEG images over HTTP, on this machine, which does what a test wants.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::Duration;

use opencv::core::{CV_8UC3, Mat, Scalar, Vector};
use opencv::imgcodecs::imencode_def;
use parking_lot::Mutex;

/// What it does with who connects.
#[derive(Clone, Copy)]
pub enum Manner {
    /// Sends frames of this size, so many, and then ends or is silent.
    Frames { width: i32, height: i32, count: u64, then_silent: bool },
    /// The same, but every fifth frame is no picture.
    Broken { count: u64 },
    /// Accepts, and says nothing.
    Silent,
    /// Answers with this text.
    Says(&'static str),
}

/// The camera. Dropped, it is gone: the connections are cut, and nobody listens any more.
pub struct Camera {
    pub address: SocketAddr,
    pub sent: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Camera {
    pub fn start(manner: Manner) -> Self {
        Self::at("127.0.0.1:0".parse().expect("an address"), manner)
    }

    /// The same place again, for one that comes back.
    pub fn at(address: SocketAddr, manner: Manner) -> Self {
        Self::at_most(usize::MAX, address, manner)
    }

    /// One that is gone for good after so many have connected.
    pub fn for_connections(connections: usize, manner: Manner) -> Self {
        Self::at_most(connections, "127.0.0.1:0".parse().expect("an address"), manner)
    }

    fn at_most(most: usize, address: SocketAddr, manner: Manner) -> Self {
        let listener = TcpListener::bind(address).expect("a port");
        let address = listener.local_addr().expect("an address");
        listener.set_nonblocking(true).expect("a listener");
        let (stop, sent) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let (ended, count) = (Arc::clone(&stop), Arc::clone(&sent));
        let thread = spawn(move || {
            let mut connections = Vec::new();
            while !ended.load(SeqCst) && connections.len() < most {
                if let Ok((stream, _)) = listener.accept() {
                    let (ended, count) = (Arc::clone(&ended), Arc::clone(&count));
                    connections.push(spawn(move || serve(stream, manner, &ended, &count)));
                }
                sleep(Duration::from_millis(2));
            }
            drop(listener);
            connections.into_iter().for_each(|connection| connection.join().expect("it ends"));
        });
        Self { address, sent, stop, threads: vec![thread] }
    }

    /// Whether all connections that it takes have been made and closed.
    pub fn is_over(&self) -> bool {
        self.threads.iter().all(JoinHandle::is_finished)
    }

    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        self.stop.store(true, SeqCst);
        self.threads.drain(..).for_each(|thread| thread.join().expect("it ends"));
    }
}

fn serve(mut stream: TcpStream, manner: Manner, stop: &AtomicBool, sent: &AtomicU64) {
    stream.set_nonblocking(false).expect("a stream");
    stream.set_read_timeout(Some(Duration::from_millis(200))).expect("a stream");
    // A viewer says first what it wants; what that is does not matter.
    let _ = stream.read(&mut [0; 4096]);
    let mut silence = true;
    let broken = matches!(manner, Manner::Broken { .. });
    let manner = match manner {
        Manner::Broken { count } => Manner::Frames { width: 64, height: 48, count, then_silent: false },
        other => other,
    };
    match manner {
        Manner::Broken { .. } | Manner::Silent => {}
        Manner::Says(text) => {
            let _ = stream.write_all(text.as_bytes());
            silence = false;
        }
        Manner::Frames { width, height, count, then_silent } => {
            let head = "HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n";
            let mut going = stream.write_all(head.as_bytes()).is_ok();
            for number in 0..count {
                if !going || stop.load(SeqCst) {
                    break;
                }
                let mut image = jpeg(width, height, number);
                if broken && number % 5 == 4 {
                    image[2..].fill(0);
                }
                let part = format!("--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n", image.len());
                going = [part.as_bytes(), &image, b"\r\n"].iter().all(|bytes| stream.write_all(bytes).is_ok());
                sent.fetch_add(u64::from(going), SeqCst);
                sleep(Duration::from_millis(20));
            }
            silence = then_silent;
        }
    }
    while silence && !stop.load(SeqCst) {
        sleep(Duration::from_millis(5));
    }
}

/// Serves the files of a folder for as long as the test runs: where, and the names of those that it has served. Gives
/// no ranges of them, as Python's `http.server`.
pub fn files_of(folder: &Path) -> (String, Arc<Mutex<Vec<String>>>) {
    serve_folder(folder, false)
}

/// The same, and gives ranges of them as most servers do.
pub fn ranges_of(folder: &Path) -> String {
    serve_folder(folder, true).0
}

fn serve_folder(folder: &Path, ranges: bool) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let (address, folder) = (listener.local_addr().expect("an address"), folder.to_owned());
    let served = Arc::<Mutex<Vec<String>>>::default();
    let names = Arc::clone(&served);
    spawn(move || {
        for stream in listener.incoming() {
            let (folder, names) = (folder.clone(), Arc::clone(&names));
            spawn(move || {
                let name = serve_file(stream.expect("a connection"), &folder, ranges);
                names.lock().extend(name);
            });
        }
    });
    (format!("http://{address}/"), served)
}

/// Serves one file; its name.
fn serve_file(mut stream: TcpStream, folder: &Path, ranges: bool) -> Option<String> {
    let lines: Vec<_> =
        BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    // Who connects may leave again at any time.
    let first = lines.first()?;
    let name = first.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
    let (status, file) = match std::fs::read(folder.join(name)) {
        Ok(file) => ("200 OK", file),
        Err(_) => ("404 Not Found", Vec::new()),
    };
    let from = |line: &String| line.to_ascii_lowercase().strip_prefix("range: bytes=")?.split('-').next()?.parse().ok();
    let from = lines.iter().find_map(from).filter(|from| ranges && *from < file.len());
    let (status, range) = from.map_or((status, String::new()), |from| {
        let (last, all) = (file.len() - 1, file.len());
        ("206 Partial Content", format!("Accept-Ranges: bytes\r\nContent-Range: bytes {from}-{last}/{all}\r\n"))
    });
    let part = &file[from.unwrap_or(0)..];
    let head = format!("HTTP/1.0 {status}\r\n{range}Content-Length: {}\r\n\r\n", part.len());
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(part));
    Some(name.to_owned())
}

fn jpeg(width: i32, height: i32, number: u64) -> Vec<u8> {
    let gray = (number * 7 % 200) as f64;
    let image = Mat::new_rows_cols_with_default(height, width, CV_8UC3, Scalar::new(gray, 99.0, 255.0 - gray, 0.0));
    let mut bytes = Vector::<u8>::new();
    assert!(imencode_def(".jpg", &image.expect("an image"), &mut bytes).expect("a JPEG"));
    bytes.iter().collect()
}
