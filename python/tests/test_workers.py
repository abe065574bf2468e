"""Worker processes: interpreters of their own, what they may do, and what becomes of frames when they die."""

import os
import signal
import threading
import time

import pytest
from test_functions import FRAMES, error, named, run

import framerace


@pytest.mark.parametrize("strategy", ["processes", "processes-pipe"])
@pytest.mark.parametrize("function", ["prints", "imports_late", "reads_beside"])
def test_a_worker_may_do_what_a_function_needs(strategy, function):
    result = framerace.compare(FRAMES, named(function), strategies=[strategy], workers=2, rounds=1)
    assert [one["same_pixels"] for one in result.data["strategies"]] == [True, True]


def sandbox():
    return run("same", "processes").data["strategies"][0]["sandbox"] or ""


@pytest.mark.parametrize(
    ("function", "needs"), [("writes:path={path}", "Landlock"), ("connects", "network"), ("starts", "seccomp")]
)
def test_a_worker_may_do_nothing_else(function, needs, tmp_path):
    if needs not in sandbox():
        pytest.skip(f"no {needs} here")
    path = tmp_path / "file"
    function = function.format(path=path)
    # The probe in the host is not kept from anything, so what is written is not proof of anything.
    text = error(function, "processes")
    assert "PermissionError" in text and "failed at frame" in text, text


def test_a_worker_reads_nothing_beside_what_it_may(tmp_path):
    if "Landlock" not in sandbox():
        pytest.skip("no Landlock here")
    path = tmp_path / "secret"
    path.write_text("x")
    text = error(f"reads_elsewhere:path={path}", "processes")
    assert "PermissionError" in text and str(path) in text


def test_the_sandbox_has_levels(tmp_path):
    path = tmp_path / "secret"
    path.write_text("x")
    if "Landlock" in sandbox():
        assert "(--sandbox=off: all)" in error(f"reads_elsewhere:path={path}", "processes")
        with pytest.raises(framerace.Error, match="PermissionError"):
            run("reads_beside", "processes", sandbox="strict")
    result = run(f"reads_elsewhere:path={path}", "processes", sandbox="off")
    assert result.data["strategies"][0]["sandbox"] is None


def workers():
    """The worker processes of this process."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as stat:
                if int(stat.read().rpartition(")")[2].split()[1]) != os.getpid():
                    continue
            with open(f"/proc/{pid}/cmdline") as command:
                if "framerace.worker" in command.read():
                    found.append(int(pid))
        except OSError:
            pass
    return found


def test_nothing_is_lost_when_workers_are_killed():
    kills, done = [], threading.Event()

    def kill():
        while not done.is_set() and len(kills) < 50:
            for pid in workers()[:1]:
                try:
                    os.kill(pid, signal.SIGKILL)
                    kills.append(pid)
                except ProcessLookupError:
                    pass
            time.sleep(0.25)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        frames = 0
        with framerace.frames("synthetic:64x48@0x1000000", named("loop:turns=20000"), strategy="processes", workers=2) as run:
            for frame in run:
                assert frame.index == frames
                frames += 1
                if len(kills) >= 50:
                    break
    finally:
        done.set()
        thread.join()
    assert len(kills) == 50 and frames > 0


def test_an_exception_in_a_worker_names_function_frame_and_line():
    text = error("raises_at_seven", "processes")
    assert "filter raises_at_seven failed at frame 7: ValueError: no luck (functions.py, line" in text


def test_lambdas_and_closures_go_to_workers():
    gain = 3
    result = framerace.compare(
        FRAMES, lambda frame: frame * gain, strategies=["threads", "processes"], workers=2, rounds=1
    )
    assert len(result.strategies) == 3 and all(one["same_pixels"] for one in result.data["strategies"])
    assert "python=lambda" in result.data["chain"] and "pickled" not in repr(result)


def test_what_cannot_go_to_another_process_is_left_out_and_says_why():
    lock = threading.Lock()

    def locked(frame):
        with lock:
            return frame.copy()

    result = framerace.compare(FRAMES, locked, strategies=["threads", "processes"], workers=2, rounds=1)
    assert "cannot be pickled for another process: TypeError" in result.left_out["processes"]
    assert set(result.strategies) == {"sequential", "threads"}


def test_a_closure_with_much_data_says_so():
    data = bytes(100_000)
    result = framerace.compare(FRAMES, lambda frame: frame ^ data[0], strategies=["processes"], workers=1, rounds=1)
    assert "more than a worker process is told" in result.left_out["processes"]
