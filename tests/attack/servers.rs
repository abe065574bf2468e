//! Servers that mean harm: whoever opens their address is told so in a line, in time, and pays no memory for it.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use opencv::core::{CV_8UC3, Mat, Vector};
use opencv::imgcodecs::imencode_def;

use crate::common::child::{BINARY, Running};
use crate::common::{CLIP, stderr};

/// What a server does with a connection; it is told its own address.
type Manner = fn(&mut Connection, &str) -> std::io::Result<()>;

/// A connection to who is attacked.
struct Connection {
    stream: TcpStream,
    stop: Arc<AtomicBool>,
}

impl Connection {
    /// Sends these, and again, as long as somebody takes them.
    fn repeat(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        while !self.stop.load(SeqCst) {
            self.stream.write_all(bytes)?;
        }
        Ok(())
    }

    /// Sends a byte now and then.
    fn trickle(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        for byte in bytes.iter().cycle() {
            if self.stop.load(SeqCst) {
                break;
            }
            self.stream.write_all(&[*byte])?;
            sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    fn send(&mut self, bytes: impl AsRef<[u8]>) -> std::io::Result<()> {
        self.stream.write_all(bytes.as_ref())
    }
}

/// A server of this manner: its address without protocol, and what ends it.
fn serve(manner: Manner) -> (String, Arc<AtomicBool>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let (address, stop) = (listener.local_addr().expect("an address").to_string(), Arc::<AtomicBool>::default());
    let (own, ended) = (address.clone(), Arc::clone(&stop));
    spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (own, stop) = (own.clone(), Arc::clone(&ended));
            if stop.load(SeqCst) {
                break;
            }
            spawn(move || {
                let mut connection = Connection { stream, stop };
                // Who connects says first what it wants; what that is does not matter.
                let _ = connection.stream.read(&mut [0; 4096]);
                // Who is attacked hangs up sooner or later.
                let _ = manner(&mut connection, &own);
            });
        }
    });
    (address, stop)
}

/// Time that it may take on a busy machine, with a time-out of one second.
const TIME: Duration = Duration::from_secs(20);
/// Memory that it may take, in MB: what it waits for may take one GB.
const MEMORY: u64 = 1200;

/// Attacks a run with a server. It ends in time, within its memory, and by itself; what it said.
fn attack(name: &str, protocol: &str, manner: Manner) -> String {
    attack_for(name, protocol, manner, "1")
}

/// The same with another time-out in seconds.
fn attack_for(name: &str, protocol: &str, manner: Manner, timeout: &str) -> String {
    let (address, stop) = serve(manner);
    let url = format!("{protocol}://{address}/x");
    let mut command = Command::new(BINARY);
    command.args(["run", &url, "-f", "grayscale", "--timeout", timeout, "--no-reconnect", "--frames", "200"]);
    let child = Running::start(command.stdout(Stdio::null()).stderr(Stdio::piped()));
    let (begun, mut peak) = (Instant::now(), 0);
    while let Some(memory) = memory_of(child.pid()) {
        peak = peak.max(memory);
        assert!(begun.elapsed() < TIME, "{name}: it hangs");
        sleep(Duration::from_millis(5));
    }
    let output = child.output();
    stop.store(true, SeqCst);
    let _ = TcpStream::connect(address);
    let said = stderr(&output);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{name}: {:?}: {said}", output.status);
    assert!(output.status.success() || said.contains("error: "), "{name}: {said}");
    assert!(said.lines().count() <= 3 && !said.contains("panicked") && !said.contains("a bug"), "{name}: {said}");
    assert!(peak < MEMORY, "{name}: {peak} MB: {said}");
    said
}

/// The most memory a process has had so far, in MB; none if it has ended.
fn memory_of(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kilobytes| kilobytes >> 10)
}

