"""What the programs beside share: arguments, frames, the chain of filters, and what is printed at the end."""

import argparse
import os
import time

# One thread to decode with, as in framerace; OpenCV reads this when a video is opened.
os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "threads;1")
import cv2
import numpy as np

# So has its own pool, if nothing else is asked for: the programs bring their workers along, and both together would fight
# for the cores.
cv2.setNumThreads(1)


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("video")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--loop", type=int, default=1, help="how often the video is played")
    parser.add_argument("--cv-threads", type=int, default=1, help="threads of OpenCV's own pool")
    args = parser.parse_args()
    cv2.setNumThreads(args.cv_threads)
    return args


def frames(args):
    """Every frame of the video, as often as it is played."""
    for _ in range(args.loop):
        capture = cv2.VideoCapture(args.video)
        if not capture.isOpened():
            raise SystemExit(f"cannot open {args.video}")
        while True:
            good, frame = capture.read()
            if not good:
                break
            yield frame


def edges(frame):
    """grayscale,blur=ksize=5,edges: what framerace does if it is not told otherwise. cv2 lets go of Python's lock."""
    gray = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    return cv2.Canny(cv2.GaussianBlur(gray, (5, 5), 0), 50, 150)


def numpy(frame):
    """Brightness and a threshold with numpy only, which lets go of the lock in long loops of its own."""
    gray = (frame[:, :, 0] >> 2) + (frame[:, :, 1] >> 1) + (frame[:, :, 2] >> 2)
    return np.where(gray > 100, gray, np.uint8(0))


def loop(frame):
    """A loop in Python, which holds the lock for as long as it takes."""
    total = 0
    for turn in range(600_000):
        total += turn & 7
    return frame[:, :, 1] ^ np.uint8(total % 256)


# What the programs beside do to each frame.
chain = {"edges": edges, "numpy": numpy, "loop": loop}[os.environ.get("FUNCTION", "edges")]


def count(results):
    """Takes all results, counts them, and prints frames and FPS from the first read to the last result."""
    begin, number = time.perf_counter(), 0
    for _ in results:
        number += 1
    print(f"{number} frames  {number / (time.perf_counter() - begin):.1f} FPS")
