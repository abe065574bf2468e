//! What a worker says is believed only where it is the answer to what was asked, and silence is not waited for for ever.

use super::*;
use crate::cancel::CancelToken;
use crate::frame::{FramePool, Shape, Stamp};
use crate::metrics::Spent;
use opencv::core::Mat;

/// Says what it is told to, and then nothing.
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

    fn send_image(&mut self, _: &Mat) -> Result<()> {
        Ok(())
    }

    fn receive_image(&mut self, _: &mut Mat) -> Result<()> {
        Ok(())
    }

    fn close(&mut self) {}
}

/// Asks for frame 7 in slot 0, with this for an answer.
fn answered(answer: &[u8]) -> Result<Reply, Loss> {
    let child = Command::new("sleep").arg("60").spawn().unwrap();
    let stderr = Hearing::new(pipe_with(PipeFlags::NONBLOCK).unwrap().0);
    let transport = Box::new(Scripted(vec![answer.to_vec()]));
    let mut worker = Worker { child, transport, stderr, message: Vec::new(), patience: Duration::from_millis(10) };
    let pool = FramePool::heap(1, Shape::gray(4, 3), &[], Shape::gray(4, 3)).unwrap();
    let stamp = Stamp::new(7, Duration::ZERO);
    let mut frame = Frame::new(stamp, pool.take().unwrap(), pool, std::sync::Arc::default());
    let reply = worker.receive(&mut frame, Form::of(Shape::gray(4, 3)), &CancelToken::default());
    assert_eq!(reply.is_err(), worker.child.try_wait().unwrap().is_some(), "who lies is ended, and nobody else");
    reply
}

fn done(slot: u32, frame: u64, output: [i32; 3]) -> Vec<u8> {
    let mut message = Vec::new();
    let done = Done { slot, frame, output: Form(output), spent: Spent::default() };
    Answer::Done(done, Vec::new()).encode(&mut message).unwrap();
    message
}

#[test]
fn only_the_right_answer_is_believed() {
    assert!(matches!(answered(&done(0, 7, [4, 3, 0])), Ok(Reply::Done(..))));
    assert!(matches!(answered(b"Fno room"), Ok(Reply::Failed(why)) if why.to_string() == "no room"));
    let lies: &[(&[u8], &str)] = &[
        (&done(1, 7, [4, 3, 0]), "in slot 1"),
        (&done(0, 8, [4, 3, 0]), "frame 8"),
        (&done(0, 7, [3, 4, 0]), "3x4"),
        (&done(0, 7, [4, 3, 16]), "type 16"),
        (&done(0, 7, [i32::MIN, i32::MAX, -1]), "type -1"),
        (&done(0, 7, [4, 3, 0])[..20], "ends early"),
        (&[&done(0, 7, [4, 3, 0])[..], b"x"].concat(), "too long"),
        (b"", "empty"),
        (b"R{\"version\":\"x\",\"sandbox\":\"y\"}", "Ready"),
        (b"B{\"parts\":[],\"buffers\":{\"made\":0,\"last_at_frame\":0}}", "Farewell"),
        (b"\xff\xfe\xfd", "unknown kind"),
    ];
    for (lie, word) in lies {
        let Err(loss) = answered(lie) else { panic!("believed {lie:?}") };
        assert!(matches!(&loss.how, How::Lied(what) if what.contains(word)), "{word}: {loss}");
    }
}

#[test]
fn silence_is_not_waited_for_for_ever() {
    let child = Command::new("sleep").arg("60").spawn().unwrap();
    let stderr = Hearing::new(pipe_with(PipeFlags::NONBLOCK).unwrap().0);
    let transport = Box::new(Scripted(Vec::new()));
    let mut worker = Worker { child, transport, stderr, message: Vec::new(), patience: Duration::ZERO };
    let loss = worker.wait(Duration::from_millis(30), &CancelToken::default()).unwrap_err();
    assert!(matches!(loss.how, How::Hung(_)), "{loss}");
}
