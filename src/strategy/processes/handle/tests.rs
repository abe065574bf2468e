//! An answer is accepted only where it fits the request, and a worker that does not answer is given up in time.

use super::*;
use crate::frame::{FramePool, Shape, Stamp};
use crate::metrics::Spent;

/// Receives these messages, and then nothing.
struct Scripted(Vec<Vec<u8>>);

impl Transport for Scripted {
    fn send(&mut self, _: &[u8]) -> Result<()> {
        Ok(())
    }

    fn wait(&self, _: Duration) -> Result<bool> {
        Ok(!self.0.is_empty())
    }

    fn receive(&mut self, message: &mut Vec<u8>) -> Result<bool> {
        *message = self.0.remove(0);
        Ok(true)
    }

    fn close(&mut self) {}
}

/// A worker that sends these messages, and whose process does nothing.
fn worker(messages: Vec<Vec<u8>>) -> Worker {
    let sleep = WorkerCommand { args: vec!["-c".into(), "exec sleep 60".into()], ..WorkerCommand::new("sh") };
    let process = ChildProcess::start(&sleep, &ROLE, Stderr::Tail, |child| child).unwrap();
    let frame_timeout = Duration::from_millis(10);
    Worker { process, transport: Box::new(Scripted(messages)), message: Vec::new(), frame_timeout }
}

/// Asks for frame 7 in slot 0; the answer is this.
fn answered(answer: &[u8]) -> Result<Reply, WorkerFailure> {
    let mut worker = worker(vec![answer.to_vec()]);
    let pool = FramePool::heap(1, Shape::gray(4, 3), &[], Shape::gray(4, 3)).unwrap();
    let stamp = Stamp::new(7, Duration::ZERO);
    let mut frame = Frame::new(stamp, pool.take().unwrap(), pool, std::sync::Arc::default());
    let reply = worker.receive(&mut frame, ImageFormat::of(Shape::gray(4, 3)), &CancelToken::default());
    let runs = std::path::Path::new(&format!("/proc/{}", worker.pid())).exists();
    assert_eq!(reply.is_ok(), runs, "a worker is killed when its answer is wrong, and only then");
    reply
}

fn done(slot: u32, frame: u64, output: [i32; 3]) -> Vec<u8> {
    let mut message = Vec::new();
    let done = Done { slot, frame, output: ImageFormat(output), spent: Spent::default() };
    Response::Done(done, Vec::new()).encode(&mut message).unwrap();
    message
}

#[test]
fn only_the_right_answer_is_accepted() {
    assert!(matches!(answered(&done(0, 7, [4, 3, 0])), Ok(Reply::Done(..))));
    assert!(matches!(answered(b"Fno room"), Ok(Reply::Failed(why)) if why.to_string() == "no room"));
    let wrong: &[(&[u8], &str)] = &[
        (&done(1, 7, [4, 3, 0]), "in slot 1"),
        (&done(0, 8, [4, 3, 0]), "frame 8"),
        (&done(0, 7, [3, 4, 0]), "3x4"),
        (&done(0, 7, [4, 3, 16]), "type 16"),
        (&done(0, 7, [i32::MIN, i32::MAX, -1]), "type -1"),
        (&done(0, 7, [4, 3, 0])[..6], "ends early"),
        (&[&done(0, 7, [4, 3, 0])[..], b"x"].concat(), "too long"),
        (b"", "empty"),
        (b"R{\"version\":\"x\",\"sandbox\":\"y\"}", "Ready"),
        (b"B{\"parts\":[],\"buffers\":{\"made\":0,\"last_at_frame\":0}}", "Final"),
        (b"\xff\xfe\xfd", "unknown kind"),
    ];
    for (answer, word) in wrong {
        let Err(failure) = answered(answer) else { panic!("accepted {answer:?}") };
        assert!(matches!(&failure.cause, Cause::ProtocolError(what) if what.contains(word)), "{word}: {failure}");
    }
}

#[test]
fn a_worker_that_does_not_answer_has_timed_out() {
    let failure = worker(Vec::new()).wait(Duration::from_millis(30), &CancelToken::default()).unwrap_err();
    assert!(matches!(failure.cause, Cause::TimedOut(_)), "{failure}");
}
