"""Runs the programs beside and framerace on the same video, in interleaved rounds, and prints one table.

Called by scripts/compare-python, which says which interpreters there are. Exit code 1 if somebody failed or did not
deliver all frames.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
PROGRAMS = ["one_loop", "capture_thread", "thread_pool", "process_queues", "pool_map"]
STRATEGIES = ["sequential", "threads", "stages", "processes"]
CHAIN = "grayscale,blur=ksize=5,edges"
LONGEST = 600


def arguments():
    parser = argparse.ArgumentParser(prog="compare-python", description=__doc__.splitlines()[0])
    parser.add_argument("video", nargs="?", default=str(HERE.parent.parent / "assets/bigbuckbunny.mp4"))
    parser.add_argument("--framerace", required=True)
    parser.add_argument("--python", action="append", default=[], metavar="NAME=INTERPRETER")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--loop", type=int, default=3, help="how often the video is played")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    return parser.parse_args()


def output_of(name, command):
    """What a program prints; a failure is one line, the last one that it said."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST)
    except (OSError, subprocess.TimeoutExpired) as error:
        sys.exit(f"compare-python: {name}: {error}")
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        sys.exit(f"compare-python: {name}: {said[-1]}")
    return done.stdout


def python_run(name, interpreter, program, args):
    command = [interpreter, str(HERE / f"{program}.py"), args.video]
    text = output_of(name, command + ["--workers", str(args.workers), "--loop", str(args.loop)])
    frames, fps = re.fullmatch(r"(\d+) frames  ([\d.]+) FPS\n", text).groups()
    return int(frames), float(fps)


def framerace_run(name, strategy, args):
    command = [args.framerace, "run", args.video, "-s", strategy, "-f", CHAIN, "--loop", str(args.loop)]
    result = json.loads(output_of(name, command + ["-w", str(args.workers), "--json", "-", "--no-progress"]))
    run = result["strategies"][0]
    # Over the whole run, as the programs beside count, and not only while every stage had work.
    fps = run["rates"][0]["asked_fps"]
    return run["ledger"]["delivered"], fps, result["opencv"]["version"]


def contestants(args):
    """Name and version of each, with what runs it once and gives frames and FPS."""
    version = framerace_run("framerace", "sequential", args)[2]
    for strategy in STRATEGIES:
        name = f"framerace {strategy}"
        yield name, version, lambda name=name, strategy=strategy: framerace_run(name, strategy, args)[:2]
    for entry in args.python:
        origin, interpreter = entry.split("=", 1)
        version = output_of(origin, [interpreter, "-c", "import cv2; print(cv2.__version__)"]).strip()
        for program in PROGRAMS:
            name = f"{program}.py"
            label = f"{version} {origin}"
            yield name, label, lambda name=name, i=interpreter, p=program: python_run(name, i, p, args)


def table(results):
    ours = median(fps for _, fps in results[0][2])
    wanted = results[0][2][0][0]
    rows = [("arrangement", "OpenCV", "FPS", "range", "× ours", "frames")]
    for name, version, runs in sorted(results, key=lambda result: -median(fps for _, fps in result[2])):
        fps = [fps for _, fps in runs]
        counts = {frames for frames, _ in runs}
        frames = f"{wanted} ✓" if counts == {wanted} else f"{sorted(counts)} ✗"
        middle = median(fps)
        rows.append((name, version, f"{middle:.0f}", f"{min(fps):.0f}–{max(fps):.0f}", f"{middle / ours:.2f}", frames))
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        left = [cell.ljust(width) for cell, width in zip(row[:2], widths)]
        right = [cell.rjust(width) for cell, width in zip(row[2:], widths[2:])]
        print("  ".join(left + right).rstrip())
    return all(frames == wanted for _, _, runs in results for frames, _ in runs)


def main(args):
    results = [(name, version, run, []) for name, version, run in contestants(args)]
    for number in range(args.rounds):
        if sys.stderr.isatty():
            print(f"\rround {number + 1} of {args.rounds}\r", end="", file=sys.stderr, flush=True)
        for _, _, run, runs in random.Random(number).sample(results, len(results)):
            runs.append(run())
    print(f"{Path(args.video).name}, played {args.loop} × · {CHAIN}\n{args.workers} workers · {args.rounds} rounds, interleaved\n")
    equal = table([(name, version, runs) for name, version, _, runs in results])
    print("\n× ours: FPS over that of framerace sequential. FPS: the median of the rounds.")
    if not equal:
        sys.exit("compare-python: not all delivered the same number of frames")


if __name__ == "__main__":
    main(arguments())
