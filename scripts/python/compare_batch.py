"""Times eight clips with sound to H.264 in several ways, in interleaved rounds, and looks at what they have made.

Called by scripts/compare-batch. Wall time is that of the whole folder; CPU time that of all processes, as the kernel counts
it (getrusage of children). Exit code 1 if somebody failed.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median

from measured import HERE, fail, machine, output_of, print_table, progress

CLIP = HERE.parent.parent / "assets/bigbuckbunny.mp4"
WORKS = {"gray": "grayscale", "edges": "grayscale,blur=ksize=5,edges"}
QUIET = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y"]


def arguments():
    parser = argparse.ArgumentParser(prog="compare-batch", description=__doc__.splitlines()[0])
    parser.add_argument("--framerace", required=True)
    parser.add_argument("--folder", type=Path, required=True, help="where clips and outputs are put")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clips", type=int, default=8)
    parser.add_argument("--crf", default="23")
    parser.add_argument("--preset", default="medium")
    parser.add_argument("--rows", default="", metavar="WORD", help="only ways whose name has it")
    return parser.parse_args()


def make_clips(folder, count):
    """The clip with a tone as sound, each with another; the last one has frames of uneven length."""
    clips = folder / f"{count}-clips"
    clips.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        clip = clips / f"clip{number}.mp4"
        if clip.exists():
            continue
        pictures = ["-c:v", "copy"]
        if number == count - 1:
            pictures = ["-vf", "select=mod(n\\,7)", "-vsync", "vfr", "-c:v", "libx264", "-preset", "veryfast"]
        tone = ["-f", "lavfi", "-i", f"sine=frequency={220 + 40 * number}"]
        part = clip.with_suffix(".part.mp4")
        maps = ["-map", "0:v", "-map", "1:a", "-c:a", "aac", "-shortest"]
        output_of("ffmpeg", [*QUIET, "-i", str(CLIP), *tone, *maps, *pictures, str(part)])
        part.rename(clip)
    return clips


class Way:
    """One way: the work it does, the command for a fresh folder, and what its rounds took."""

    def __init__(self, name, work, command):
        self.name, self.work, self.command = name, work, command
        self.wall, self.cpu, self.kept = [], [], None

    def once(self, clips, out):
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        before, begin = getrusage(RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(self.command(clips, out), stdin=subprocess.DEVNULL, capture_output=True, text=True)
        self.wall.append(time.perf_counter() - begin)
        after = getrusage(RUSAGE_CHILDREN)
        self.cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        if done.returncode != 0:
            fail(self.name, (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1])
        self.kept = self.kept or kept(clips, out)


def ffmpeg_script(args, at_a_time):
    """One ffmpeg a file, as a shell would: so many at a time. Gray of ffmpeg is the luma that the decoder gives."""
    words = f"-vf format=gray -c:v libx264 -preset {args.preset} -crf {args.crf} -c:a copy"
    one = f'ffmpeg -nostdin -loglevel error -y -i "$1/$3" {words} "$2/$3"'
    each = "ls \"$1\" | xargs -P {} -I % sh -c '{}' sh \"$1\" \"$2\" %".format(at_a_time, one)
    return lambda clips, out: ["sh", "-c", each, "sh", str(clips), str(out)]


def ways(args):
    video = ["--crf", args.crf, "--preset", args.preset]

    def framerace(chain, *more):
        options = ["-f", chain, "--codec", "h264", *video, "--no-progress", *more]
        return lambda clips, out: [args.framerace, "batch", str(clips), "-o", str(out), *options]

    def python(work):
        program = [sys.executable, str(HERE / "video_writer.py")]
        return lambda clips, out: [*program, str(clips), str(out), "--work", work, *video]

    yield Way("framerace batch", "gray", framerace(WORKS["gray"]))
    yield Way("framerace batch, from=luma", "gray", framerace("grayscale=from=luma"))
    yield Way("ffmpeg, file after file", "gray", ffmpeg_script(args, 1))
    yield Way("ffmpeg, two at a time", "gray", ffmpeg_script(args, 2))
    if has_opencv():
        yield Way("video_writer.py", "gray", python("gray"))
        yield Way("video_writer.py", "edges", python("edges"))
    yield Way("framerace batch", "edges", framerace(WORKS["edges"]))


def has_opencv():
    return subprocess.run([sys.executable, "-c", "import cv2"], capture_output=True).returncode == 0


def probe(path):
    """What is in a file: frames, when each is shown, and how long the sound is."""
    show = ["-show_entries", "packet=codec_type,pts_time,duration_time,flags", "-of", "json"]
    text = output_of("ffprobe", ["ffprobe", "-v", "error", *show, str(path)])
    packets = json.loads(text)["packets"]
    # What an edit list leaves out is not shown.
    shown = [packet for packet in packets if "D" not in packet["flags"]]
    times = sorted(float(packet["pts_time"]) for packet in shown if packet["codec_type"] == "video")
    sound = sum(float(packet.get("duration_time", 0)) for packet in shown if packet["codec_type"] == "audio")
    return [at - times[0] for at in times], sound


def kept(clips, out):
    """Of how many files the frames, the time of each, and the sound are those of the source."""
    counts = [0, 0, 0]
    for clip in sorted(clips.iterdir()):
        (times, sound), made = probe(clip), next(out.glob(f"{clip.stem}.*"), None)
        new_times, new_sound = probe(made) if made else ([], 0)
        same_number = len(times) == len(new_times)
        counts[0] += same_number
        counts[1] += same_number and all(abs(a - b) < 0.002 for a, b in zip(times, new_times))
        counts[2] += abs(sound - new_sound) < 0.1
    of = len(list(clips.iterdir()))
    return [f"{count} of {of}" for count in counts]


def table(work, ways):
    best = min((way for way in ways if way.name.startswith("ffmpeg")), key=lambda way: median(way.wall), default=ways[0])
    rows = [(f"way ({WORKS[work]})", "wall s", "range", "×", "CPU s", "× CPU", "frames", "times", "sound")]
    for way in sorted(ways, key=lambda way: median(way.wall)):
        wall, cpu = median(way.wall), median(way.cpu)
        speed, more = median(best.wall) / wall, cpu / median(best.cpu)
        spread = f"{min(way.wall):.1f}–{max(way.wall):.1f}"
        rows.append((way.name, f"{wall:.1f}", spread, f"{speed:.2f}", f"{cpu:.1f}", f"{more:.2f}", *way.kept))
    print_table(rows, 1)
    print(f"× and × CPU: against {best.name}\n")


def main(args):
    clips = make_clips(args.folder, args.clips)
    rows = [way for way in ways(args) if args.rows in way.name]
    for number in range(args.rounds):
        progress(f"round {number + 1} of {args.rounds}")
        for way in random.Random(number).sample(rows, len(rows)):
            way.once(clips, args.folder / "out")
    shutil.rmtree(args.folder / "out", ignore_errors=True)
    print(machine())
    sort = f"{args.clips} clips of 1280x720 with sound to H.264, preset {args.preset}, CRF {args.crf}"
    print(f"{sort} · {args.rounds} rounds, interleaved, medians\n")
    for work in WORKS:
        of_work = [way for way in rows if way.work == work]
        if of_work:
            table(work, of_work)


if __name__ == "__main__":
    main(arguments())
