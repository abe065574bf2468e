"""A thread pool: the main thread reads and hands out frames, and takes the results in order.

What is handed out and not yet done must be bounded, or a fast reader fills the memory: a pool's own queue has no end.
"""

from collections import deque
from concurrent.futures import ThreadPoolExecutor

from pipeline import arguments, chain, count, frames


def in_order(pool, frames, room):
    waiting = deque()
    for frame in frames:
        waiting.append(pool.submit(chain, frame))
        if len(waiting) > room:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def main(args):
    with ThreadPoolExecutor(args.workers) as pool:
        count(in_order(pool, frames(args), 2 * args.workers))


if __name__ == "__main__":
    main(arguments(__doc__))
