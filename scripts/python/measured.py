"""What the comparisons share: the machine, commands that must not fail, and tables."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

HERE = Path(__file__).parent
LONGEST = 600


def machine():
    """The machine and the date, and how busy it was at the beginning."""
    with open("/proc/cpuinfo") as info:
        names = [line.split(":", 1)[1].strip() for line in info if line.startswith("model name")]
    load = os.getloadavg()[0]
    return f"{names[0] if names else 'unknown'} · {os.cpu_count()} cores · {date.today()} · load {load:.1f}"


def fail(name, why):
    sys.exit(f"{Path(sys.argv[0]).stem.replace('_', '-')}: {name}: {why}")


def output_of(name, command):
    """What a program prints; a failure is one line, the last one that it said."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST)
    except (OSError, subprocess.TimeoutExpired) as error:
        fail(name, error)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        fail(name, said[-1])
    return done.stdout


def progress(text):
    if sys.stderr.isatty():
        print(f"\r{text}\r", end="", file=sys.stderr, flush=True)


def print_table(rows, names):
    """Columns as wide as they must be; the first `names` to the left, figures to the right."""
    kept = [column for column in zip(*rows) if any(column[1:])]
    widths = [max(map(len, column)) for column in kept]
    for row in zip(*kept):
        left = [cell.ljust(width) for cell, width in zip(row[:names], widths)]
        right = [cell.rjust(width) for cell, width in zip(row[names:], widths[names:])]
        print("  ".join(left + right).rstrip())
