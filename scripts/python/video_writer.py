"""A folder of videos to H.264, as it is usually written: read a frame, work on it, write it, file after file.

OpenCV's VideoWriter takes pictures and a rate: no sound, and every frame at its turn and not at its time.
"""

import argparse
import os
from pathlib import Path


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--work", choices=["gray", "edges"], default="gray")
    parser.add_argument("--crf", default="23")
    parser.add_argument("--preset", default="medium")
    return parser.parse_args()


def work(frame, kind):
    gray = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    return gray if kind == "gray" else cv2.Canny(cv2.GaussianBlur(gray, (5, 5), 0), 50, 150)


def convert(clip, out, kind):
    capture = cv2.VideoCapture(str(clip))
    size = [int(capture.get(side)) for side in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)]
    codec, rate = cv2.VideoWriter_fourcc(*"avc1"), capture.get(cv2.CAP_PROP_FPS)
    writer = cv2.VideoWriter(str(out), cv2.CAP_FFMPEG, codec, rate, size, isColor=False)
    if not writer.isOpened():
        raise SystemExit(f"cannot write {out}")
    while True:
        good, frame = capture.read()
        if not good:
            break
        writer.write(work(frame, kind))
    writer.release()


if __name__ == "__main__":
    args = arguments()
    # Read when a writer is opened.
    os.environ["OPENCV_FFMPEG_WRITER_OPTIONS"] = f"crf;{args.crf}|preset;{args.preset}"
    import cv2

    for clip in sorted(args.clips.iterdir()):
        convert(clip, args.out / clip.name, args.work)