/// Attacks one after the other, each with its name.
fn all(protocol: &str, manners: &[(&str, Manner)]) {
    for (name, manner) in manners {
        attack(name, protocol, *manner);
    }
}

const OK: &str = "HTTP/1.1 200 OK\r\n";
const PARTS: &str = "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n";

#[test]
fn heads_without_end_and_answers_without_sense() {
    all(
        "http",
        &[
            ("headers without end", |to, _| {
                to.send(OK)?;
                to.repeat(b"X-A: b\r\n")
            }),
            ("cookies without end", |to, _| {
                to.send(OK)?;
                to.repeat(
                    format!("Set-Cookie: a={}; path=/\r\nIcy-Name: {}\r\n", "x".repeat(900), "y".repeat(900))
                        .as_bytes(),
                )
            }),
            ("one header without end", |to, _| {
                to.send(OK)?;
                to.repeat(&[b'a'; 4096])
            }),
            ("a status without end", |to, _| to.repeat(b"HTTP/1.1 ")),
            ("bytes of no protocol", |to, _| to.repeat(&(0..=255).collect::<Vec<u8>>())),
            ("go on, without end", |to, _| to.repeat(b"HTTP/1.1 100 Continue\r\n\r\n")),
            ("a head a byte at a time", |to, _| to.trickle(b"HTTP/1.1 200 OK\r\nX-A: b\r\n")),
            ("nothing", |_, _| Ok(())),
        ],
    );
}

#[test]
fn ways_that_lead_in_circles_or_into_this_machine() {
    all(
        "http",
        &[
            ("to itself", |to, own| to.send(format!("HTTP/1.1 302 Found\r\nLocation: http://{own}/x\r\n\r\n"))),
            ("to nowhere", |to, _| to.send("HTTP/1.1 302 Found\r\nLocation: \r\n\r\n")),
            ("to itself by another protocol", |to, own| {
                to.send(format!("HTTP/1.1 302 Found\r\nLocation: rtsp://{own}/x\r\n\r\n"))
            }),
            ("say who you are, again and again", |to, _| {
                to.send("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"y\"\r\nContent-Length: 0\r\n\r\n")
            }),
            ("a list of itself", |to, own| {
                let list = format!("#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhttp://{own}/x.m3u8\n");
                to.send(format!(
                    "{OK}Content-Type: application/x-mpegURL\r\nContent-Length: {}\r\n\r\n{list}",
                    list.len()
                ))
            }),
            ("a list without end", |to, _| {
                to.send(format!("{OK}Content-Type: application/x-mpegURL\r\n\r\n#EXTM3U\n#EXT-X-TARGETDURATION:1\n"))?;
                to.repeat(b"#EXTINF:1e308,\nx.ts\n")
            }),
            ("a list of lists without end", |to, _| {
                to.send(format!("{OK}Content-Type: application/x-mpegURL\r\n\r\n#EXTM3U\n"))?;
                to.repeat(b"#EXT-X-STREAM-INF:BANDWIDTH=1\nx.m3u8\n")
            }),
        ],
    );
    // Files of this machine are none of a server's business.
    for to_clip in [
        (|to, _| to.send(format!("HTTP/1.1 302 Found\r\nLocation: file://{CLIP}\r\n\r\n"))) as Manner,
        |to, _| {
            let list = format!("#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{CLIP}\n#EXT-X-ENDLIST\n");
            to.send(format!("{OK}Content-Type: application/x-mpegURL\r\nContent-Length: {}\r\n\r\n{list}", list.len()))
        },
        |to, _| {
            let list = format!("ffconcat version 1.0\nfile file://{CLIP}\n");
            to.send(format!("{OK}Content-Length: {}\r\n\r\n{list}", list.len()))
        },
    ] {
        let said = attack("a file of this machine", "http", to_clip);
        assert!(said.contains("error: "), "it was read: {said}");
    }
}

