//! What a worker process does: greets its parent, does frames until no more come, and sends its final statistics.
//!
//! It knows a chain by its text and images by their slots; it never sees a source, a sink or another worker.
#![expect(unsafe_code, reason = "images over shared memory")]

use std::iter::repeat_n;
use std::sync::Arc;

use anyhow::{Context, Error, Result, bail, ensure};
use opencv::core::{Mat, MatTraitConst};

use super::deadline::Deadline;
use super::pipe::Pipes;
use super::protocol::{Done, FinalStatistics, Hello, ImageFormat, ROLE, Ready, Request, Response, Stream, Transport};
use super::shared_memory::{SharedImages, Writer};
use super::socket::Socket;
use crate::child::handshake::{greeting, read_parent};
use crate::child::is_at_work;
use crate::child::sandbox::{self, Closes, Policy};
use crate::filter::{Chain, ChainInstance, FilterError, Registry, WrongReply};
use crate::host::libraries;
use crate::metrics::{Buffers, Spent, StageClock, StageMeter};

/// Runs this process as a worker until its parent has no more frames: the hidden command `worker` of the program.
/// The standard input (and output) is a channel to the parent. The chain may name the filters of `registry`, which must have
/// the providers of the parent's.
///
/// # Errors
/// When there is no parent at the other end, it cannot be understood, or a filter panicked.
pub fn worker_main(transport: &str, registry: &Registry) -> Result<()> {
    libraries::prepare_filters(1, false)?;
    match transport {
        "socket" => {
            let mut socket = Socket::from_stdin()?;
            let mut message = Vec::new();
            let [inputs, outputs] =
                socket.receive_with(&mut message).context("this command is framerace's own; it needs a parent")?;
            serve(&mut socket, &message, registry, |hello| {
                let (input, output) = hello.largest()?;
                let inputs = SharedImages::map(inputs, hello.slots(), input, Writer::Creator)?;
                let outputs = SharedImages::map(outputs, hello.outputs, output, Writer::Receiver)?;
                // SAFETY: the images live in `Images`, beside the memory and dropped before it; the requests of the
                // parent say when they are ours; inputs are only read.
                let image = |memory: &SharedImages, at, shape| unsafe { memory.image_of(at, shape) };
                let slots = hello.inputs.iter().flat_map(|stream| repeat_n(stream.input, stream.slots));
                let of_inputs =
                    slots.enumerate().map(|(at, shape)| image(&inputs, at, shape)).collect::<Result<_>>()?;
                let all = |shape| (0..hello.outputs).map(|at| image(&outputs, at, shape)).collect();
                let of_outputs = hello.inputs.iter().map(|stream| all(stream.output)).collect::<Result<_>>()?;
                Ok(Images { inputs: of_inputs, by_slot: true, outputs: of_outputs, _memory: Some([inputs, outputs]) })
            })
        }
        "pipe" => {
            let mut pipes = Pipes::from_stdio()?;
            let mut message = Vec::new();
            ensure!(
                pipes.receive(&mut message, &mut Deadline::none())?,
                "this command is framerace's own; it needs a parent"
            );
            serve(&mut pipes, &message, registry, |hello| {
                let inputs = hello.inputs.iter().map(|stream| stream.input.image()).collect::<Result<_>>()?;
                let output = |stream: &Stream| Ok(vec![stream.output.image()?]);
                let outputs = hello.inputs.iter().map(output).collect::<Result<_>>()?;
                Ok(Images { inputs, by_slot: false, outputs, _memory: None })
            })
        }
        other => bail!("no transport '{other}'"),
    }
}

/// Captured images, and by input those that are written to, one after the other; declared before the memory they may lie in.
struct Images {
    inputs: Vec<Mat>,
    /// Whether the first are found by slot. Through pipes there is one image for all frames of an input, whatever slot they
    /// have in the parent.
    by_slot: bool,
    outputs: Vec<Vec<Mat>>,
    _memory: Option<[SharedImages; 2]>,
}

