"""Functions of users, as filters: right ones, and wrong ones."""

import datetime
import socket
import subprocess
from pathlib import Path

import cv2
import numpy as np

import framerace


def gray(frame):
    return cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)


def edges(frame, low=50, high=150):
    image = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY) if frame.ndim == 3 else frame
    return cv2.Canny(cv2.GaussianBlur(image, (5, 5), 0), low, high)


def negative(frame):
    return 255 - frame


def half(frame):
    """Strided, and another size."""
    return frame[::2, ::2]


def mirror(frame):
    return frame[:, ::-1]


def same(frame):
    return frame


def one_channel(frame):
    return frame[:, :, 1:2]


def into(frame, out):
    np.subtract(200, frame, out=out)


def numbered(frame, index):
    return frame ^ np.uint8(index)


def loop(frame, turns=2000):
    total = 0
    for turn in range(turns):
        total += turn & 7
    return frame ^ np.uint8(total % 256)


def draws(frame):
    cv2.rectangle(frame, (2, 2), (20, 20), (255, 255, 255), 2)
    return frame


def assigns(frame):
    frame[0] = 0
    return frame


class Gain:
    """What a model looks like: made once for each worker."""

    def __init__(self, gain=2.0):
        self.gain = gain

    def __call__(self, frame):
        return cv2.convertScaleAbs(frame, alpha=self.gain)


def difference():
    """A generator: its state is the frame before."""
    before, result = None, None
    while True:
        frame = yield result
        result = frame if before is None else cv2.absdiff(frame, before)
        before = frame


@framerace.stateless
def brighter():
    result = None
    while True:
        frame = yield result
        result = cv2.add(frame, 9)


KEPT = []


def keeps(frame):
    KEPT.append(frame)
    return frame.copy()


def keeps_a_part(frame):
    KEPT.append(frame[4:, ::2].T)
    return frame.copy()


def as_float(frame):
    return frame / 2


def as_bool(frame):
    return frame > 100


def nothing(frame):
    pass


def a_number(frame):
    return 7


def four_dimensions(frame):
    return frame[None, None]


def short_at_seven(frame, index):
    return frame[:5] if index == 7 else frame


def raises_at_seven(frame, index):
    if index == 7:
        raise ValueError("no\nluck")
    return frame


def exits(frame, index):
    if index == 3:
        raise SystemExit(4)
    return frame


def prints(frame):
    print("a line on standard output", flush=True)
    return frame


def imports_late(frame):
    datetime.datetime.strptime("2026-01-02", "%Y-%m-%d")
    import decimal
    import wave  # noqa: F401

    return frame ^ np.uint8(decimal.Decimal(3))


def reads_beside(frame):
    return frame ^ np.uint8(len(Path(__file__).read_text()) % 256)


def reads_elsewhere(frame, path):
    Path(path).read_text()
    return frame


def writes(frame, path):
    Path(path).write_text("x")
    return frame


def connects(frame):
    socket.create_server(("127.0.0.1", 0)).close()
    return frame


def starts(frame, index):
    # The probe is not a frame of the video, and no sandbox is closed then.
    if index > 0:
        subprocess.run(["true"], check=True)
    return frame
