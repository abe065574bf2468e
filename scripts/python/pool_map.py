"""A pool's map: multiprocessing.Pool.imap over the frames, results in order.

imap reads ahead as far as it can, the whole video if need be; a semaphore bounds that.
"""

from multiprocessing import get_context
from threading import Semaphore

from pipeline import arguments, chain, count, frames


def bounded(items, room):
    for item in items:
        room.acquire()
        yield item


def in_order(pool, args):
    room = Semaphore(2 * args.workers + 2)
    for result in pool.imap(chain, bounded(frames(args), room)):
        room.release()
        yield result


def main(args):
    context = get_context("spawn")
    # The clock starts when all workers are there.
    ready = context.Barrier(args.workers + 1)
    with context.Pool(args.workers, initializer=ready.wait) as pool:
        ready.wait()
        count(in_order(pool, args))


if __name__ == "__main__":
    main(arguments(__doc__))
