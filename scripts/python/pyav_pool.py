"""PyAV reads, a thread pool works: FFmpeg's own decoder without OpenCV's capture in between.

The main thread decodes and makes BGR of every picture, as OpenCV's capture does, and hands it to the pool.
"""

from concurrent.futures import ThreadPoolExecutor

import av

from pipeline import arguments, count
from thread_pool import in_order


def frames(args):
    for _ in range(args.loop):
        with av.open(args.video) as video:
            stream = video.streams.video[0]
            stream.codec_context.thread_count = 1
            for picture in video.decode(stream):
                yield picture.to_ndarray(format="bgr24")


def main(args):
    with ThreadPoolExecutor(args.workers) as pool:
        count(in_order(pool, frames(args), 2 * args.workers))


if __name__ == "__main__":
    main(arguments(__doc__))
