"""The module: results, frames, the command, Ctrl-C, and another OpenCV in the same process."""

import inspect
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_functions import CLIP, FRAMES, FUNCTIONS, named

import framerace

FRAMERACE = str(Path(sys.executable).with_name("framerace"))


@pytest.fixture(scope="module")
def result():
    return framerace.compare(FRAMES, ["grayscale", named("negative")], strategies=["threads"], workers=2, rounds=1)


def test_a_result_is_a_table_and_files(result, tmp_path):
    assert repr(result) == result.table() and "same pixels" in str(result)
    assert set(result.verdicts) == set(result.strategies) == set(result.fps) == {"sequential", "threads"}
    for name in ("r.json", "r.html", "r.csv", "r.md"):
        result.save(tmp_path / name)
    assert json.loads((tmp_path / "r.json").read_text())["strategies"]
    assert "<html" in (tmp_path / "r.html").read_text()
    with pytest.raises(ValueError, match="has none of the endings"):
        result.save(tmp_path / "r.txt")
    page = result._repr_html_()
    assert page.count("<tr>") == 3 and "sequential" in page


def test_a_result_becomes_a_table_of_pandas(result):
    pytest.importorskip("pandas")
    assert list(result.to_pandas()["strategy"]) == result.strategies


def test_a_run_writes_a_video(tmp_path):
    output = tmp_path / "out.mkv"
    result = framerace.run(CLIP, named("edges"), strategy="threads", output=output, frames=10, codec="ffv1")
    assert result.data["strategies"][0]["ledger"]["delivered"] == 10 and output.is_file()


def test_mistakes_are_errors_of_one_line():
    for call, words in [
        (lambda: framerace.compare("nowhere.mp4", "grayscale"), "no file nowhere.mp4"),
        (lambda: framerace.compare(FRAMES, "grayscle"), "did you mean grayscale"),
        (lambda: framerace.compare(FRAMES, "grayscale", nonsense=3), "no option '--nonsense'"),
        (lambda: framerace.compare(FRAMES, "grayscale", strategies=["thread"]), "did you mean threads"),
        (lambda: framerace.frames(FRAMES, "grayscale", strategy="thread"), "no strategy 'thread'"),
        (lambda: framerace.run("frames/%04d.png", "grayscale"), "not in the Python module"),
    ]:
        with pytest.raises(framerace.Error) as raised:
            call()
        assert words in str(raised.value) and "\n" not in str(raised.value), str(raised.value)


def test_frames_come_one_by_one_in_order():
    with framerace.frames(CLIP, "grayscale", limit=7) as frames:
        seen = [(frame.index, frame.image.shape) for frame in frames]
        assert [index for index, _ in seen] == list(range(7)) and seen[0][1] == (720, 1280)
        assert (frames.captured, frames.dropped, frames.missed) == (7, 0, 0)


def test_a_loop_may_be_left_early():
    for frame in framerace.frames("synthetic:64x48@0x1000000", lambda frame: frame, workers=2):
        if frame.index == 3:
            break
    frame.image[:] = 0


def test_an_error_reaches_the_loop():
    with pytest.raises(framerace.Error, match="failed at frame 7"):
        list(framerace.frames(FRAMES, named("raises_at_seven")))


def test_everything_has_words():
    for name in framerace.__all__:
        assert inspect.getdoc(getattr(framerace, name)), name
    assert (Path(framerace.__file__).parent / "py.typed").is_file()


def command(*arguments, **options):
    return subprocess.run([FRAMERACE, *arguments], capture_output=True, text=True, check=False, timeout=600, **options)


def test_the_command_compares_a_function():
    done = command("compare", FRAMES, "-f", named("edges"), "-s", "threads,processes", "--rounds", "1", "-w", "2")
    assert done.returncode == 0, done.stderr
    assert "processes" in done.stdout and "same pixels" in done.stdout
    assert "filters in Python: cpython" in done.stderr


def test_the_command_finds_modules_in_the_folder_it_is_used_in():
    folder = Path(FUNCTIONS).parent
    done = command("run", FRAMES, "-f", "python=functions:negative", "-s", "processes", cwd=folder)
    assert done.returncode == 0, done.stderr


def test_the_command_says_what_a_function_prints_on_standard_error():
    done = command("run", FRAMES, "-f", named("prints"), "-s", "threads", "--json", "-")
    assert done.returncode == 0 and json.loads(done.stdout)
    assert "a line on standard output" in done.stderr


def test_the_command_has_the_exit_codes_of_the_program():
    assert command("run", FRAMES, "-f", "nonsense").returncode == 2
    assert command("run", "nowhere.mp4").returncode == 1
    assert command("--version").stdout.startswith("framerace ")


def test_ctrl_c_ends_a_measurement_in_good_order():
    script = "import framerace; framerace.compare('synthetic:640x480@0x100000000', lambda f: f, rounds=1, strategies=['threads'])"
    with subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True) as process:
        time.sleep(4)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=120)
    assert process.returncode == -signal.SIGINT, stderr
    assert "KeyboardInterrupt" in stderr and "Fatal" not in stderr


@pytest.mark.parametrize("imports", ["import cv2, framerace", "import framerace, cv2"])
def test_another_opencv_works_beside_it(imports):
    script = f"""
{imports}
import numpy as np
image = np.arange(64 * 48 * 3, dtype=np.uint8).reshape(48, 64, 3)
r = framerace.run('synthetic:64x48@0x5', lambda f: cv2.blur(f, (3, 3)), strategy='threads')
for ending in ('.png', '.jpg', '.webp', '.avif'):
    try:
        done, data = cv2.imencode(ending, image)
    except cv2.error:
        continue
    assert done and cv2.imdecode(data, 1).shape == image.shape, ending
capture = cv2.VideoCapture({CLIP!r})
assert capture.isOpened() and capture.read()[0]
r = framerace.run({CLIP!r}, ['resize=64:48', lambda f: cv2.blur(f, (3, 3))], strategy='threads', frames=5)
print(len(r.strategies))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, env=os.environ)
    assert done.returncode == 0 and done.stdout == "1\n", done.stderr
