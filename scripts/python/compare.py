"""Runs the programs beside and framerace on the same video, in interleaved rounds, and prints one table.

Called by scripts/compare-python, which says which interpreters and which builds of framerace there are. Exit code 1 if
somebody failed or did not deliver all frames.
"""

import argparse
import json
import os
import random
import re
import sys
from pathlib import Path
from statistics import median

from measured import HERE, machine, output_of, print_table, progress

PROGRAMS = ["one_loop", "capture_thread", "thread_pool", "process_queues", "pool_map"]
STRATEGIES = ["sequential", "threads", "stages", "processes", "segments"]
LUMA = ["threads", "segments"]
CHAIN = "grayscale,blur=ksize=5,edges"
FUNCTIONS = ["edges", "numpy", "loop"]
# What runs a function in Python.
MODULE_STRATEGIES = ["sequential", "threads", "processes"]
LUMA_CHAIN = CHAIN.replace("grayscale", "grayscale=from=luma")


def arguments():
    parser = argparse.ArgumentParser(prog="compare-python", description=__doc__.splitlines()[0])
    parser.add_argument("video", nargs="?", default=str(HERE.parent.parent / "assets/bigbuckbunny.mp4"))
    parser.add_argument("--framerace", action="append", required=True, metavar="PROGRAM")
    parser.add_argument("--python", action="append", default=[], metavar="NAME=INTERPRETER")
    parser.add_argument("--module", action="append", default=[], metavar="NAME=FRAMERACE",
                        help="the framerace of a Python environment, which runs the same function")
    parser.add_argument("--function", choices=FUNCTIONS, default="edges", help="what is done to a frame (pipeline.py)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--loop", type=int, default=3, help="how often the video is played")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--rows", default="", metavar="REGEX", help="only the rows whose name or OpenCV matches")
    return parser.parse_args()


class Row:
    """One arrangement: whose it is, what runs it once, and what its runs gave."""

    def __init__(self, name, opencv, whose, run):
        self.name, self.opencv, self.whose, self.run = name, opencv, whose, run
        self.frames, self.fps, self.shares = set(), [], []

    def once(self):
        frames, fps, share = self.run()
        self.frames.add(frames)
        self.fps.append(fps)
        self.shares.append(share)

    def median(self):
        return median(self.fps)


def python_run(name, interpreter, program, args, threads):
    command = [interpreter, str(HERE / f"{program}.py"), args.video, "--cv-threads", str(threads)]
    text = output_of(name, command + ["--workers", str(args.workers), "--loop", str(args.loop)])
    frames, fps = re.fullmatch(r"(\d+) frames  ([\d.]+) FPS\n", text).groups()
    return int(frames), float(fps), None


def framerace_result(name, program, strategy, chain, args):
    command = [program, "run", args.video, "-s", strategy, "-f", chain, "--loop", str(args.loop)]
    return json.loads(output_of(name, command + ["-w", str(args.workers), "--json", "-", "--no-progress"]))


def framerace_run(name, program, strategy, chain, args):
    """Over the whole run, as the programs beside count, and not only while every stage had work."""
    result = framerace_result(name, program, strategy, chain, args)["strategies"][0]
    run = result["run"] if "run" in result else result
    return run["ledger"]["delivered"], run["rates"][0]["asked_fps"], result.get("cpu_limit_share")


def opencv_of(facts):
    """Version, and that of IPP, as framerace tells them."""
    ipp = (facts.get("build") or {}).get("ipp")
    return facts["version"], f"{facts['version']} IPP {ipp}" if ipp else facts["version"]


def framerace_rows(program, args):
    probe = argparse.Namespace(video="synthetic:64x48@0x2", workers=1, loop=1)
    opencv = opencv_of(framerace_result("framerace", program, "sequential", "grayscale", probe)["opencv"])
    for strategy in STRATEGIES:
        run = lambda s=strategy: framerace_run(f"framerace {s}", program, s, CHAIN, args)
        yield Row(f"framerace {strategy}", opencv, "framerace", run)
    for strategy in LUMA:
        run = lambda s=strategy: framerace_run(f"framerace {s}", program, s, LUMA_CHAIN, args)
        yield Row(f"framerace {strategy}, from=luma", opencv, "luma", run)