fn serve(
    transport: &mut dyn Transport,
    hello: &[u8],
    registry: &Registry,
    images: impl FnOnce(&Hello) -> Result<Images>,
) -> Result<()> {
    let (mut message, deadline) = (Vec::new(), &mut Deadline::none());
    let prepared = Worker::new(hello, registry).and_then(|(hello, worker)| Ok((images(&hello)?, worker)));
    let (mut images, mut worker) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            Response::Failed(format!("{error:#}")).encode(&mut message)?;
            return transport.send(&message, deadline);
        }
    };
    // What is read at every frame is opened now: the sandbox may not let it be opened later.
    worker.streams.iter().for_each(|stream| stream.clock.open());
    is_at_work();
    worker.close_sandbox(Closes::BeforeFirstFrame);
    Response::Ready(greeting(&Ready { sandbox: worker.sandbox.clone() })?).encode(&mut message)?;
    transport.send(&message, deadline)?;
    for turn in 0.. {
        if !transport.receive(&mut message, deadline)? {
            break;
        }
        let request = Request::decode(&message)?;
        let stream = usize::try_from(request.stamp.input)?;
        let at = if images.by_slot { usize::try_from(request.slot)? } else { stream };
        let Some(input) = images.inputs.get_mut(at) else { bail!("no slot {}", request.slot) };
        let Some(outputs) = images.outputs.get_mut(stream) else { bail!("no input {stream}") };
        let next = turn % outputs.len();
        let output = &mut outputs[next];
        transport.receive_image(input, deadline)?;
        let done = worker.apply(&request, input, output);
        worker.close_sandbox(Closes::AfterFirstFrame);
        match done {
            Ok(done) => {
                Response::Done(done, worker.streams[stream].clock.take_spans()).encode(&mut message)?;
                transport.send(&message, deadline)?;
                transport.send_image(output, deadline)?;
            }
            // A panic may have left anything behind: the process ends with it.
            Err(error) if is_panic(&error) => return Err(error),
            Err(error) => {
                response_to(&error, &request).encode(&mut message)?;
                transport.send(&message, deadline)?;
            }
        }
    }
    Response::Final(worker.final_statistics()).encode(&mut message)?;
    transport.send(&message, deadline)
}

fn is_panic(error: &Error) -> bool {
    error.downcast_ref::<FilterError>().is_some_and(|error| error.panicked)
}

/// The response to a frame that a filter could not do.
fn response_to(error: &Error, request: &Request) -> Response {
    let wrong_reply = error.downcast_ref::<FilterError>().is_some_and(|error| error.reason.is::<WrongReply>());
    if wrong_reply {
        // Fault injection: the parent must notice that this is not the frame it sent.
        let (slot, frame) = (request.slot.wrapping_add(1), request.stamp.index);
        return Response::Done(Done { slot, frame, output: ImageFormat([0; 3]), spent: Spent::default() }, Vec::new());
    }
    Response::Failed(format!("{error:#}"))
}

/// The filters and meters of this process.
struct Worker {
    /// By input.
    streams: Vec<Work>,
    buffers: Arc<Buffers>,
    policy: Policy,
    /// What it is kept from, in words, once the sandbox is closed.
    sandbox: Option<String>,
}

/// What is done to the frames of one input.
struct Work {
    chain: ChainInstance,
    meter: Arc<StageMeter>,
    clock: StageClock,
}

impl Work {
    fn new(stream: &Stream, hello: &Hello, registry: &Registry, buffers: &Arc<Buffers>) -> Result<Self> {
        let chain = Chain::parse(&stream.chain, registry)?.live(stream.input, Arc::clone(buffers))?;
        ensure!(chain.output() == stream.output, "the chain makes {}, not {}", chain.output(), stream.output);
        let (on, traced) = (hello.meters, hello.trace_frames);
        let meter = StageMeter::traced("chain", 1, chain.labels(), on, traced, Arc::new(on.into()));
        let clock = meter.clock();
        Ok(Self { chain, meter, clock })
    }
}

impl Worker {
    fn new(hello: &[u8], registry: &Registry) -> Result<(Hello, Self)> {
        let hello: Hello = read_parent(hello, ROLE.name)?;
        opencv::core::set_num_threads(hello.opencv_threads)?;
        let buffers = Arc::new(Buffers::default());
        let work = |stream| Work::new(stream, &hello, registry, &buffers);
        let streams = hello.inputs.iter().map(work).collect::<Result<_>>()?;
        let policy = hello.sandbox.clone();
        Ok((hello, Self { streams, buffers, policy, sandbox: None }))
    }

    /// Closes the sandbox if the policy says that this is the moment, and it is not closed yet.
    fn close_sandbox(&mut self, now: Closes) {
        if self.policy.closes == now && self.sandbox.is_none() {
            self.sandbox = Some(sandbox::close(&self.policy));
        }
    }

    fn apply(&mut self, request: &Request, input: &Mat, output: &mut Mat) -> Result<Done> {
        let memory = output.data();
        let Work { chain, meter, clock } = &mut self.streams[usize::try_from(request.stamp.input)?];
        meter.set_detailed(request.detailed);
        let (applied, spent) = clock.busy_spent(|timer| {
            timer.frame(request.stamp.index);
            chain.apply(&request.stamp, input, output, timer)
        });
        applied?;
        ensure!(output.data() == memory, "a filter put its output into other memory than it was given");
        let output = ImageFormat::of(output);
        Ok(Done { slot: request.slot, frame: request.stamp.index, output, spent })
    }

    fn final_statistics(self) -> FinalStatistics {
        let tallies = |Work { meter, clock, .. }: Work| {
            drop(clock);
            meter.part_tallies()
        };
        let (parts, buffers) = (self.streams.into_iter().flat_map(tallies).collect(), self.buffers.report());
        FinalStatistics { parts, buffers, sandbox: self.sandbox }
    }
}