#[test]
fn bodies_of_another_length_than_they_say() {
    all(
        "http",
        &[
            ("much longer than it is", |to, _| {
                to.send(format!("{OK}Content-Length: 999999999999\r\n\r\n"))?;
                to.send(fs::read(CLIP)?)
            }),
            ("much shorter than it is", |to, _| {
                to.send(format!("{OK}Content-Length: 1000\r\n\r\n"))?;
                to.send(fs::read(CLIP)?)
            }),
            ("no number", |to, _| {
                to.send(format!("{OK}Content-Length: -5\r\nContent-Length: 1e99\r\n\r\n"))?;
                to.send(fs::read(CLIP)?)
            }),
            ("the half of it", |to, _| {
                let clip = fs::read(CLIP)?;
                to.send(format!("{OK}Content-Length: {}\r\n\r\n", clip.len()))?;
                to.send(&clip[..clip.len() / 2])
            }),
            ("a chunk of all there is", |to, _| {
                to.send(format!("{OK}Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"))?;
                to.repeat(&[0; 4096])
            }),
            ("chunks of nothing", |to, _| {
                to.send(format!("{OK}Transfer-Encoding: chunked\r\n\r\n"))?;
                to.repeat(b"1;x=yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\na\r\n")
            }),
            ("zeros without end", |to, _| {
                to.send(format!("{OK}\r\n"))?;
                to.repeat(&[0; 65_536])
            }),
            ("a byte at a time", |to, _| {
                to.send(format!("{OK}\r\n"))?;
                to.trickle(&fs::read(CLIP)?)
            }),
            ("ranges that are others", |to, _| {
                to.send("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 18446744073709551615-5/3\r\n\r\n")?;
                to.send(fs::read(CLIP)?)
            }),
        ],
    );
}

/// A JPEG image that claims this size and has nothing of it.
fn claims(width: u16, height: u16) -> Vec<u8> {
    let ([a, b], [c, d]) = (height.to_be_bytes(), width.to_be_bytes());
    let frame = [0xff, 0xc0, 0, 17, 8, a, b, c, d, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0];
    [&[0xff, 0xd8][..], &frame, &[0xff, 0xda, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 63, 0], &[0; 200], &[0xff, 0xd9]].concat()
}

#[test]
fn images_between_wild_boundaries() {
    all(
        "http",
        &[
            ("a boundary that never comes", |to, _| {
                to.send(PARTS)?;
                to.repeat(&[b'x'; 4096])
            }),
            ("a boundary without end", |to, _| {
                to.send(format!("{OK}Content-Type: multipart/x-mixed-replace; boundary="))?;
                to.repeat(&[b'b'; 4096])
            }),
            ("boundaries and nothing else", |to, _| {
                to.send(PARTS)?;
                to.repeat(b"--b\r\n\r\n")
            }),
            ("heads of a part without end", |to, _| {
                to.send(format!("{PARTS}--b\r\nContent-Type: image/jpeg\r\n"))?;
                to.repeat(b"X-A: b\r\n")
            }),
            ("a part as large as can be", |to, _| {
                to.send(format!("{PARTS}--b\r\nContent-Type: image/jpeg\r\nContent-Length: 2147483000\r\n\r\n"))?;
                to.repeat(&[0; 65_536])
            }),
            ("parts of wrong lengths", |to, _| {
                to.send(PARTS)?;
                for length in ["-1", "0", "99999999999999999999", "3", "x"] {
                    to.send(format!("--b\r\nContent-Type: image/jpeg\r\nContent-Length: {length}\r\n\r\n"))?;
                    to.send(claims(64, 48))?;
                }
                Ok(())
            }),
            ("images of all sizes", |to, _| {
                to.send(PARTS)?;
                for (width, height) in [(65_500, 65_500), (1, 65_500), (0, 0), (64, 48), (30_000, 30_000), (48, 64)] {
                    let image = claims(width, height);
                    to.send(format!("--b\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n", image.len()))?;
                    to.send(image)?;
                }
                Ok(())
            }),
            ("a huge image again and again", |to, _| {
                let image = claims(65_500, 65_500);
                let head = format!("--b\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n", image.len());
                to.send(PARTS)?;
                to.repeat(&[head.as_bytes(), &image].concat())
            }),
        ],
    );
}

