"""A process pool between two queues of ten: the classic teaching program.

Every frame is pickled and goes through a pipe to a worker, and the result goes the same way back. Workers are started
anew (spawn), because OpenCV may hang in a forked process. Results are put back in order by their numbers.
"""

from multiprocessing import get_context
from threading import Thread

from pipeline import arguments, chain, count, frames

END = None


def worker(tasks, results, ready):
    ready.wait()
    for number, frame in iter(tasks.get, END):
        results.put((number, chain(frame)))
    results.put(END)


def capture(args, tasks):
    for numbered in enumerate(frames(args)):
        tasks.put(numbered)
    for _ in range(args.workers):
        tasks.put(END)


def in_order(args, tasks, results):
    # A thread of its own puts frames in: one thread that does both would wait for itself once both queues are full.
    Thread(target=capture, args=(args, tasks), daemon=True).start()
    early, due, working = {}, 0, args.workers
    while working > 0:
        result = results.get()
        if result is END:
            working -= 1
            continue
        early[result[0]] = result[1]
        while due in early:
            yield early.pop(due)
            due += 1


def main(args):
    context = get_context("spawn")
    tasks, results, ready = context.Queue(10), context.Queue(10), context.Barrier(args.workers + 1)
    workers = [context.Process(target=worker, args=(tasks, results, ready), daemon=True) for _ in range(args.workers)]
    for process in workers:
        process.start()
    ready.wait()
    count(in_order(args, tasks, results))
    for process in workers:
        process.join()


if __name__ == "__main__":
    main(arguments(__doc__))
