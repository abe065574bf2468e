"""What the programs beside share: arguments, frames, the chain of filters, and what is printed at the end."""

import argparse
import os
import time

# One thread to decode with, as in framerace; OpenCV reads this when a video is opened.
os.environ.setdefault("OPENCV_FFMPEG_CAPTURE_OPTIONS", "threads;1")
import cv2

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


def chain(frame):
    """grayscale,blur=ksize=5,edges: what framerace does if it is not told otherwise."""
    gray = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    return cv2.Canny(cv2.GaussianBlur(gray, (5, 5), 0), 50, 150)


def count(results):
    """Takes all results, counts them, and prints frames and FPS from the first read to the last result."""
    begin, number = time.perf_counter(), 0
    for _ in results:
        number += 1
    print(f"{number} frames  {number / (time.perf_counter() - begin):.1f} FPS")