/// A camera that is one for a while.
fn begin(to: &mut Connection) -> std::io::Result<()> {
    let image = Mat::new_rows_cols_with_default(48, 64, CV_8UC3, 99.0.into()).expect("an image");
    let mut bytes = Vector::<u8>::new();
    assert!(imencode_def(".jpg", &image, &mut bytes).expect("a JPEG"));
    to.send(PARTS)?;
    for _ in 0..5 {
        to.send(format!("--b\r\nContent-Type: image/jpeg\r\nContent-Length: {}\r\n\r\n", bytes.len()))?;
        to.send(bytes.as_slice())?;
        to.send("\r\n")?;
    }
    Ok(())
}

#[test]
fn cameras_that_begin_well() {
    let manners: [(&str, Manner); 3] = [
        ("and go on a byte at a time", |to, _| {
            begin(to)?;
            to.trickle(b"--b\r\nContent-Type: image/jpeg\r\nContent-Length: 9\r\n\r\n")
        }),
        ("and go on with heads", |to, _| {
            begin(to)?;
            to.send("--b\r\n")?;
            to.repeat(b"X-A: b\r\n")
        }),
        ("and go on with what is no image", |to, _| {
            begin(to)?;
            to.repeat(b"--b\r\nContent-Type: image/jpeg\r\nContent-Length: 9\r\n\r\n\xff\xd8abcdefg\r\n")
        }),
    ];
    for (name, manner) in manners {
        let said = attack(name, "http", manner);
        assert!(said.contains("was lost; what was measured until then is above"), "{name}: {said}");
    }
}

/// FFmpeg keeps all of it, and would have two GB before the time is over.
#[test]
fn a_description_that_fills_the_memory() {
    let description: Manner = |to, _| {
        to.send("RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 2147483000\r\n\r\n")?;
        to.repeat(&[b'a'; 1 << 20])
    };
    let said = attack_for("a description of all there is", "rtsp", description, "60");
    assert!(said.contains("sent more than 1024 MB without a frame"), "{said}");
}

#[test]
fn cameras_that_speak_no_rtsp() {
    all(
        "rtsp",
        &[
            ("bytes of no protocol", |to, _| to.repeat(&(0..=255).collect::<Vec<u8>>())),
            ("headers without end", |to, _| {
                to.send("RTSP/1.0 200 OK\r\n")?;
                to.repeat(b"X-A: b\r\n")
            }),
            ("an answer a byte at a time", |to, _| to.trickle(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n")),
            ("a description of all there is", |to, _| {
                to.send("RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 2147483000\r\n\r\n")?;
                to.repeat(&[b'a'; 65_536])
            }),
            ("a description without end", |to, _| {
                to.send("RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: DESCRIBE\r\n\r\n")?;
                let _ = to.stream.read(&mut [0; 4096]);
                to.send("RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Type: application/sdp\r\nContent-Length: 99999999\r\n\r\nv=0\r\n")?;
                to.repeat(b"m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:x\r\n")
            }),
            ("packets instead of answers", |to, _| to.repeat(&[b'$', 0, 0xff, 0xff, 0, 0, 0, 0])),
            ("to itself", |to, own| {
                to.send(format!("RTSP/1.0 302 Found\r\nCSeq: 1\r\nLocation: rtsp://{own}/x\r\n\r\n"))
            }),
            ("say who you are, again and again", |to, _| {
                to.repeat(b"RTSP/1.0 401 Unauthorized\r\nCSeq: 1\r\nWWW-Authenticate: Basic realm=\"x\"\r\n\r\n")
            }),
        ],
    );
}
