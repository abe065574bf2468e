"""A capture thread: one thread reads, the main one works; a queue of four frames lies between them.

OpenCV gives the lock of the interpreter (the GIL) back while it reads or works, so the two do overlap.
"""

from queue import Queue
from threading import Thread

from pipeline import arguments, chain, count, frames

END = None


def capture(args, queue):
    for frame in frames(args):
        queue.put(frame)
    queue.put(END)


def captured(queue):
    # A picture cannot be compared with END by ==, as iter() would: that asks every pixel.
    while (frame := queue.get()) is not END:
        yield frame


def main(args):
    queue = Queue(maxsize=4)
    thread = Thread(target=capture, args=(args, queue), daemon=True)
    thread.start()
    count(chain(frame) for frame in captured(queue))
    thread.join()


if __name__ == "__main__":
    main(arguments(__doc__))
