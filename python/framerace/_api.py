"""What a Python user calls. It writes command lines of framerace, and wraps what comes back."""

import html
import json
import shutil
from pathlib import Path

from . import _framerace, _functions, _workers

# Formats of result files by the ending of their names.
_FORMATS = {".json": "json", ".html": "html", ".htm": "html", ".csv": "csv", ".md": "markdown"}


def stateless(function):
    """Says that a generator function has no state from frame to frame, so that several workers may have one each."""
    function.__framerace_stateless__ = True
    return function


def compare(input, chain, strategies=None, workers=None, **options):
    """Runs every strategy on the same work, ranks them, and says what limits each.

    input: a path, a URL, ``synthetic:1280x720@0x300`` or another input of the command line.
    chain: a filter or a list of them, as text or as callables.
    strategies: names; all that fit if none are given. ``sequential`` always runs, too.
    workers: workers of the filter stage; one for each core if not given.
    options: those of ``framerace compare``, with underscores: ``rounds=5``, ``frames=200``, ``preload=True``.

    Ctrl-C ends it in good order and raises KeyboardInterrupt.
    """
    given = {"strategies": strategies, "workers": workers, **options}
    return _measure("compare", input, chain, given)


def run(input, chain, strategy=None, workers=None, output=None, **options):
    """Runs one strategy (chosen by measuring if none is given), and says what each stage did.

    output: a video file to write. options: those of ``framerace run``, with underscores: ``codec="h264"``.
    """
    given = {"strategy": strategy or "auto", "workers": workers, "output": output, **options}
    return _measure("run", input, chain, given)


def demo(lesson="list", **options):
    """Runs a lesson of ``framerace demo``, and prints it; without a name the list of them."""
    arguments = ["framerace", "demo", str(lesson), *_flags(options)]
    code = _framerace.main(arguments)
    if code:
        raise _framerace.FrameraceError(f"the lesson ended with exit code {code}")


def frames(input, chain, strategy="threads", workers=None, queue=4, limit=None):
    """Finished frames one by one, in order: an iterator that is also a context manager.

    >>> with framerace.frames("clip.mp4", ["grayscale"]) as frames:
    ...     for frame in frames:
    ...         print(frame.index, frame.image.shape, frame.latency)

    A slow loop holds the run up; of a live input old frames are then dropped, and counted in ``frames.dropped``.
    """
    return Frames(input, chain, strategy, workers, queue, limit)


class Frame:
    """A finished frame: ``image`` (an array of its own), ``index``, ``time`` in the input and ``latency`` from capture until it was
    delivered, both in seconds."""

    __slots__ = ("image", "index", "latency", "time")

    def __init__(self, image, index, time, latency):
        self.image, self.index, self.time, self.latency = image, index, time, latency

    def __repr__(self):
        return f"Frame(index={self.index}, time={self.time:.3f}, latency={self.latency:.4f}, shape={self.image.shape})"


