//! An answer is accepted only where it fits the request, and a worker that does not answer is given up in time.

use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;

use super::*;
use crate::frame::{FramePool, Shape, Stamp};
use crate::metrics::{BufferReport, Spent};
use proptest::prelude::*;
use rustix::net::{SendFlags, send};

const LIMIT: Duration = Duration::from_millis(300);
const SHAPE: [i32; 3] = [4, 3, 0];

/// A worker with a process that does nothing; what it says comes from the other end of its socket.
fn worker() -> (Worker, OwnedFd) {
    let sleep = WorkerCommand { args: vec!["-c".into(), "exec sleep 60".into()], ..WorkerCommand::new("sh") };
    let process = ChildProcess::start(&sleep, &ROLE, Stderr::Tail, |child| child.process_group(0)).unwrap();
    let (socket, theirs) = Socket::pair().unwrap();
    let limits = Limits { frame: LIMIT, stopped: CancelToken::default(), cores: 2 };
    (Worker::new(process, Box::new(socket), &limits), theirs)
}

fn frame(number: u64) -> Frame {
    let pool = FramePool::heap(1, Shape::gray(4, 3), &[], Shape::gray(4, 3)).unwrap();
    Frame::new(Stamp::new(number, Duration::ZERO), pool.take().unwrap(), pool, std::sync::Arc::default())
}

/// Asks for frame 7 in slot 0; the answer is this, or nothing.
fn answered(answer: Option<&[u8]>) -> Result<Reply, WorkerFailure> {
    let ((mut worker, theirs), mut frame) = (worker(), frame(7));
    let sent = worker.send(&frame, false);
    answer.map(|answer| send(&theirs, answer, SendFlags::empty()).unwrap());
    let reply = sent.and_then(|()| worker.receive(0, 7, &mut frame.buffer_mut().output));
    let runs = std::path::Path::new(&format!("/proc/{}", worker.pid())).exists();
    assert_eq!(reply.is_ok(), runs, "a worker is killed when its answer is wrong, and only then");
    reply
}

fn done(slot: u32, frame: u64, output: [i32; 3]) -> Vec<u8> {
    done_in(slot, frame, output, Spent::default())
}

fn done_in(slot: u32, frame: u64, output: [i32; 3], spent: Spent) -> Vec<u8> {
    let mut message = Vec::new();
    let done = Done { slot, frame, output: ImageFormat(output), spent };
    Response::Done(done, Vec::new()).encode(&mut message).unwrap();
    message
}

#[test]
fn only_the_right_answer_is_accepted() {
    assert!(matches!(answered(Some(&done(0, 7, SHAPE))), Ok(Reply::Done(..))));
    assert!(matches!(answered(Some(b"Fno room")), Ok(Reply::Failed(why)) if why.to_string() == "no room"));
    let wrong: &[(&[u8], &str)] = &[
        (&done(1, 7, [4, 3, 0]), "in slot 1"),
        (&done(0, 8, [4, 3, 0]), "frame 8"),
        (&done(0, 7, [3, 4, 0]), "3x4"),
        (&done(0, 7, [4, 3, 16]), "type 16"),
        (&done(0, 7, [i32::MIN, i32::MAX, -1]), "type -1"),
        (&done(0, 7, [4, 3, 0])[..6], "ends early"),
        (&[&done(0, 7, [4, 3, 0])[..], b"x"].concat(), "too long"),
        (&done_in(0, 7, SHAPE, Spent { busy: Duration::from_secs(9), ..Spent::default() }), "a frame took"),
        (&done_in(0, 7, SHAPE, [u64::MAX; 5].into()), "a frame took"),
        (b"", "empty"),
        (&[b'F'; 100_000], "100000 bytes"),
        (b"R{\"version\":\"x\",\"sandbox\":\"y\"}", "Ready"),
        (b"B{\"parts\":[],\"buffers\":{\"made\":0,\"last_at_frame\":0}}", "Final"),
        (b"\xff\xfe\xfd", "unknown kind"),
    ];
    for (answer, word) in wrong {
        let Err(failure) = answered(Some(answer)) else { panic!("accepted {answer:?}") };
        assert!(matches!(&failure.cause, Cause::ProtocolError(what) if what.contains(word)), "{word}: {failure}");
    }
}

