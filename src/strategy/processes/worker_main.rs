//! The worker process: greets, does frames until no more come, and says farewell.
//!
//! It knows a chain by its text and images by their slots; it never sees a source, a sink or another worker.
#![expect(unsafe_code, reason = "images over shared memory")]

use std::io::{stdin, stdout};
use std::sync::Arc;

use anyhow::{Context, Error, Result, bail, ensure};
use opencv::core::{Mat, MatTraitConst};

use super::pipe::Pipes;
use super::protocol::{Answer, Done, Farewell, Form, Greeting, Hello, Order, Ready, Transport, VERSION};
use super::shared_memory::SlotMemory;
use super::socket::Socket;
use crate::child::sandbox;
use crate::filter::{Chain, ChainInstance, FilterError, WrongReply};
use crate::host::libraries;
use crate::metrics::{Buffers, Spent, StageClock, StageMeter};

/// What a worker process does from its start to its end. The hidden command `worker` of the program calls this first
/// of all: it closes every descriptor but the standard three, whoever may use them.
///
/// # Errors
/// When there is no parent at the other end, it cannot be understood, or a filter panicked.
///
/// # Safety
/// Nothing in this process may have a descriptor from 3 on open that it means to use.
pub unsafe fn worker_main(transport: &str) -> Result<()> {
    // SAFETY: as the caller has promised.
    unsafe { sandbox::close_inherited() };
    sandbox::die_with_parent();
    libraries::prepare(1, false)?;
    match transport {
        "socket" => {
            let mut socket = Socket::from_stdin()?;
            let mut message = Vec::new();
            let memory =
                socket.receive_with(&mut message).context("this command is framerace's own; it needs a parent")?;
            serve(&mut socket, &message, |hello| {
                let memory = SlotMemory::map(memory, hello.slots, hello.input, hello.output)?;
                memory.protect_inputs()?;
                // SAFETY: the images live in `Images`, beside the memory and dropped before it; the parent's orders
                // say when a slot is ours.
                let slots = (0..hello.slots).map(|slot| unsafe { memory.images(slot) }).collect::<Result<_>>()?;
                Ok(Images { slots, _memory: Some(memory) })
            })
        }
        "pipe" => {
            let mut pipes = Pipes::new(stdin(), stdout());
            let mut message = Vec::new();
            ensure!(pipes.receive(&mut message)?, "this command is framerace's own; it needs a parent");
            serve(&mut pipes, &message, |hello| {
                Ok(Images { slots: vec![(hello.input.image()?, hello.output.image()?)], _memory: None })
            })
        }
        other => bail!("no transport '{other}'"),
    }
}

/// Input and output image of every slot, declared before the memory they may lie in.
struct Images {
    slots: Vec<(Mat, Mat)>,
    _memory: Option<SlotMemory>,
}

fn serve(transport: &mut dyn Transport, hello: &[u8], images: impl FnOnce(&Hello) -> Result<Images>) -> Result<()> {
    let mut message = Vec::new();
    let prepared = prepare(hello).and_then(|(hello, bench)| Ok((images(&hello)?, bench)));
    let (mut images, mut bench) = match prepared {
        Ok(prepared) => prepared,
        Err(error) => {
            Answer::Failed(format!("{error:#}")).encode(&mut message)?;
            return transport.send(&message);
        }
    };
    // What is read at every frame is opened now; from here on nothing can be.
    bench.clock.open();
    Answer::Ready(Ready { version: VERSION.to_owned(), sandbox: sandbox::enter() }).encode(&mut message)?;
    transport.send(&message)?;
    while transport.receive(&mut message)? {
        let order = Order::decode(&message)?;
        // Through pipes there is one place for all frames, whatever slot they have in the parent.
        let at = if images.slots.len() == 1 { 0 } else { usize::try_from(order.slot)? };
        let Some((input, output)) = images.slots.get_mut(at) else { bail!("no slot {}", order.slot) };
        transport.receive_image(input)?;
        match bench.work(&order, input, output) {
            Ok(done) => {
                Answer::Done(done, bench.clock.take_spans()).encode(&mut message)?;
                transport.send(&message)?;
                transport.send_image(output)?;
            }
            Err(error) if is_panic(&error) => return Err(error),
            Err(error) => {
                excuse(&error, &order).encode(&mut message)?;
                transport.send(&message)?;
            }
        }
    }
    Answer::Farewell(bench.farewell()).encode(&mut message)?;
    transport.send(&message)
}

/// What panicked may have left anything behind: the process goes down with it.
fn is_panic(error: &Error) -> bool {
    error.downcast_ref::<FilterError>().is_some_and(|error| error.panicked)
}

/// What to say instead of a finished frame.
fn excuse(error: &Error, order: &Order) -> Answer {
    let wrong_reply = error.downcast_ref::<FilterError>().is_some_and(|error| error.reason.is::<WrongReply>());
    if wrong_reply {
        // The crash lab wants to see whether anybody notices.
        let (slot, frame) = (order.slot.wrapping_add(1), order.stamp.index);
        return Answer::Done(Done { slot, frame, output: Form([0; 3]), spent: Spent::default() }, Vec::new());
    }
    Answer::Failed(format!("{error:#}"))
}

fn prepare(hello: &[u8]) -> Result<(Hello, Bench)> {
    // Of another build nothing but the version can be relied on.
    let Greeting { version } = serde_json::from_slice(hello).context("cannot understand the parent")?;
    ensure!(version == VERSION, "this is framerace {version}, but the worker process is {VERSION}");
    let hello: Hello = serde_json::from_slice(hello).context("cannot understand the parent")?;
    opencv::core::set_num_threads(hello.opencv_threads)?;
    let buffers = Arc::new(Buffers::default());
    let chain = hello.chain.parse::<Chain>()?.live(hello.input, Arc::clone(&buffers))?;
    ensure!(chain.output() == hello.output, "the chain makes {}, not {}", chain.output(), hello.output);
    let meter = StageMeter::traced("chain", 1, chain.labels(), hello.meters, hello.trace_frames);
    let clock = meter.clock();
    Ok((hello, Bench { chain, meter, clock, buffers }))
}

/// Where the work is done.
struct Bench {
    chain: ChainInstance,
    meter: Arc<StageMeter>,
    clock: StageClock,
    buffers: Arc<Buffers>,
}

impl Bench {
    fn work(&mut self, order: &Order, input: &Mat, output: &mut Mat) -> Result<Done> {
        let memory = output.data();
        self.meter.set_detailed(order.fine);
        let (worked, spent) = self.clock.busy_spent(|timer| {
            timer.frame(order.stamp.index);
            self.chain.apply(&order.stamp, input, output, timer)
        });
        worked?;
        ensure!(output.data() == memory, "a filter put its output elsewhere than it was told");
        Ok(Done { slot: order.slot, frame: order.stamp.index, output: Form::of_image(output), spent })
    }

    fn farewell(self) -> Farewell {
        drop(self.clock);
        Farewell { parts: self.meter.part_tallies(), buffers: self.buffers.report() }
    }
}
