//! A network camera of our own that speaks RTSP: H.264 over the very connection (interleaved RTP, RFC 2326 and 6184), as
//! cameras do it through firewalls. It does what a test wants.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::Duration;

use super::kept::kept;

/// What a viewer is told of the stream.
const SDP: &str = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=a camera\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
                   m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=control:video\r\n";

/// What it does with who connects.
#[derive(Clone, Copy)]
pub enum Manner {
    /// Sends so many frames of 96x64, 25 a second, and then is silent or hangs up.
    Frames { count: u64, then_silent: bool },
    /// Hangs up when it is asked this.
    HangsUpAt(&'static str),
}

/// The camera. Dropped, it is gone.
pub struct RtspCamera {
    pub address: SocketAddr,
    pub sent: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl RtspCamera {
    pub fn at(address: SocketAddr, manner: Manner) -> Self {
        let listener = TcpListener::bind(address).expect("a port");
        let address = listener.local_addr().expect("an address");
        listener.set_nonblocking(true).expect("a listener");
        let (stop, sent, pictures) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default(), pictures());
        let (ended, count) = (Arc::clone(&stop), Arc::clone(&sent));
        let thread = spawn(move || {
            while !ended.load(SeqCst) {
                match listener.accept() {
                    // Whoever hangs up is no failure.
                    Ok((stream, _)) => drop(serve(stream, manner, &pictures, &ended, &count)),
                    Err(_) => sleep(Duration::from_millis(2)),
                }
            }
        });
        Self { address, sent, stop, thread: Some(thread) }
    }

    pub fn url(&self) -> String {
        format!("rtsp://{}/video", self.address)
    }
}

impl Drop for RtspCamera {
    fn drop(&mut self) {
        self.stop.store(true, SeqCst);
        self.thread.take().into_iter().for_each(|thread| thread.join().expect("it ends"));
    }
}

/// Two seconds of pictures, each as the units (NAL) it is made of. Every tenth can be begun with.
fn pictures() -> Vec<Vec<Vec<u8>>> {
    let ffmpeg = "ffmpeg -v error -nostdin -f lavfi -i testsrc=size=96x64:rate=25 -t 2 -c:v libx264 -bf 0 -g 10";
    let script = format!("{ffmpeg} -x264-params aud=1:repeat-headers=1 -pix_fmt yuv420p $OUT");
    let bytes = std::fs::read(kept("pictures.h264", &[], &script)).expect("it was made");
    let begins: Vec<_> = (3..bytes.len()).filter(|&at| bytes[at - 3..at] == [0, 0, 1]).collect();
    let ends = begins.iter().skip(1).map(|begin| begin - 3).chain([bytes.len()]);
    let mut pictures: Vec<Vec<Vec<u8>>> = Vec::new();
    for (&begin, end) in begins.iter().zip(ends) {
        // A delimiter begins a picture.
        if bytes[begin] & 0x1f == 9 {
            pictures.push(Vec::new());
        }
        pictures.last_mut().expect("a delimiter").push(bytes[begin..end].to_vec());
    }
    pictures
}

fn serve(
    mut stream: TcpStream,
    manner: Manner,
    pictures: &[Vec<Vec<u8>>],
    stop: &AtomicBool,
    sent: &AtomicU64,
) -> std::io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut requests = BufReader::new(stream.try_clone()?).lines();
    loop {
        let request = requests.by_ref().take_while(|line| line.as_ref().is_ok_and(|line| !line.is_empty()));
        let lines = request.collect::<std::io::Result<Vec<_>>>()?;
        let Some(method) = lines.first().and_then(|line| line.split(' ').next()) else { return Ok(()) };
        if matches!(manner, Manner::HangsUpAt(at) if at == method) {
            return Ok(());
        }
        let number = lines.iter().find(|line| line.starts_with("CSeq")).cloned().unwrap_or_default();
        let (more, body) = match method {
            "OPTIONS" => ("Public: DESCRIBE, SETUP, PLAY, TEARDOWN\r\n".to_owned(), ""),
            "DESCRIBE" => (format!("Content-Type: application/sdp\r\nContent-Length: {}\r\n", SDP.len()), SDP),
            "SETUP" => ("Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n".to_owned(), ""),
            _ => ("Session: 1\r\n".to_owned(), ""),
        };
        write!(stream, "RTSP/1.0 200 OK\r\n{number}\r\n{more}\r\n{body}")?;
        if method == "PLAY" {
            break;
        }
    }
    let Manner::Frames { count, then_silent } = manner else { return Ok(()) };
    let (mut packet, mut frame) = (0_u16, 0_u32);
    for picture in pictures.iter().cycle().take(usize::try_from(count).expect("a count")) {
        for (at, unit) in picture.iter().enumerate() {
            let last = u8::from(at + 1 == picture.len());
            let length = u16::try_from(unit.len() + 12).expect("a small unit");
            let mut bytes = [&[b'$', 0][..], &length.to_be_bytes(), &[0x80, last << 7 | 96]].concat();
            bytes.extend([&packet.to_be_bytes()[..], &(frame * 3600).to_be_bytes(), &[0, 0, 0, 1], unit].concat());
            stream.write_all(&bytes)?;
            packet = packet.wrapping_add(1);
        }
        frame += 1;
        sent.fetch_add(1, SeqCst);
        sleep(Duration::from_millis(40));
        if stop.load(SeqCst) {
            return Ok(());
        }
    }
    while then_silent && !stop.load(SeqCst) {
        sleep(Duration::from_millis(5));
    }
    Ok(())
}