class Frames:
    """The frames of a run, one by one."""

    def __init__(self, input, chain, strategy, workers, queue, limit):
        _functions.check_not_importing()
        self._frames = _framerace.Frames(str(input), _text(chain), strategy, workers, queue, limit)

    def __iter__(self):
        return self

    def __next__(self):
        import numpy

        pixels, height, width, channels, index, time, latency = next(self._frames)
        shape = (height, width) if channels == 1 else (height, width, channels)
        return Frame(numpy.frombuffer(bytearray(pixels), numpy.uint8).reshape(shape), index, time, latency)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends the run."""
        self._frames.close()

    @property
    def captured(self):
        """Frames that were captured so far."""
        return self._frames.counts()[0]

    @property
    def dropped(self):
        """Frames that were captured and dropped because a queue was full."""
        return self._frames.counts()[2]

    @property
    def missed(self):
        """Frames of a live input that were never captured: not read in time."""
        return self._frames.counts()[3]


class Result:
    """What was measured. ``data`` is the result file as a dict; docs/src/reference/result-file.md names its fields."""

    def __init__(self, text):
        self._text = text
        self.data = json.loads(text)

    @property
    def strategies(self):
        """The names of the strategies, the fastest first."""
        return [one["name"] for one in self.data["strategies"]]

    @property
    def fps(self):
        """Median frames a second of each strategy."""
        return {one["name"]: one["fps"]["median"] for one in self.data["strategies"]}

    @property
    def verdicts(self):
        """What limits each strategy, in words."""
        return {one["name"]: _verdict(one["verdict"]) for one in self.data["strategies"]}

    @property
    def left_out(self):
        """Why other strategies took no part, by name."""
        return {one["name"]: one["reason"] for one in self.data["left_out"]}

    def table(self, verbose=False, columns=None):
        """The table that the program prints, with the answer at its end."""
        columns = columns or shutil.get_terminal_size((100, 24)).columns
        return _framerace.answer(self._text, columns, verbose)

    def save(self, path):
        """Writes a file: .json, .html, .csv or .md."""
        path = Path(path)
        kind = _FORMATS.get(path.suffix.lower())
        if kind is None:
            raise ValueError(f"{path} has none of the endings {', '.join(_FORMATS)}")
        path.write_text(_framerace.rendered(self._text, kind), encoding="utf-8")

    def to_pandas(self):
        """A pandas.DataFrame with a row for each strategy."""
        import pandas

        rows = [
            {
                "strategy": one["name"],
                "workers": one["workers"],
                "fps": one["fps"]["median"],
                "speedup": one["speedup"],
                "p95_ms": one["latency_ms"]["p95"],
                "cpu_ms_per_frame": one["cpu_ms_per_frame"],
                "peak_memory_mb": one["peak_memory_mb"],
                "same_pixels": one["same_pixels"],
                "verdict": _verdict(one["verdict"]),
            }
            for one in self.data["strategies"]
        ]
        return pandas.DataFrame(rows)

    def __repr__(self):
        return self.table()

    def _repr_html_(self):
        """The ranking and the verdicts, for notebooks."""
        heads = ("strategy", "workers", "FPS", "speedup", "p95 ms", "CPU ms a frame", "what limits it")
        rows = []
        for one in self.data["strategies"]:
            speedup = "" if one["speedup"] is None else f"{one['speedup']:.2f} ×"
            cells = (
                one["name"],
                one["workers"],
                f"{one['fps']['median']:.1f}",
                speedup,
                f"{one['latency_ms']['p95']:.1f}",
                f"{one['cpu_ms_per_frame']:.2f}",
                _verdict(one["verdict"]),
            )
            rows.append("".join(f'<td style="text-align:left">{html.escape(str(cell))}</td>' for cell in cells))
        head = "".join(f'<th style="text-align:left">{head}</th>' for head in heads)
        body = "".join(f"<tr>{row}</tr>" for row in rows)
        about = f"{self.data['input']['name']}, {self.data['machine']['cpu']}, {self.data['machine']['cores']} cores"
        left_out = "".join(
            f"<p>left out: {html.escape(name)}: {html.escape(why)}</p>" for name, why in self.left_out.items()
        )
        return (
            f'<table class="framerace"><caption>{html.escape(about)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{left_out}"
        )


def _verdict(verdict):
    return f"{verdict['stage']} {verdict['kind']}: {verdict['evidence']}; try: {verdict['advice']}"


def _measure(command, input, chain, options):
    _functions.check_not_importing()
    arguments = ["framerace", command, str(input), "-f", _text(chain), *_flags(options)]
    _workers.arguments = arguments
    return Result(_framerace.measure(arguments))


def _flags(options):
    flags = []
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            flags.append(flag)
        elif isinstance(value, (list, tuple)):
            flags.append(f"{flag}={','.join(map(str, value))}")
        else:
            flags.append(f"{flag}={value}")
    return flags


def _text(chain):
    """The chain in the grammar of the command line; callables are named by what worker processes can make them of."""
    if isinstance(chain, str) or callable(chain):
        chain = [chain]
    return ",".join(one if isinstance(one, str) else "python=" + _functions.register(one) for one in chain)