#[test]
fn a_worker_that_does_not_answer_or_read_has_timed_out() {
    let failure = answered(None).err().expect("no answer");
    assert!(matches!(failure.cause, Cause::TimedOut(LIMIT)), "{failure}");
    let ((mut worker, _theirs), frame) = (worker(), frame(7));
    let begun = Instant::now();
    let failure = (0..100_000).find_map(|_| worker.send(&frame, false).err()).expect("nobody reads");
    assert!(matches!(failure.cause, Cause::TimedOut(LIMIT)), "{failure}");
    assert!(begun.elapsed() < Duration::from_secs(60), "it was not for ever");
}

#[test]
fn a_worker_that_hangs_up_and_stays_was_not_ended_from_outside() {
    let ((mut worker, theirs), mut frame) = (worker(), frame(7));
    drop(theirs);
    let failure = worker.receive(0, 7, &mut frame.buffer_mut().output).err().expect("no answer");
    assert!(!failure.is_from_outside() && failure.to_string().contains("did not exit"), "{failure}");
}

/// What becomes of these final statistics of a worker that did one frame.
fn said_at_the_end(statistics: FinalStatistics) -> Result<Option<FinalStatistics>, WorkerFailure> {
    let ((mut worker, theirs), mut frame) = (worker(), frame(7));
    worker.send(&frame, false).unwrap();
    send(&theirs, &done(0, 7, SHAPE), SendFlags::empty()).unwrap();
    assert!(worker.receive(0, 7, &mut frame.buffer_mut().output).is_ok());
    let mut message = Vec::new();
    Response::Final(statistics).encode(&mut message).unwrap();
    send(&theirs, &message, SendFlags::empty()).unwrap();
    worker.shutdown()
}

#[test]
fn final_statistics_tell_of_no_more_than_there_was() {
    let part =
        Tally { frames: 1, spent: Spent { busy: Duration::from_micros(1), ..Spent::default() }, ..Tally::default() };
    let buffers = BufferReport { made: 1, last_at_frame: 7 };
    let right = || FinalStatistics { parts: vec![part], buffers, sandbox: Some("a\u{1b}]0;b".into()) };
    let said = said_at_the_end(right()).unwrap().unwrap();
    assert_eq!((said.parts.as_slice(), said.sandbox.as_deref()), (&[part][..], Some(r"a\u{1b}]0;b")));
    let long = Duration::from_secs(u64::MAX);
    for (what, wrong) in [
        ("a long time", Tally { spent: [u64::MAX; 5].into(), ..part }),
        ("CPU time", Tally { spent: Spent { cpu: Duration::from_secs(5), ..Spent::default() }, ..part }),
        ("frames", Tally { frames: 2, ..part }),
        ("waits", Tally { starved: long, ..part }),
    ] {
        assert!(said_at_the_end(FinalStatistics { parts: vec![wrong], ..right() }).is_err(), "{what}");
    }
    for wrong in [BufferReport { made: 2, last_at_frame: 7 }, BufferReport { made: 1, last_at_frame: 8 }] {
        assert!(said_at_the_end(FinalStatistics { buffers: wrong, ..right() }).is_err(), "{wrong:?}");
    }
    let huge = FinalStatistics { parts: vec![Tally { frames: u64::MAX, starved: long, ..part }; 99], ..right() };
    assert!(said_at_the_end(huge).is_err(), "sums of it would overflow");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn any_answer_is_right_or_a_failure(
        answer in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..200),
            (0..3u32, 6..9u64, prop::array::uniform5(any::<u64>())).prop_map(|(slot, frame, spent)| {
                done_in(slot, frame, SHAPE, spent.map(|time| time >> (time % 64)).into())
            }),
            (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(at, byte)| {
                let mut message = done(0, 7, SHAPE);
                let at = at.index(message.len());
                message[at] = byte;
                message
            }),
        ]
    ) {
        if let Ok(Reply::Done(done, _)) = answered(Some(&answer)) {
            prop_assert!(done.slot == 0 && done.frame == 7 && done.output == ImageFormat(SHAPE));
            prop_assert!(done.spent.busy < Duration::from_secs(30), "{:?}", done.spent);
        }
    }
}