def version_of(interpreter, origin):
    return output_of(origin, [interpreter, "-c", "import cv2; print(cv2.__version__)"]).strip()


def module_rows(origin, program, args):
    """The function of the programs beside, in strategies of framerace."""
    version = version_of(str(Path(program).with_name("python")), origin)
    chain = f"python={HERE / 'pipeline.py'}:{args.function}"
    for strategy in MODULE_STRATEGIES:
        name = f"framerace python= {strategy}"
        run = lambda n=name, s=strategy: framerace_run(n, program, s, chain, args)
        yield Row(name, (version, f"{version} {origin}"), "framerace python=", run)


def python_rows(origin, interpreter, args):
    version = version_of(interpreter, origin)
    programs = [(program, 1) for program in PROGRAMS] + [("one_loop", 2), ("thread_pool", 2)]
    if has(interpreter, "av"):
        programs.append(("pyav_pool", 1))
    for program, threads in programs:
        name = f"{program}.py" + (f", {threads} OpenCV threads" if threads > 1 else "")
        run = lambda n=name, p=program, t=threads: python_run(n, interpreter, p, args, t)
        yield Row(name, (version, f"{version} {origin}"), "python", run)


def has(interpreter, module):
    code = f"import importlib.util as i; print(i.find_spec('{module}') is not None)"
    return output_of(interpreter, [interpreter, "-c", code]).strip() == "True"


def table(rows):
    ours = rows[0].median()
    wanted = max(rows[0].frames)
    lines = [("arrangement", "OpenCV", "FPS", "range", "× ours", "of CPU limit", "frames")]
    for row in sorted(rows, key=lambda row: -row.median()):
        frames = f"{wanted} ✓" if row.frames == {wanted} else f"{sorted(row.frames)} ✗"
        spread = f"{min(row.fps):.0f}–{max(row.fps):.0f}"
        share = "" if row.shares[0] is None else f"{median(row.shares):.2f}"
        lines.append((row.name, row.opencv[1], f"{row.median():.0f}", spread, f"{row.median() / ours:.2f}", share, frames))
    print_table(lines, 2)
    return all(row.frames == {wanted} for row in rows)


def answer(rows):
    """For each OpenCV: the best of framerace over the best of Python."""
    for version in sorted({row.opencv[0] for row in rows}):
        best = {}
        for row in rows:
            if row.opencv[0] == version and (row.whose not in best or row.median() > best[row.whose].median()):
                best[row.whose] = row
        if "python" not in best:
            continue
        other = best["python"]
        said = [f"{row.name} {row.median() / other.median():.2f} ×" for whose, row in best.items() if whose != "python"]
        if said:
            print(f"OpenCV {version}: {', '.join(said)} the best Python row, {other.name}")


def main(args):
    # The programs beside do the same, and their children.
    os.environ["FUNCTION"] = args.function
    # Of its own filters framerace has those of one function.
    own = args.framerace if args.function == "edges" else []
    rows = [row for program in own for row in framerace_rows(program, args)]
    rows += [row for entry in args.module for row in module_rows(*entry.split("=", 1), args)]
    rows += [row for entry in args.python for row in python_rows(*entry.split("=", 1), args)]
    rows = [row for row in rows if re.search(args.rows, f"{row.name} {row.opencv[1]}")]
    if not rows:
        sys.exit(f"compare-python: no row matches {args.rows}")
    for number in range(args.rounds):
        progress(f"round {number + 1} of {args.rounds}")
        for row in random.Random(number).sample(rows, len(rows)):
            row.once()
    print(machine())
    print(f"{Path(args.video).name}, played {args.loop} × · {CHAIN if own else args.function}\n{args.workers} workers · {args.rounds} rounds, interleaved\n")
    equal = table(rows)
    print(f"\n× ours: FPS over that of {rows[0].name}. FPS: the median of the rounds.\n")
    answer(rows)
    if not equal:
        sys.exit("compare-python: not all delivered the same number of frames")


if __name__ == "__main__":
    main(arguments())
